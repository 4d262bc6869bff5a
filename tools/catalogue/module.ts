/** The packed catalogue as the one module that carries it to XS, Node and jest alike. */
const LINE = 96

/** Base64, because a literal of numbers would be several times as long and a string keeps only ASCII cheap on XS. */
export function packedModule(packed: Uint8Array): string {
  const text = Buffer.from(packed).toString('base64')
  const lines: string[] = []
  for (let at = 0; at < text.length; at += LINE) lines.push(text.slice(at, at + LINE))
  return `/** Written by tools/catalogue/build.ts from the makers' files beside this one: do not edit. */
import { readBase64 } from '../../core/bytes'

/** Decoded when the module loads, which on the device is when it is built: the bytes stay in flash. */
export const PACKED = readBase64(\`
${lines.join('\n')}
\`) as Uint8Array
`
}
