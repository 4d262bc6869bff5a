/** Private keys on P-256, and the comparison of secrets. */
import type { Entropy } from '../core/entropy'

// biome-ignore format: as FIPS 186-4, D.1.2.3 prints it
const P256_ORDER = new Uint8Array([
  0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
])

/** A private key on P-256: evenly one of the numbers below the order. SP 800-56A, 5.6.1.2.2. */
export function drawPrivateKey(entropy: Entropy): Uint8Array {
  const key = new Uint8Array(P256_ORDER.length)
  // One draw in 2^32 is not below. Zero comes as rarely as any one number.
  do entropy.fill(key)
  while (!isBelow(key, P256_ORDER))
  return key
}

/** Of two numbers of as many bytes. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i]
  return false
}

/** As equalBytes, but always as slow, so that the time does not tell how much was guessed right. */
export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i]
  return difference === 0
}
