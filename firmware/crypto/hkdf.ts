/** HKDF with SHA-256, which makes keys of a secret. RFC 5869. What it makes on the way is wiped. */
import { DIGEST_BYTES, hmac } from './hmac'
import type { Digests } from './primitives'

/** `length` bytes of keys, at most 255 digests, out of `secret`. */
export function hkdf(
  primitives: Digests,
  salt: Uint8Array,
  secret: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const key = hmac(primitives, salt, secret)
  const keys = new Uint8Array(length)
  let last: Uint8Array = new Uint8Array(0)
  for (let at = 0, count = 1; at < length; at += DIGEST_BYTES, count++) {
    const next = hmac(primitives, key, last, info, Uint8Array.of(count))
    last.fill(0)
    last = next
    keys.set(last.subarray(0, length - at), at)
  }
  last.fill(0)
  key.fill(0)
  return keys
}
