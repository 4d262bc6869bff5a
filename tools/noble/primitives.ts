/**
 * Cryptography by the @noble packages, which are audited and synchronous: for the tool and the page, where WebCrypto makes
 * one wait and is missing on plain http, and for tests that run on XS, whose engine under test has none.
 */
import { gcm } from '@noble/ciphers/aes.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Primitives, TAG_BYTES } from '../../firmware/crypto/primitives'

export const noblePrimitives: Pick<Primitives, 'sha256' | 'cipher'> = {
  sha256() {
    const hash = sha256.create()
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => hash.clone().digest(),
    }
  },
  cipher: (key) => ({
    seal: (nonce, header, bytes, start, end) =>
      bytes.set(gcm(key, nonce, header).encrypt(bytes.slice(start, end)), start),
    open(nonce, header, bytes, start, end) {
      try {
        bytes.set(gcm(key, nonce, header).decrypt(bytes.slice(start, end + TAG_BYTES)), start)
        return true
      } catch {
        return false
      }
    },
  }),
}
