/** Cryptography on Moddable: the SDK's digests, ciphers and arithmetic, with the checks that they lack (docs/tls.md). */

import { BlockCipher, Digest, GHASH, Mode } from 'crypt'
import type { Entropy } from '../../core/entropy'
import { drawPrivateKey, equalSecrets } from '../../crypto/keys'
import {
  type Cipher,
  type Hash,
  type KeyAgreement,
  type Primitives,
  TAG_BYTES,
} from '../../crypto/primitives'
import { big, multiply, P256, readPoint, verifyEcdsa, verifyRsa } from './arithmetic'

const SHA = Object.freeze(['SHA256', 'SHA384', 'SHA512'] as const)

export function xsPrimitives(entropy: Entropy): Primitives {
  return {
    sha256: () => new Sha256(),
    keyAgreement: () => new P256Agreement(drawPrivateKey(entropy)),
    cipher: (key) => new AesGcm(key),
    verify(scheme, key, signed, signature) {
      const digest = new Uint8Array(new Digest(SHA[(scheme >> 8) - 4]).process(signed))
      return key.kind === 'rsa'
        ? verifyRsa(key, digest, signature)
        : verifyEcdsa(key, digest, signature)
    },
  }
}

class Sha256 implements Hash {
  readonly #digest = new Digest('SHA256')

  update(bytes: Uint8Array): void {
    this.#digest.write(bytes)
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#digest.close(true))
  }
}

class P256Agreement implements KeyAgreement {
  readonly #key: Uint8Array
  readonly publicKey: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
    const { x, y } = multiply(P256, P256.base, big(key))
    this.publicKey = new Uint8Array(65)
    this.publicKey[0] = 4
    this.publicKey.set(new Uint8Array(ArrayBuffer.fromBigInt(x, 32)), 1)
    this.publicKey.set(new Uint8Array(ArrayBuffer.fromBigInt(y, 32)), 33)
  }

  sharedSecret(bytes: Uint8Array): Uint8Array | undefined {
    const point = readPoint(P256, bytes)
    if (!point) return undefined
    // The order is prime: a point of the curve times a key below the order is never the point at infinity.
    const { x } = multiply(P256, point, big(this.#key))
    this.#key.fill(0)
    return new Uint8Array(ArrayBuffer.fromBigInt(x, 32))
  }
}

/** AES-GCM out of the SDK's parts: its own Gcm class makes five buffers more for each record. SP 800-38D. */
class AesGcm implements Cipher {
  readonly #block: BlockCipher
  readonly #counter: Mode
  readonly #hashKey: ArrayBuffer
  readonly #first = new Uint8Array(16)

  constructor(key: Uint8Array) {
    this.#block = new BlockCipher('AES', key.slice().buffer)
    this.#counter = new Mode('CTR', this.#block)
    this.#hashKey = this.#block.encrypt(new ArrayBuffer(16))
  }

  seal(nonce: Uint8Array, header: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
    const text = bytes.subarray(start, end)
    this.#crypt(nonce, text)
    bytes.set(this.#tag(header, text), end)
  }

  open(
    nonce: Uint8Array,
    header: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const text = bytes.subarray(start, end)
    this.#begin(nonce)
    if (!equalSecrets(this.#tag(header, text), bytes.subarray(end, end + TAG_BYTES))) return false
    this.#crypt(nonce, text)
    return true
  }

  #begin(nonce: Uint8Array): void {
    this.#first.set(nonce)
    this.#first[15] = 1
  }

  #crypt(nonce: Uint8Array, text: Uint8Array): void {
    this.#begin(nonce)
    this.#first[15] = 2
    this.#counter.setIV(this.#first.buffer)
    this.#first[15] = 1
    // Counter mode is its own inverse, and only decrypt works in place.
    this.#counter.decrypt(text, text)
  }

  #tag(header: Uint8Array, text: Uint8Array): Uint8Array {
    const hash = new GHASH(this.#hashKey, header.slice().buffer)
    hash.update(text)
    const tag = new Uint8Array(hash.close())
    const mask = new Uint8Array(this.#block.encrypt(this.#first.buffer))
    for (let i = 0; i < TAG_BYTES; i++) tag[i] ^= mask[i]
    return tag
  }
}
