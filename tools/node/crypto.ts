/** Cryptography by node:crypto: the yardstick for the device's, and what the tests of the machines run on. */

import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createPublicKey,
  type KeyObject,
  verify,
} from 'node:crypto'
import type { Entropy } from '../../firmware/core/entropy'
import { drawPrivateKey } from '../../firmware/crypto/keys'
import {
  type ChannelPrimitives,
  type Cipher,
  type Primitives,
  type PublicKey,
  TAG_BYTES,
} from '../../firmware/crypto/primitives'
import { x25519 } from '../../firmware/crypto/x25519'

export function nodePrimitives(entropy: Entropy): Primitives & ChannelPrimitives {
  return {
    sha256() {
      const hash = createHash('sha256')
      return {
        update: (bytes) => void hash.update(bytes),
        digest: () => new Uint8Array(hash.copy().digest()),
      }
    },
    x25519,
    keyAgreement() {
      const ecdh = createECDH('prime256v1')
      ecdh.setPrivateKey(drawPrivateKey(entropy))
      return {
        publicKey: new Uint8Array(ecdh.getPublicKey()),
        sharedSecret(point) {
          try {
            return new Uint8Array(ecdh.computeSecret(point))
          } catch {
            return undefined
          }
        },
      }
    },
    cipher: aesGcm,
    verify(scheme, key, signed, signature) {
      try {
        const hash = HASHES[(scheme >> 8) - 4]
        return verify(hash, signed, publicKey(key), signature)
      } catch {
        return false
      }
    },
  }
}

function aesGcm(key: Uint8Array): Cipher {
  const algorithm = `aes-${8 * key.length}-gcm` as CipherGCMTypes
  return {
    seal(nonce, header, bytes, start, end) {
      const cipher = createCipheriv(algorithm, key, nonce)
      cipher.setAAD(header)
      bytes.set(cipher.update(bytes.slice(start, end)), start)
      cipher.final()
      bytes.set(cipher.getAuthTag(), end)
    },
    open(nonce, header, bytes, start, end) {
      const decipher = createDecipheriv(algorithm, key, nonce)
      decipher.setAAD(header)
      decipher.setAuthTag(bytes.slice(end, end + TAG_BYTES))
      bytes.set(decipher.update(bytes.slice(start, end)), start)
      try {
        decipher.final()
        return true
      } catch {
        return false
      }
    },
  }
}

const HASHES = ['sha256', 'sha384', 'sha512']

function publicKey(key: PublicKey): KeyObject {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  if (key.kind === 'rsa') {
    const jwk = { kty: 'RSA', n: base64(key.modulus), e: base64(key.exponent) }
    return createPublicKey({ key: jwk, format: 'jwk' })
  }
  const half = 1 + (key.point.length - 1) / 2
  const [x, y] = [base64(key.point.subarray(1, half)), base64(key.point.subarray(half))]
  return createPublicKey({ key: { kty: 'EC', crv: key.curve, x, y }, format: 'jwk' })
}
