/**
 * A TLS 1.2 client connection, the host proved before a byte of ours is sent. After any call, poll(now) until it
 * answers 'wait'. RFC 5246.
 */
import type { Entropy } from '../core/entropy'
import { FOREVER, type MonotonicMs } from '../core/time'
import type { Primitives } from '../crypto/primitives'
import type { SecureClient, SecureClientOutput } from '../ports/secure'
import {
  alertInWords,
  CLOSE_NOTIFY,
  DECODE_ERROR,
  FATAL,
  NO_RENEGOTIATION,
  type Refusal,
  refuse,
  UNEXPECTED_MESSAGE,
  UNRECOGNIZED_NAME,
  USER_CANCELED,
  WARNING,
} from './alerts'
import { Assembly } from './assembly'
import { Handshake } from './handshake'
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  HELLO_REQUEST,
  MAX_CERTIFICATE_LIST_BYTES,
  messageInWords,
} from './messages'
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  type Fragment,
  HANDSHAKE,
  Records,
} from './records'
import type { TlsSession } from './session'
import { STEPS, type State } from './states'
import type { PathInputs } from './x509/path'

export interface ClientOptions extends PathInputs {
  primitives: Primitives
  entropy: Entropy
  /** To be resumed, if the server likes. */
  session?: TlsSession
  /** When the handshake must be over. */
  until: MonotonicMs
}

/** An honest handshake receives a certificate list and little more. */
const MAX_HANDSHAKE_BYTES = 24_576
/** A ServerHello, a key exchange or the like is far smaller; only lists of certificates, or of authorities' names, may be long. */
const MAX_MESSAGE_BYTES = 2048

export class Client implements SecureClient {
  readonly #records = new Records()
  readonly #assembly = new Assembly()
  readonly #until: MonotonicMs
  #state: State = { kind: 'serverHello' }
  /** Undefined when the handshake is over: what it holds is then garbage. */
  #handshake: Handshake | undefined
  #handshakeBytes = 0

