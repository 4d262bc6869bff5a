/** The generated parts of docs/tool.md: the tool's own help, and its exit codes. */
import { ABOUT_EXIT, EXIT } from '../cli/wattbeat/failure'
import { build } from '../cli/wattbeat/program'
import { table } from '../settings/tables'

export function toolHelp(): string {
  const help = build().configureHelp({ helpWidth: 80 }).helpCommand(false).helpInformation()
  return `\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`
}

export function exitTable(): string {
  const kinds = Object.keys(EXIT) as (keyof typeof EXIT)[]
  return table(
    ['code', 'kind', 'means'],
    kinds.map((kind) => [String(EXIT[kind]), `\`${kind}\``, ABOUT_EXIT[kind]]),
  )
}
