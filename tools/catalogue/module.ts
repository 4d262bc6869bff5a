/** The packed catalogue, and the reads that find its devices, as the modules that carry them to XS, Node and jest alike. */
const LINE = 96

export function packedModule(packed: Uint8Array): string {
  return moduleOf({ PACKED: packed })
}

export function probesModule(probes: Uint8Array, shipped: Uint8Array): string {
  return moduleOf({ PROBES: probes, SHIPPED: shipped })
}

function moduleOf(tables: { [name: string]: Uint8Array }): string {
  const constants = Object.entries(tables).map(([name, bytes]) => constantOf(name, bytes))
  return `/** Written by tools/catalogue/build.ts from the makers' files beside this one: do not edit. */
import { readBase64 } from '../../core/bytes'

/** Decoded when the module loads, which on the device is when it is built: the bytes stay in flash. */
${constants.join('\n')}`
}

/** Base64, because a literal of numbers would be several times as long and a string keeps only ASCII cheap on XS. */
function constantOf(name: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64')
  const lines: string[] = []
  for (let at = 0; at < text.length; at += LINE) lines.push(text.slice(at, at + LINE))
  return `export const ${name} = readBase64(\`
${lines.join('\n')}
\`) as Uint8Array
`
}
