/**
 * A TLS 1.2 client connection, the host proved before a byte of ours is sent. After any call, poll(now) until it
 * answers 'wait'. RFC 5246.
 */
import type { Entropy } from '../core/entropy'
import { FOREVER, later, type MonotonicMs } from '../core/time'
import {
  CLOSE_NOTIFY,
  DECODE_ERROR,
  FATAL,
  NO_RENEGOTIATION,
  tellAlert,
  UNEXPECTED_MESSAGE,
  UNRECOGNIZED_NAME,
  USER_CANCELED,
  WARNING,
} from './alerts'
import { Handshake } from './handshake'
import { HELLO_REQUEST, MESSAGE_HEADER_BYTES, u24 } from './messages'
import type { Expectation } from './path'
import type { Primitives } from './primitives'
import type { Session } from './progress'
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  type Fragment,
  HANDSHAKE,
  Records,
} from './records'
import { type Refusal, refuse } from './refusal'

export type Output =
  | { kind: 'send'; bytes: Uint8Array }
  /** The host is proved. `session` may resume the next connection. */
  | { kind: 'open'; session: Session | undefined }
  | { kind: 'bytes'; bytes: Uint8Array }
  /** After the last 'send'. `isFault`: not just the end, so what was agreed is to be forgotten. */
  | { kind: 'closed'; why: string; isFault: boolean }
  | { kind: 'wait'; until: MonotonicMs }

export interface ClientOptions extends Expectation {
  primitives: Primitives
  entropy: Entropy
  session?: Session
  /** How long the handshake may take as a whole. */
  handshakeMs: number
}

/** An honest handshake receives a certificate list and little more. */
const MOST_HANDSHAKE_BYTES = 24_576

type State =
  | { kind: 'handshake'; handshake: Handshake; until: MonotonicMs; received: number }
  | { kind: 'open' }
  | { kind: 'closing'; why: string; isFault: boolean }
  | { kind: 'closed' }

export class Client {
  readonly #records = new Records()
  readonly #handshakeMs: number
  #state: State
  /** A handshake message in the making, and how much of it is there. */
  #message: Uint8Array = new Uint8Array(MESSAGE_HEADER_BYTES)
  #messageLength = 0

  constructor(options: ClientOptions, now: MonotonicMs) {
    const { primitives, entropy, session, handshakeMs } = options
    const parts = { primitives, entropy, records: this.#records, session }
    const handshake = new Handshake(options, parts)
    this.#handshakeMs = handshakeMs
    this.#state = { kind: 'handshake', handshake, until: later(now, handshakeMs), received: 0 }
  }

  /** Bytes from the wire, at most `MOST_RECEIVED` at once. */
  receive(bytes: Uint8Array): void {
    const state = this.#state
    if (state.kind === 'closing' || state.kind === 'closed') return
    if (state.kind === 'handshake') state.received += bytes.length
    this.#records.receive(bytes)
  }

  /** Takes all of `bytes`. Only while open. */
  write(bytes: Uint8Array): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return
    if (this.#state.kind !== 'open') throw new Error('not open')
    this.#records.put(APPLICATION_DATA, bytes)
  }

  /** We end the connection: a last 'send' may follow, no other output. */
  close(): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return
    this.#putAlert(WARNING, this.#state.kind === 'open' ? CLOSE_NOTIFY : USER_CANCELED)
    this.#state = { kind: 'closed' }
  }

  /** The wire has ended, for a reason in words. */
  ended(why: string): void {
    const state = this.#state
    if (state.kind === 'handshake') {
      this.#end(`${why} while awaiting ${state.handshake.awaits}`, true)
    } else if (state.kind === 'open') this.#end(`${why} without a close_notify`, false)
  }

  poll(now: MonotonicMs): Output {
    const state = this.#state
    const out = this.#records.take()
    if (out) return { kind: 'send', bytes: out }
    switch (state.kind) {
      case 'handshake':
        return this.#pollHandshake(state, now)
      case 'open':
        return this.#pollOpen() ?? (this.#state === state ? WAIT : this.poll(now))
      case 'closing':
        this.#state = { kind: 'closed' }
        return { kind: 'closed', why: state.why, isFault: state.isFault }
      case 'closed':
        return WAIT
    }
  }

