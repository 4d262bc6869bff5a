/** The firmware's TLS on Node: its cryptography by node:crypto, the device's own trust anchors. */
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { TlsLayer } from '../../../firmware/tls/layer'
import { nodePrimitives } from '../crypto'

const ANCHORS = new URL('../../../firmware/xs/tls/anchors/', import.meta.url)

export function nodeTlsLayer(): TlsLayer {
  const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
  return new TlsLayer({ primitives: nodePrimitives(entropy), entropy, roots })
}

export function roots(): Uint8Array[] {
  return ['isrg-root-x1.der', 'isrg-root-x2.der'].map((name) =>
    readFileSync(new URL(name, ANCHORS)),
  )
}
