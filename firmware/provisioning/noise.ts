/**
 * Noise_NNpsk0_25519_AESGCM_SHA256: what either side of its handshake computes, and the ciphers that follow. No rule of ours
 * is decided here. https://noiseprotocol.org/noise.html, revision 34.
 */
import { putU32, utf8 } from '../core/bytes'
import { type Entropy, random } from '../core/entropy'
import { hkdf } from '../crypto/hkdf'
import { DIGEST_BYTES } from '../crypto/hmac'
import { type ChannelPrimitives, type Cipher, TAG_BYTES } from '../crypto/primitives'
import { KEY_BYTES } from '../crypto/x25519'

/** As long as a digest, and so taken as it is: 5.2, InitializeSymmetric. */
const PROTOCOL = 'Noise_NNpsk0_25519_AESGCM_SHA256'
const NONCE_BYTES = 12
const BASE_POINT = 9
export const NOTHING: Uint8Array = new Uint8Array(0)

/**
 * The tokens are `psk, e` in the first message and `e, ee` in the second: the side that begins draws, writes and reads, the
 * other reads, draws and writes. What goes wrong is undefined, and the handshake is then to be wiped.
 */
export class Handshake {
  readonly #primitives: ChannelPrimitives
  #chainingKey: Uint8Array
  /** The key of the next payload. */
  #key: Uint8Array
  /** Our ephemeral key, once it is drawn. */
  #scalar = NOTHING
  #publicKey = NOTHING
  #peer = NOTHING
  /** The digest of all that was said so far. */
  hash: Uint8Array

  /** `psk` has 32 bytes, and is the caller's to wipe. */
  constructor(primitives: ChannelPrimitives, prologue: Uint8Array, psk: Uint8Array) {
    this.#primitives = primitives
    this.#chainingKey = utf8(PROTOCOL)
    this.hash = this.#chainingKey
    this.#mixHash(prologue)
    const keys = hkdf(primitives, this.#chainingKey, psk, NOTHING, 3 * DIGEST_BYTES)
    this.#chainingKey = keys.slice(0, DIGEST_BYTES)
    this.#mixHash(keys.subarray(DIGEST_BYTES, 2 * DIGEST_BYTES))
    this.#key = keys.slice(2 * DIGEST_BYTES)
    keys.fill(0)
  }

  /** One multiplication. */
  draw(entropy: Entropy): void {
    const base = new Uint8Array(KEY_BYTES)
    base[0] = BASE_POINT
    this.#scalar = random(entropy, KEY_BYTES)
    this.#publicKey = this.#primitives.x25519(this.#scalar, base)
  }

  /** In the second message one multiplication; undefined if the peer's key leads to zero (7748, 6.1). */
  write(payload: Uint8Array): Uint8Array | undefined {
    const end = KEY_BYTES + payload.length
    const message = new Uint8Array(end + TAG_BYTES)
    message.set(this.#publicKey)
    message.set(payload, KEY_BYTES)
    this.#mixEphemeral(this.#publicKey)
    if (this.#peer.length > 0 && !this.#agree()) return undefined
    this.#cipher().seal(new Uint8Array(NONCE_BYTES), this.hash, message, KEY_BYTES, end)
    this.#mixHash(message.subarray(KEY_BYTES))
    return message
  }

  /** The payload; in the second message one multiplication. */
  read(message: Uint8Array): Uint8Array | undefined {
    const end = message.length - TAG_BYTES
    if (end < KEY_BYTES) return undefined
    this.#peer = message.slice(0, KEY_BYTES)
    this.#mixEphemeral(this.#peer)
    if (this.#scalar.length > 0 && !this.#agree()) return undefined
    const header = this.hash
    this.#mixHash(message.subarray(KEY_BYTES))
    const sealed = message.slice()
    const isWhole = this.#cipher().open(new Uint8Array(NONCE_BYTES), header, sealed, KEY_BYTES, end)
    return isWhole ? sealed.subarray(KEY_BYTES, end) : undefined
  }

  /** After the second message: of the side that began, and of the other. The handshake is wiped. */
  split(): [CipherState, CipherState] {
    const keys = hkdf(this.#primitives, this.#chainingKey, NOTHING, NOTHING, 2 * DIGEST_BYTES)
    this.wipe()
    const ciphers: [CipherState, CipherState] = [
      new CipherState(this.#primitives, keys.slice(0, DIGEST_BYTES)),
      new CipherState(this.#primitives, keys.slice(DIGEST_BYTES)),
    ]
    keys.fill(0)
    return ciphers
  }

  wipe(): void {
    this.#chainingKey.fill(0)
    this.#key.fill(0)
    this.#scalar.fill(0)
  }

  #cipher(): Cipher {
    return this.#primitives.cipher(this.#key)
  }

  #mixHash(bytes: Uint8Array): void {
    const hash = this.#primitives.sha256()
    hash.update(this.hash)
    hash.update(bytes)
    this.hash = hash.digest()
  }

  /** With a psk in the handshake, an ephemeral key is mixed into the key as well: 9.2. */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#mixHash(publicKey)
    this.#mixKey(publicKey)
  }

  #mixKey(secret: Uint8Array): void {
    const keys = hkdf(this.#primitives, this.#chainingKey, secret, NOTHING, 2 * DIGEST_BYTES)
    this.#chainingKey.fill(0)
    this.#key.fill(0)
    this.#chainingKey = keys.slice(0, DIGEST_BYTES)
    this.#key = keys.slice(DIGEST_BYTES)
    keys.fill(0)
  }

  #agree(): boolean {
    const secret = this.#primitives.x25519(this.#scalar, this.#peer)
    // All bytes are looked at, so that the time tells nothing of them.
    let bits = 0
    for (let i = 0; i < KEY_BYTES; i++) bits |= secret[i]
    this.#mixKey(secret)
    secret.fill(0)
    return bits !== 0
  }
}

/** One direction: the nonce is the count of its messages. 5.1, 12.4. */
export class CipherState {
  readonly #key: Uint8Array
  #cipher: Cipher | undefined
  readonly #nonce = new Uint8Array(NONCE_BYTES)
  count = 0

  /** `key` is wiped with the state. */
  constructor(primitives: ChannelPrimitives, key: Uint8Array) {
    this.#key = key
    this.#cipher = primitives.cipher(key)
  }

  /** In place; the tag stands at `end`. */
  seal(bytes: Uint8Array, start: number, end: number): void {
    this.#cipher?.seal(this.#next(), NOTHING, bytes, start, end)
  }

  /** In place; false if the bytes or the tag at `end` were altered, or this is not the next message. */
  open(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#cipher?.open(this.#next(), NOTHING, bytes, start, end) ?? false
  }

  wipe(): void {
    this.#key.fill(0)
    this.#cipher = undefined
  }

  #next(): Uint8Array {
    putU32(this.#nonce, NONCE_BYTES - 4, this.count++)
    return this.#nonce
  }
}
