/** docs/settings.md, made from the schema that the firmware validates by: `npx tsx tools/settings/page.ts`. */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { type Field, schema } from '../../firmware/settings/schema'

const HEAD = `# Settings

Made from \`firmware/settings/schema.ts\` by \`npx tsx tools/settings/page.ts\`. The firmware, the virtual dongle and this
page use the same schema. Settings are taken whole or not at all; every wrong field is named at once.

| field | what it may be | default | what it means |
| --- | --- | --- | --- |
`

const TAIL = `
A device may be on the line more than once under one unit where it is several things: an inverter is the site's meter, a
battery and a PV plant. Several devices with the role \`site\` are added up.

An example is printed by \`npm start -- --help\`.
`

export function page(): string {
  return HEAD + rows(schema, '').join('') + TAIL
}

function rows(field: Field, path: string): string[] {
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

function row(path: string, field: Field): string {
  const usual =
    'default' in field && field.default !== undefined
      ? JSON.stringify(field.default)
      : field.optional
        ? 'none'
        : ''
  return `| \`${path}\` | ${bounds(field)} | ${usual && usual !== 'none' ? `\`${usual}\`` : usual} | ${field.about} |\n`
}

function bounds(field: Field): string {
  switch (field.kind) {
    case 'text':
      return `${field.check?.expected ?? 'a text'}, at most ${field.most} characters${field.secret ? '; secret' : ''}`
    case 'integer':
      return `${field.least} to ${field.most}`
    case 'ratio':
      return `above 0, at most ${field.most}`
    case 'choice':
      return field.of.join(', ')
    case 'list':
      return `a list of ${field.least} to ${field.most}`
    case 'group':
      return 'an object'
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync('docs/settings.md', page())
