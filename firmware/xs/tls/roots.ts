/** The trust anchors of a device whose installer set none: ISRG Root X1 and X2, from Debian's ca-certificates. */
import Resource from 'Resource'

const NAMES = Object.freeze(['isrg-root-x1.der', 'isrg-root-x2.der'])

/** They stay in flash. */
export function roots(): Uint8Array[] {
  return NAMES.map((name) => new Uint8Array(new Resource(name) as unknown as ArrayBuffer))
}
