/** Cryptography for the firmware inside XS: each call is a question to Node. Both ends of it. */

import {
  type ChannelPrimitives,
  type KeyAgreement,
  type Primitives,
  type PublicKey,
  TAG_BYTES,
} from '../../firmware/crypto/primitives'
import { x25519 } from '../../firmware/crypto/x25519'

/** `parts` and the answer are bytes; no answer means no: not valid, altered, not on the curve. */
export type PrimitiveCall =
  /** The data. */
  | { call: 'sha256' }
  /** Answers the public key. */
  | { call: 'key pair'; agreement: number }
  /** The peer's point. */
  | { call: 'shared secret'; agreement: number }
  /** Key, nonce, header and text; answers text and tag. */
  | { call: 'seal' }
  /** Key, nonce, header, text and tag; answers the text. */
  | { call: 'open' }
  /** What is signed, the signature, and the key: an EC point, or modulus and exponent. Answers one byte. */
  | { call: 'verify'; scheme: number; curve: 'P-256' | 'P-384' | undefined }

type Ask = (call: PrimitiveCall, ...parts: Uint8Array[]) => Uint8Array | undefined

/** The end inside XS. */
export function crossingPrimitives(ask: Ask): Primitives & ChannelPrimitives {
  let agreements = 0
  return {
    sha256() {
      const parts: Uint8Array[] = []
      return {
        update: (bytes) => void parts.push(bytes.slice()),
        digest: () => ask({ call: 'sha256' }, joinParts(parts))!,
      }
    },
    x25519,
    keyAgreement() {
      const agreement = agreements++
      return {
        publicKey: ask({ call: 'key pair', agreement })!,
        sharedSecret: (point) => ask({ call: 'shared secret', agreement }, point),
      }
    },
    cipher: (key) => ({
      seal(nonce, header, bytes, start, end) {
        bytes.set(ask({ call: 'seal' }, key, nonce, header, bytes.subarray(start, end))!, start)
      },
      open(nonce, header, bytes, start, end) {
        const sealed = bytes.subarray(start, end + TAG_BYTES)
        const text = ask({ call: 'open' }, key, nonce, header, sealed)
        if (text) bytes.set(text, start)
        return text !== undefined
      },
    }),
    verify: (scheme, key, signed, signature) =>
      key.kind === 'ec'
        ? !!ask({ call: 'verify', scheme, curve: key.curve }, signed, signature, key.point)
        : !!ask(
            { call: 'verify', scheme, curve: undefined },
            signed,
            signature,
            key.modulus,
            key.exponent,
          ),
  }
}

const YES = Uint8Array.of(1)

/** The end on Node. */
export class PrimitiveAnswers {
  readonly #primitives: Primitives
  readonly #agreements = new Map<number, KeyAgreement>()

  constructor(primitives: Primitives) {
    this.#primitives = primitives
  }

  answer(question: PrimitiveCall, parts: Uint8Array[]): Uint8Array | undefined {
    const primitives = this.#primitives
    switch (question.call) {
      case 'sha256': {
        const hash = primitives.sha256()
        hash.update(parts[0])
        return hash.digest()
      }
      case 'key pair': {
        const agreement = primitives.keyAgreement()
        this.#agreements.set(question.agreement, agreement)
        return agreement.publicKey
      }
      case 'shared secret': {
        const agreement = this.#agreements.get(question.agreement)
        this.#agreements.delete(question.agreement)
        return agreement?.sharedSecret(parts[0])
      }
      case 'seal': {
        const [key, nonce, header, text] = parts
        const sealed = new Uint8Array(text.length + TAG_BYTES)
        sealed.set(text)
        primitives.cipher(key).seal(nonce, header, sealed, 0, text.length)
        return sealed
      }
      case 'open': {
        const [key, nonce, header, sealed] = parts
        const end = sealed.length - TAG_BYTES
        const isWhole = primitives.cipher(key).open(nonce, header, sealed, 0, end)
        return isWhole ? sealed.subarray(0, end) : undefined
      }
      case 'verify': {
        const [signed, signature, first, second] = parts
        const { curve, scheme } = question
        const key: PublicKey = curve
          ? { kind: 'ec', curve, point: first }
          : { kind: 'rsa', modulus: first, exponent: second }
        return primitives.verify(scheme, key, signed, signature) ? YES : undefined
      }
    }
  }
}

/** Parts as one run of bytes, and back. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

export function splitParts(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0
  return lengths.map((length) => {
    at += length
    return bytes.slice(at - length, at)
  })
}
