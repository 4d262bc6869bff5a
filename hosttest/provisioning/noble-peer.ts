/**
 * Noise_NNpsk0_25519_AESGCM_SHA256 and our derivation of its key, written once more from the specifications and with nothing of
 * the firmware's: @noble alone. https://noiseprotocol.org/noise.html, docs/provisioning.md
 */
import { gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { extract, hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

const NOTHING = new Uint8Array(0)

function nonce(count: number): Uint8Array {
  const bytes = new Uint8Array(12)
  new DataView(bytes.buffer).setBigUint64(4, BigInt(count))
  return bytes
}

/** 4.3 */
function noiseHkdf(chainingKey: Uint8Array, material: Uint8Array): Uint8Array[] {
  const temporary = extract(sha256, material, chainingKey)
  const first = hmac(sha256, temporary, Uint8Array.of(1))
  const second = hmac(sha256, temporary, concatBytes(first, Uint8Array.of(2)))
  return [first, second, hmac(sha256, temporary, concatBytes(second, Uint8Array.of(3)))]
}

export interface NobleOptions {
  serial: string
  labelSecret: Uint8Array
  transport: string
  /** In place of a key of its own; what it agrees to is then zero. */
  lowOrder?: Uint8Array
  /** Of the handshake: none by our protocol. */
  payload?: Uint8Array
}

export class NoblePeer {
  readonly #scalar = x25519.utils.randomSecretKey()
  readonly #publicKey: Uint8Array
  readonly #payload: Uint8Array
  readonly #secret: Uint8Array | undefined
  #chainingKey: Uint8Array = utf8ToBytes('Noise_NNpsk0_25519_AESGCM_SHA256')
  #hash: Uint8Array = this.#chainingKey
  #key: Uint8Array = NOTHING
  #counts = [0, 0]
  #keys: Uint8Array[] = []

  constructor({ serial, labelSecret, transport, lowOrder, payload = NOTHING }: NobleOptions) {
    this.#publicKey = lowOrder ?? x25519.getPublicKey(this.#scalar)
    this.#payload = payload
    this.#secret = lowOrder && new Uint8Array(32)
    this.#mixHash(concatBytes(Uint8Array.of(1), utf8ToBytes(`${transport} ${serial}`)))
    const info = utf8ToBytes(`wattbeat secure channel ${serial}`)
    const psk = hkdf(sha256, labelSecret, undefined, info, 32)
    const [chainingKey, toHash, key] = noiseHkdf(this.#chainingKey, psk)
    this.#chainingKey = chainingKey
    this.#mixHash(toHash)
    this.#key = key
  }

  hello(): Uint8Array {
    return concatBytes(Uint8Array.of(1, 1), this.#ephemeral(this.#publicKey), this.#seal())
  }

  /** Throws if it is not what a dongle with the secret says. */
  takeAnswer(frame: Uint8Array): void {
    if (frame[0] !== 2) throw new Error('no answer')
    const peer = this.#ephemeral(frame.slice(1, 33))
    this.#mixKey(x25519.getSharedSecret(this.#scalar, peer))
    this.#open(frame.slice(33))
    this.#split(0)
  }

  takeHello(frame: Uint8Array): Uint8Array {
    const peer = this.#ephemeral(frame.slice(2, 34))
    this.#open(frame.slice(34))
    this.#ephemeral(this.#publicKey)
    this.#mixKey(this.#secret ?? x25519.getSharedSecret(this.#scalar, peer))
    const answer = concatBytes(Uint8Array.of(2), this.#publicKey, this.#seal())
    this.#split(1)
    return answer
  }

  seal(text: string): Uint8Array {
    const cipher = gcm(this.#keys[0], nonce(this.#counts[0]++))
    return concatBytes(Uint8Array.of(3), cipher.encrypt(utf8ToBytes(text)))
  }

  open(frame: Uint8Array): string {
    const bytes = gcm(this.#keys[1], nonce(this.#counts[1]++)).decrypt(frame.slice(1))
    return new TextDecoder().decode(bytes)
  }

  #split(side: 0 | 1): void {
    const [first, second] = noiseHkdf(this.#chainingKey, NOTHING)
    this.#keys = side === 0 ? [first, second] : [second, first]
  }

  #mixHash(bytes: Uint8Array): void {
    this.#hash = sha256(concatBytes(this.#hash, bytes))
  }

  #mixKey(material: Uint8Array): void {
    ;[this.#chainingKey, this.#key] = noiseHkdf(this.#chainingKey, material)
  }

  #ephemeral(publicKey: Uint8Array): Uint8Array {
    this.#mixHash(publicKey)
    this.#mixKey(publicKey)
    return publicKey
  }

  #seal(): Uint8Array {
    const sealed = gcm(this.#key, nonce(0), this.#hash).encrypt(this.#payload)
    this.#mixHash(sealed)
    return sealed
  }

  #open(sealed: Uint8Array): void {
    gcm(this.#key, nonce(0), this.#hash).decrypt(sealed)
    this.#mixHash(sealed)
  }
}
