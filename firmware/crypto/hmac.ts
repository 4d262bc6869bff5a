/** HMAC with SHA-256. RFC 2104. */
import type { Digests } from './primitives'

export const DIGEST_BYTES = 32
const BLOCK_BYTES = 64
const INNER = 0x36
const OUTER = 0x5c

/** Of all `parts` in a row. `key` has at most 64 bytes: a longer one would have to be hashed first, and none here is. */
export function hmac(primitives: Digests, key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const pad = new Uint8Array(BLOCK_BYTES).fill(INNER)
  for (let i = 0; i < key.length; i++) pad[i] ^= key[i]
  const inner = primitives.sha256()
  inner.update(pad)
  for (let i = 0; i < parts.length; i++) inner.update(parts[i])
  for (let i = 0; i < BLOCK_BYTES; i++) pad[i] ^= INNER ^ OUTER
  const outer = primitives.sha256()
  outer.update(pad)
  outer.update(inner.digest())
  pad.fill(0)
  return outer.digest()
}
