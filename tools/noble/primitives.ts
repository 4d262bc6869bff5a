/**
 * Cryptography by the @noble packages, which are audited and synchronous: for the tool and the page, where WebCrypto makes
 * one wait and is missing on plain http.
 */
import { x25519 } from '@noble/curves/ed25519.js'
import type { ChannelPrimitives } from '../../firmware/crypto/primitives'
import { nobleSymmetric } from './symmetric'

export const noblePrimitives: ChannelPrimitives = {
  ...nobleSymmetric,
  x25519(scalar, u) {
    try {
      return x25519.scalarMult(scalar, u)
    } catch {
      // It refuses a point of low order by itself.
      return new Uint8Array(32)
    }
  },
}
