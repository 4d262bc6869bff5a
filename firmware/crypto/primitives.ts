/** The port to cryptography, which TLS and the secure channel share: the SDK's on the device, node:crypto on Node. No rule of a protocol is decided here. */

/** TLS code points of signatures (RFC 8446, 4.2.3), with SHA-256; 0x100 more is SHA-384, 0x200 more SHA-512. */
export const ECDSA_SHA256 = 0x0403
export const RSA_SHA256 = 0x0401

export type PublicKey =
  | { kind: 'rsa'; modulus: Uint8Array; exponent: Uint8Array }
  | { kind: 'ec'; curve: 'P-256' | 'P-384'; point: Uint8Array }

/** `scheme`: ECDSA or RSA PKCS#1 with one of the three digests. */
export type VerifySignature = (
  scheme: number,
  key: PublicKey,
  signed: Uint8Array,
  signature: Uint8Array,
) => boolean

export interface Primitives {
  sha256(): Hash
  /** A fresh ephemeral key on P-256. */
  keyAgreement(): KeyAgreement
  /** AES-GCM; `key` has 16 or 32 bytes. */
  cipher(key: Uint8Array): Cipher
  /** False also for a point off the curve, numbers out of range and wrong padding. */
  verify: VerifySignature
}

export type Digests = Pick<Primitives, 'sha256'>

/** All that a secure channel needs. */
export interface ChannelPrimitives extends Pick<Primitives, 'sha256' | 'cipher'> {
  /** A number of 32 bytes times a point of Curve25519 by its u coordinate; all zero if the point has a low order. RFC 7748, 5. */
  x25519(scalar: Uint8Array, u: Uint8Array): Uint8Array
}

export interface Hash {
  update(bytes: Uint8Array): void
  /** The digest so far; more may follow. */
  digest(): Uint8Array
}

export interface KeyAgreement {
  /** An uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array
  /** The shared x coordinate, 32 bytes; undefined if `point` is not on the curve. May be called once: it wipes the key. */
  sharedSecret(point: Uint8Array): Uint8Array | undefined
}

/** Works in place on bytes[start, end); the tag of TAG_BYTES stands at `end`. `header` is authenticated with it. */
export interface Cipher {
  seal(nonce: Uint8Array, header: Uint8Array, bytes: Uint8Array, start: number, end: number): void
  /** False if the tag is wrong; the bytes are then worthless. */
  open(
    nonce: Uint8Array,
    header: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean
}

export const TAG_BYTES = 16
