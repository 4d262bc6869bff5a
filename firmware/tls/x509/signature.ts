/** The two forms of signature that we take: bytes <-> values. Pure. ECDSA RFC 3279, 2.2.3; RSA PKCS#1 v1.5 RFC 8017, 9.2. */
import { Der, INTEGER, SEQUENCE } from './der'

export interface EcdsaSignature {
  r: Uint8Array
  s: Uint8Array
}

/** r and s are positive, without leading zeros; that they are below the order is checked with the curve. */
export function decodeEcdsaSignature(bytes: Uint8Array): EcdsaSignature | undefined {
  const read = new Der(bytes)
  const outer = read.enter(SEQUENCE)
  const r = positive(read)
  const s = positive(read)
  read.leave(outer)
  if (read.more) read.fail()
  return read.broken ? undefined : { r, s }
}

function positive(read: Der): Uint8Array {
  const value = read.take(INTEGER)
  const hasSign = value[0] === 0
  if (value.length === 0 || value[0] & 0x80 || (hasSign && !(value[1] & 0x80))) read.fail()
  return hasSign ? value.subarray(1) : value
}

/** DigestInfo up to the digest; the hash's number and the lengths are put in. */
const DIGEST_INFO = new Uint8Array([
  0x30, 0x11, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x00, 0x05,
  0x00, 0x04, 0x00,
])
const LENGTH_AT = 1
const HASH_AT = 14

/**
 * What a valid signature decrypts to. It is compared byte for byte, because parsers of the padding have been deceived
 * (CVE-2006-4339). `digest` is of SHA-256, SHA-384 or SHA-512; `length` that of the modulus, 256 bytes or more.
 */
export function encodePkcs1(digest: Uint8Array, length: number): Uint8Array {
  const block = new Uint8Array(length).fill(0xff)
  const at = length - digest.length - DIGEST_INFO.length
  block[0] = 0
  block[1] = 1
  block[at - 1] = 0
  block.set(DIGEST_INFO, at)
  block[at + LENGTH_AT] += digest.length
  block[at + HASH_AT] = digest.length / 16 - 1
  block[at + DIGEST_INFO.length - 1] = digest.length
  block.set(digest, length - digest.length)
  return block
}