  constructor(options: ClientOptions) {
    const { primitives, entropy, session, until } = options
    this.#until = until
    this.#handshake = new Handshake(options, {
      primitives,
      entropy,
      records: this.#records,
      session,
    })
  }

  get state(): State['kind'] {
    return this.#state.kind
  }

  /** What may resume the next connection; undefined before this one was open, and after a fault. */
  get session(): TlsSession | undefined {
    return 'session' in this.#state ? this.#state.session : undefined
  }

  /** At most `MAX_RECEIVED_BYTES` at once. */
  receive(bytes: Uint8Array): void {
    if (this.#isOver) return
    if (this.#handshake) this.#handshakeBytes += bytes.length
    this.#records.receive(bytes)
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return
    if (this.#state.kind !== 'open') throw new Error('not open')
    this.#records.put(APPLICATION_DATA, bytes)
  }

  close(): void {
    if (this.#isOver) return
    this.#putAlert(WARNING, this.#state.kind === 'open' ? CLOSE_NOTIFY : USER_CANCELED)
    this.#enter({ kind: 'closed', session: this.session })
  }

  ended(why: string): void {
    if (this.#isOver) return
    if (this.#handshake) this.#end(`${why} while awaiting ${STEPS[this.#state.kind].awaits}`)
    else this.#end(`${why} without a close_notify`, this.session)
  }

  poll(now: MonotonicMs): SecureClientOutput {
    const out = this.#records.take()
    if (out) return { kind: 'send', bytes: out }
    const state = this.#state
    switch (state.kind) {
      case 'open':
        return this.#pollOpen() ?? (this.#state === state ? WAIT : this.poll(now))
      case 'closing':
        this.#enter({ kind: 'closed', session: state.session })
        return { kind: 'closed', why: state.why }
      case 'closed':
        return WAIT
      default:
        return this.#pollHandshake(now)
    }
  }

  get #isOver(): boolean {
    return this.#state.kind === 'closing' || this.#state.kind === 'closed'
  }

  #enter(state: State): void {
    const { kind } = this.#state
    if (STEPS[kind].next.indexOf(state.kind) < 0) throw new Error(`${state.kind} after ${kind}`)
    this.#state = state
    if (state.kind === 'open' || state.kind === 'closing' || state.kind === 'closed')
      this.#handshake = undefined
  }

  /** Goes on to what the handshake says is next. */
  #follow(next: State | Refusal): void {
    if (next.kind === 'refused') this.#refuse(next)
    else if (next !== this.#state) this.#enter(next)
  }

  /** Takes what has come, or does a step of work: not both, for each may be long. */
  #pollHandshake(now: MonotonicMs): SecureClientOutput {
    const before = this.#state
    this.#receiveHandshake()
    if (this.#handshake && now >= this.#until) {
      const { awaits } = STEPS[this.#state.kind]
      this.#refuse(refuse(`no handshake in time, awaiting ${awaits}`, USER_CANCELED))
    }
    if (this.#handshake && this.#state === before && STEPS[before.kind].isWork)
      this.#follow(this.#handshake.work(before))
    if (this.#state.kind === 'open') return { kind: 'open' }
    if (!this.#handshake) return this.poll(now)
    const out = this.#records.take()
    if (out) return { kind: 'send', bytes: out }
    return { kind: 'wait', until: STEPS[this.#state.kind].isWork ? now : this.#until }
  }

  /** Takes all that has come, until the handshake is over. */
  #receiveHandshake(): void {
    if (this.#handshakeBytes > MAX_HANDSHAKE_BYTES) {
      this.#refuse(refuse('the handshake does not end', DECODE_ERROR))
    }
    while (this.#handshake) {
      const fragment = this.#records.next()
      if (!fragment) return
      if (fragment.kind === 'refused') this.#refuse(fragment)
      else this.#receiveFragment(this.#handshake, fragment)
    }
  }

  #receiveFragment(handshake: Handshake, { type, bytes }: Fragment): void {
    switch (type) {
      case HANDSHAKE:
        return this.#assemble(handshake, bytes)
      case CHANGE_CIPHER_SPEC: {
        const isWhole = bytes.length === 1 && bytes[0] === 1 && this.#assembly.isEmpty
        return this.#follow(
          isWhole
            ? handshake.changeCipherSpec(this.#state)
            : refuse('a malformed ChangeCipherSpec', DECODE_ERROR),
        )
      }
      case ALERT:
        return this.#receiveAlert(bytes)
      default:
        return this.#refuse(refuse('data before the handshake is over', UNEXPECTED_MESSAGE))
    }
  }

  #assemble(handshake: Handshake, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      at += this.#assembly.take(bytes.subarray(at))
      const { header } = this.#assembly
      const refusal = header && this.#refuseHeader(header.type, header.length)
      if (refusal) return this.#refuse(refusal)
      const message = this.#assembly.message()
      if (message) this.#follow(handshake.receive(this.#state, message))
    }
  }

  /** Why a message that begins so must not come now; undefined if it may. */
  #refuseHeader(type: number, length: number): Refusal | undefined {
    const { messages, awaits } = STEPS[this.#state.kind]
    if (messages.indexOf(type) < 0) {
      return refuse(`${messageInWords(type)} instead of ${awaits}`, UNEXPECTED_MESSAGE)
    }
    const isList = type === CERTIFICATE || type === CERTIFICATE_REQUEST
    const max = isList ? MAX_CERTIFICATE_LIST_BYTES : MAX_MESSAGE_BYTES
    if (length > max) return refuse(`a ${messageInWords(type)} of ${length} bytes`, DECODE_ERROR)
    return undefined
  }

  #pollOpen(): SecureClientOutput | undefined {
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
      if (type === ALERT) this.#receiveAlert(bytes)
      else this.#refuse(refuse(unwantedInWords(type, bytes), NO_RENEGOTIATION))
      if (this.#isOver) return undefined
    }
  }

  #receiveAlert(bytes: Uint8Array): void {
    if (bytes.length !== 2) return this.#refuse(refuse('a malformed alert', DECODE_ERROR))
    const description = bytes[1]
    if (description === CLOSE_NOTIFY) {
      this.#putAlert(WARNING, CLOSE_NOTIFY)
      this.#end('the server closed the connection', this.session)
    } else if (bytes[0] !== WARNING || description !== UNRECOGNIZED_NAME) {
      // Some servers warn of the name and go on with their only certificate, which is then checked. RFC 6066, 3.
      this.#end(`the server says: ${alertInWords(description)}`)
    }
  }

  #refuse({ why, alert }: Refusal): void {
    this.#putAlert(FATAL, alert)
    this.#end(why)
  }

  /** `session`: what outlives the connection; nothing after a fault. */
  #end(why: string, session?: TlsSession): void {
    this.#enter({ kind: 'closing', why, session })
  }

  #putAlert(level: number, description: number): void {
    this.#records.put(ALERT, new Uint8Array([level, description]))
  }
}

const WAIT: SecureClientOutput = Object.freeze({ kind: 'wait', until: FOREVER })

function unwantedInWords(type: number, bytes: Uint8Array): string {
  if (type !== HANDSHAKE) return 'ChangeCipherSpec after the handshake'
  return bytes[0] === HELLO_REQUEST
    ? 'the server wants to renegotiate'
    : 'a handshake message after the handshake'
}
