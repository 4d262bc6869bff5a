/** TLS 1.2's key schedule for AES-128-GCM. RFC 5246, 6.3, 7.4.9, 8.1; RFC 5288; RFC 7627, 4. */
import type { Primitives } from '../crypto/primitives'

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

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
