/** Digests and AES-GCM by the @noble packages. */
import { gcm } from '@noble/ciphers/aes.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type ChannelPrimitives, TAG_BYTES } from '../../firmware/crypto/primitives'

export const nobleSymmetric: Omit<ChannelPrimitives, 'x25519'> = {
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
