/** TLS 1.2's key schedule for AES-128-GCM. RFC 5246, 6.3, 7.4.9, 8.1; RFC 5288; RFC 7627, 4. */
import { utf8 } from '../core/bytes'
import { DIGEST_BYTES, hmac } from '../crypto/hmac'
import type { Digests } from '../crypto/primitives'

export interface Randoms {
  client: Uint8Array
  server: Uint8Array
}

/** Bound to all messages so far (`sessionHash`), so that no man in the middle has the same on both sides. */
export function extendedMaster(
  primitives: Digests,
  secret: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  return prf(primitives, secret, 'extended master secret', sessionHash, 48)
}

export function plainMaster(
  primitives: Digests,
  secret: Uint8Array,
  { client, server }: Randoms,
): Uint8Array {
  return prf(primitives, secret, 'master secret', concat(client, server), 48)
}

/** RFC 5246, 5, with SHA-256. `secret` has at most 64 bytes. */
export function prf(
  primitives: Digests,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = concat(utf8(label), seed)
  const drawn = new Uint8Array(length)
  let a = labelled
  for (let at = 0; at < length; at += DIGEST_BYTES) {
    a = hmac(primitives, secret, a)
    const block = hmac(primitives, secret, a, labelled)
    drawn.set(block.subarray(0, length - at), at)
    block.fill(0)
  }
  return drawn
}

export interface TrafficKeys {
  clientKey: Uint8Array
  serverKey: Uint8Array
  clientSalt: Uint8Array
  serverSalt: Uint8Array
}

export function trafficKeys(
  primitives: Digests,
  master: Uint8Array,
  { client, server }: Randoms,
): TrafficKeys {
  const block = prf(primitives, master, 'key expansion', concat(server, client), 40)
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
  primitives: Digests,
  master: Uint8Array,
  side: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array {
  return prf(primitives, master, `${side} finished`, transcript, 12)
}

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
