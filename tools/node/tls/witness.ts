/**
 * The device's own client, set beside OpenSSL: it hears the server first, and refuses for the device's reasons in the
 * device's words. It has OpenSSL's random but none of its keys, so it judges all that comes before the server's change
 * of keys; after that, only the kinds and lengths of records tell.
 */
import { randomFillSync } from 'node:crypto'
import { u16 } from '../../../firmware/core/bytes'
import type { MonotonicMs } from '../../../firmware/core/time'
import { Client, type ClientOptions } from '../../../firmware/tls/client'
import { RANDOM_BYTES } from '../../../firmware/tls/hello'
import { encodeFinished } from '../../../firmware/tls/messages'
import { TAG_BYTES } from '../../../firmware/tls/primitives'
import {
  ALERT,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  MAX_RECEIVED_BYTES,
} from '../../../firmware/tls/records'
import { nodePrimitives } from './primitives'

const HEADER_BYTES = 5
/** Where a client hello in its record has its random: behind record and message header and version. */
const RANDOM_AT = HEADER_BYTES + 6
/** A byte of length stands before it. */
const ID_AT = RANDOM_AT + RANDOM_BYTES + 1
/** Explicit nonce and tag. */
const SEALED_BYTES = 8 + TAG_BYTES
const FINISHED_BYTES = encodeFinished(new Uint8Array(12)).length

const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
const START = 0 as MonotonicMs

export class Witness {
  readonly #options: Omit<ClientOptions, 'primitives' | 'entropy'>
  #client: Client | undefined
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerBytes = 0
  #left = 0
  #isSealed = false
  #sealedHandshakeBytes = 0
  #hasSealedAlert = false

  constructor(options: Omit<ClientOptions, 'primitives' | 'entropy'>) {
    this.#options = options
  }

  /** What OpenSSL sends: its first record is its hello. */
  said(bytes: Uint8Array): void {
    if (this.#client) return
    const primitives = nodePrimitives(entropy)
    const random = {
      fill: (wanted: Uint8Array) => wanted.set(bytes.subarray(RANDOM_AT, ID_AT - 1)),
    }
    const id = bytes.slice(ID_AT, ID_AT + bytes[ID_AT - 1])
    const session = this.#options.session && { ...this.#options.session, id }
    this.#client = new Client({ ...this.#options, session, primitives, entropy: random })
  }

  /** Bytes from the server; why it is refused, where it is. */
  heard(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length; ) {
      const isHeader = this.#headerBytes < HEADER_BYTES
      const most = isHeader
        ? HEADER_BYTES - this.#headerBytes
        : Math.min(this.#left, MAX_RECEIVED_BYTES)
      const some = bytes.subarray(at, at + most)
      at += some.length
      if (isHeader) this.#readHeader(some)
      else this.#left -= some.length
      const why = this.#isSealed ? this.#refuseSealed() : this.#judge(some)
      if (why !== undefined) return why
      if (this.#headerBytes < HEADER_BYTES || this.#left > 0) continue
      if (this.#header[0] === CHANGE_CIPHER_SPEC) this.#isSealed = true
      this.#headerBytes = 0
    }
    return undefined
  }

  /** The wire has ended: what that means. */
  ended(isOpen: boolean): string {
    if (this.#hasSealedAlert) return 'the server closed the connection'
    const why = 'the connection ended'
    if (isOpen) return `${why} without a close_notify`
    this.#client?.ended(why)
    return this.#verdict(START) ?? why
  }

  late(): string {
    return this.#verdict(this.#options.until) ?? 'no handshake'
  }

  #readHeader(some: Uint8Array): void {
    this.#header.set(some, this.#headerBytes)
    this.#headerBytes += some.length
    if (this.#headerBytes < HEADER_BYTES) return
    this.#left = u16(this.#header, 3)
    if (!this.#isSealed) return
    if (this.#header[0] === ALERT) this.#hasSealedAlert = true
    if (this.#header[0] === HANDSHAKE) this.#sealedHandshakeBytes += this.#left - SEALED_BYTES
  }

  /** More handshake than a finish cannot be read here, but is not wanted whatever it says. */
  #refuseSealed(): string | undefined {
    return this.#sealedHandshakeBytes > FINISHED_BYTES
      ? 'the server wants to renegotiate'
      : undefined
  }

  #judge(bytes: Uint8Array): string | undefined {
    this.#client?.receive(bytes)
    return this.#verdict(START)
  }

  #verdict(now: MonotonicMs): string | undefined {
    for (;;) {
      const output = this.#client?.poll(now)
      if (!output || (output.kind === 'wait' && output.until > now)) return undefined
      if (output.kind === 'closed') return output.why
    }
  }
}