  #pollHandshake(state: State & { kind: 'handshake' }, now: MonotonicMs): Output {
    const { handshake, until } = state
    const refusal =
      this.#receiveHandshake(state) ??
      (now >= until ? this.#late(handshake) : undefined) ??
      // An alert may have ended it.
      (this.#state === state ? handshake.work() : undefined)
    if (refusal) this.#refuse(refusal)
    if (this.#state !== state) return this.poll(now)
    if (handshake.isDone) {
      this.#state = { kind: 'open' }
      return { kind: 'open', session: handshake.session }
    }
    const out = this.#records.take()
    if (out) return { kind: 'send', bytes: out }
    return { kind: 'wait', until: handshake.isBusy ? now : until }
  }

  #late(handshake: Handshake): Refusal {
    const seconds = this.#handshakeMs / 1000
    return refuse(`no handshake within ${seconds} s, awaiting ${handshake.awaits}`, USER_CANCELED)
  }

  /** Takes all that has come, until the handshake is done or has work to do. */
  #receiveHandshake(state: State & { kind: 'handshake' }): Refusal | undefined {
    const { handshake } = state
    if (state.received > MOST_HANDSHAKE_BYTES) {
      return refuse('the handshake does not end', DECODE_ERROR)
    }
    while (!handshake.isDone && this.#state === state) {
      const fragment = this.#records.next()
      if (!fragment || fragment.kind === 'refused') return fragment
      const refusal = this.#receiveFragment(handshake, fragment)
      if (refusal) return refusal
    }
    return undefined
  }

  #receiveFragment(handshake: Handshake, { type, bytes }: Fragment): Refusal | undefined {
    switch (type) {
      case HANDSHAKE:
        return this.#assemble(handshake, bytes)
      case CHANGE_CIPHER_SPEC:
        if (bytes.length !== 1 || bytes[0] !== 1 || this.#messageLength > 0) {
          return refuse('a malformed change of keys', DECODE_ERROR)
        }
        return handshake.changeCipherSpec()
      case ALERT:
        return this.#receiveAlert(bytes)
      default:
        return refuse('data before the handshake is done', UNEXPECTED_MESSAGE)
    }
  }

  /** Messages may be split over records and records may hold several messages. */
  #assemble(handshake: Handshake, bytes: Uint8Array): Refusal | undefined {
    for (let at = 0; at < bytes.length; ) {
      const some = bytes.subarray(at, at + this.#message.length - this.#messageLength)
      this.#message.set(some, this.#messageLength)
      this.#messageLength += some.length
      at += some.length
      if (this.#messageLength < this.#message.length) return undefined
      const whole = MESSAGE_HEADER_BYTES + u24(this.#message, 1)
      if (this.#message.length === MESSAGE_HEADER_BYTES) {
        const refusal = handshake.refuses(this.#message[0], whole - MESSAGE_HEADER_BYTES)
        if (refusal) return refusal
      }
      if (this.#messageLength < whole) {
        const header = this.#message
        this.#message = new Uint8Array(whole)
        this.#message.set(header)
        continue
      }
      const message = this.#message
      this.#message = new Uint8Array(MESSAGE_HEADER_BYTES)
      this.#messageLength = 0
      const refusal = handshake.receive(message)
      if (refusal) return refusal
    }
    return undefined
  }

  #pollOpen(): Output | undefined {
    for (;;) {
      const fragment = this.#records.next()
      if (!fragment) return undefined
      if (fragment.kind === 'refused') {
        this.#refuse(fragment)
        return undefined
      }
      const { type, bytes } = fragment
      if (type === APPLICATION_DATA) {
        if (bytes.length > 0) return { kind: 'bytes', bytes }
        continue
      }
      const refusal =
        type === ALERT
          ? this.#receiveAlert(bytes)
          : refuse(tellUnwanted(type, bytes), NO_RENEGOTIATION)
      if (refusal) this.#refuse(refusal)
      if (this.#state.kind !== 'open') return undefined
    }
  }

  #receiveAlert(bytes: Uint8Array): Refusal | undefined {
    if (bytes.length !== 2) return refuse('a malformed alert', DECODE_ERROR)
    const description = bytes[1]
    if (description === CLOSE_NOTIFY) {
      const isFault = this.#state.kind !== 'open'
      this.#putAlert(WARNING, CLOSE_NOTIFY)
      this.#end('the server closed the connection', isFault)
    } else if (bytes[0] !== WARNING || description !== UNRECOGNIZED_NAME) {
      // Some servers warn of the name and go on with their only certificate, which we then judge. RFC 6066, 3.
      this.#end(`the server says: ${tellAlert(description)}`, true)
    }
    return undefined
  }

  #refuse({ why, alert }: Refusal): void {
    this.#putAlert(FATAL, alert)
    this.#end(why, true)
  }

  #end(why: string, isFault: boolean): void {
    this.#state = { kind: 'closing', why, isFault }
  }

  #putAlert(level: number, description: number): void {
    this.#records.put(ALERT, new Uint8Array([level, description]))
  }
}

const WAIT: Output = Object.freeze({ kind: 'wait', until: FOREVER })

function tellUnwanted(type: number, bytes: Uint8Array): string {
  if (type !== HANDSHAKE) return 'a change of keys in the middle'
  return bytes[0] === HELLO_REQUEST
    ? 'the server wants to renegotiate'
    : 'a handshake in the middle'
}
