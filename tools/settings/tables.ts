/** The tables of docs/: the settings' fields, the chips' pins, the catalogue's models, from what the firmware works with. */
import type { Entry } from '../../firmware/devices/catalogue/entry'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { CHIPS } from '../../firmware/settings/pins'
import { type Field, schema } from '../../firmware/settings/schema'
import { ABOUT } from './about'

export function fieldTable(): string {
  return table(['field', 'what it may be', 'default', 'what it means'], rows(schema, ''))
}

export function pinTable(): string {
  return table(
    ['chip', '`transmit`, `direction`', '`receive`', '`port`'],
    Object.entries(CHIPS).map(([name, { outputs, inputs, ports }]) => [
      name,
      outputs,
      inputs,
      ports.join(', '),
    ]),
  )
}

export function modelTable(): string {
  const auto = ENTRIES.filter(isAuto).length
  const models = ENTRIES.map((entry) => [
    `\`${entry.id}\``,
    entry.name,
    entry.kind,
    lineAsShipped(entry),
    `${entry.line.unit ?? '?'}`,
    isAuto(entry) ? 'auto' : '',
    entry.confidence,
  ])
  return `${ENTRIES.length} models, of which \`auto\` finds ${auto}. What is not known is a \`?\`.

${table(['id', 'name', 'kind', 'line', 'unit', '`auto`', 'confidence'], models)}`
}

/** In Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function rows(field: Field, path: string): string[][] {
  if (field.kind === 'group') {
    const prefix = path ? `${path}.` : ''
    const own = path ? [row(path, field)] : []
    return [
      ...own,
      ...Object.entries(field.of).flatMap(([name, member]) => rows(member, prefix + name)),
    ]
  }
  if (field.kind === 'list') return [row(path, field), ...rows(field.of, `${path}[]`)]
  return [row(path, field)]
}

function row(path: string, field: Field): string[] {
  const about = ABOUT[path]
  if (!about) throw new Error(`${path}: has no line in tools/settings/about.ts`)
  const byDefault =
    'default' in field && field.default !== undefined && JSON.stringify(field.default)
  return [
    `\`${path}\``,
    bounds(field),
    byDefault ? `\`${byDefault}\`` : field.optional ? 'none' : '',
    about,
  ]
}

export function bounds(field: Field): string {
  switch (field.kind) {
    case 'text':
      return `${field.format?.expected ?? 'a text'}, at most ${field.most} characters${field.secret ? '; secret' : ''}`
    case 'integer':
      return `${field.least} to ${field.most}`
    case 'ratio':
      return `above 0, at most ${field.most}`
    case 'choice':
      return field.of.join(', ')
    case 'list':
      return `a list of ${field.least} to ${field.most}`
    case 'group':
    case 'object':
      return 'an object'
  }
}

function isAuto({ identification = [] }: Entry): boolean {
  return identification.length > 0
}

/** Such as 9600 8N1. */
function lineAsShipped({ line: { baud, parity, stopBits } }: Entry): string {
  if (baud === undefined && parity === undefined && stopBits === undefined) return '?'
  return `${baud ?? '?'} 8${parity?.[0].toUpperCase() ?? '?'}${stopBits ?? '?'}`
}
