/** The cryptography that TLS draws on: the SDK's on the device, node:crypto on Node. No rule of TLS is decided here. */
import type { VerifySignature } from './path'

export interface Primitives {
  sha256(): Hash
  /** TLS 1.2's pseudorandom function with SHA-256. RFC 5246, 5. */
  prf(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array
  /** A fresh ephemeral key on P-256. */
  agreement(): Agreement
  /** AES-128-GCM. `key` has 16 bytes. */
  cipher(key: Uint8Array): Cipher
  /** False for whatever is not a valid signature: a point off the curve, numbers out of range, wrong padding. */
  verify: VerifySignature
}

export interface Hash {
  update(bytes: Uint8Array): void
  /** The digest so far; more may follow. */
  digest(): Uint8Array
}

export interface Agreement {
  /** An uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array
  /** The shared x coordinate, 32 bytes; undefined where `point` is not on the curve. Once: the key is gone then. */
  secret(point: Uint8Array): Uint8Array | undefined
}

/** Works in place on bytes[start, end); the tag of TAG_BYTES stands at `end`. `header` is authenticated with it. */
export interface Cipher {
  seal(nonce: Uint8Array, header: Uint8Array, bytes: Uint8Array, start: number, end: number): void
  /** False where the tag is wrong; the bytes are then worthless. */
  open(
    nonce: Uint8Array,
    header: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean
}

export const TAG_BYTES = 16
