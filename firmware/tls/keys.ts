/** TLS 1.2's key schedule for AES-128-GCM. RFC 5246, 6.3, 7.4.9, 8.1; RFC 5288; RFC 7627, 4. */
import type { Entropy } from '../core/entropy'
import type { Primitives } from './primitives'

export interface Randoms {
  client: Uint8Array
  server: Uint8Array
}

/** Bound to all messages so far (`sessionHash`), so that no man in the middle has the same on both sides. */
export function extendedMaster(
  primitives: Primitives,
  secret: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  return primitives.prf(secret, 'extended master secret', sessionHash, 48)
}

export function plainMaster(
  primitives: Primitives,
  secret: Uint8Array,
  { client, server }: Randoms,
): Uint8Array {
  return primitives.prf(secret, 'master secret', concat(client, server), 48)
}

export interface TrafficKeys {
  clientKey: Uint8Array
  serverKey: Uint8Array
  clientSalt: Uint8Array
  serverSalt: Uint8Array
}

export function trafficKeys(
  primitives: Primitives,
  master: Uint8Array,
  { client, server }: Randoms,
): TrafficKeys {
  const block = primitives.prf(master, 'key expansion', concat(server, client), 40)
  const keys = {
    clientKey: block.slice(0, 16),
    serverKey: block.slice(16, 32),
    clientSalt: block.slice(32, 36),
    serverSalt: block.slice(36, 40),
  }
  block.fill(0)
  return keys
}

/** What Finished proves: the master secret, and that both sides have seen the same messages. */
export function verifyData(
  primitives: Primitives,
  master: Uint8Array,
  side: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array {
  return primitives.prf(master, `${side} finished`, transcript, 12)
}

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

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
