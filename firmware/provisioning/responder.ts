/** The dongle's side of the secure channel, on one transport, for as long as the firmware runs. docs/provisioning.md */
import type { Entropy } from '../core/entropy'
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { Store } from '../ports/store'
import { Attempts } from './attempts'
import {
  ANSWER,
  beginHandshake,
  CHANNEL_VERSION,
  type ChannelOptions,
  type ChannelOutput,
  type ChannelRefusal,
  HELLO,
  HELLO_BYTES,
  MAX_ANSWER_MS,
  MAX_IDLE_MS,
  RECORD,
  Records,
  refusal,
} from './frames'
import { type Handshake, NOTHING } from './noise'

/**
 * A hello can be a copy of one that was heard before, so that all it leads to is an answer: only the first good record shows
 * that the other side has the secret now.
 */
type State =
  | { kind: 'closed' }
  /** The secret is right. Our key is to be multiplied, then the peer's: a step for each poll. */
  | { kind: 'drawing' | 'answering'; handshake: Handshake }
  | { kind: 'answered' | 'open'; records: Records; until: MonotonicMs }

const CLOSED: State = Object.freeze({ kind: 'closed' })

/** After any call, poll(now) until it answers 'wait'. */
export class Responder {
  readonly #options: ChannelOptions
  readonly #entropy: Entropy
  readonly #attempts: Attempts
  #state: State = CLOSED
  readonly #outputs: ChannelOutput[] = []

  constructor(options: ChannelOptions & { store: Store }, now: MonotonicMs) {
    this.#options = options
    this.#entropy = options.entropy
    this.#attempts = new Attempts(options.store, options.transport, now)
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open'
  }

  /** A frame from the other side, which may be overwritten. What is no frame of ours is no more than an altered one. */
  receive(frame: Uint8Array, now: MonotonicMs): void {
    if (frame[0] === HELLO) this.#hello(frame, now)
    else if (this.#state.kind === 'answered' || this.#state.kind === 'open') {
      const bytes = this.#state.records.open(frame)
      if (!bytes) return this.#refuse('altered or lost record', now)
      if (this.#state.kind === 'answered') {
        this.#attempts.succeeded()
        this.#outputs.push({ kind: 'open' })
      }
      this.#outputs.push({ kind: 'record', bytes })
      this.#state = { kind: 'open', records: this.#state.records, until: later(now, MAX_IDLE_MS) }
    } else if (frame[0] === RECORD) this.#refuse('no channel', now)
  }

  /** At most MAX_RECORD_BYTES, and only while open. */
  write(bytes: Uint8Array, now: MonotonicMs): void {
    if (this.#state.kind !== 'open') throw new Error('the channel is not open')
    const frame = this.#state.records.seal(bytes)
    if (frame) this.#outputs.push({ kind: 'send', bytes: frame })
    else this.#refuse('too many records', now)
  }

  /** The transport has lost the other side, or we want no more of it: without a word. */
  close(now: MonotonicMs): void {
    this.#leave(now)
    this.#outputs.length = 0
  }

  poll(now: MonotonicMs): ChannelOutput {
    const state = this.#state
    const output = this.#outputs.shift()
    if (output) return output
    switch (state.kind) {
      case 'closed':
        return { kind: 'wait', until: FOREVER }
      case 'drawing':
        state.handshake.draw(this.#entropy)
        this.#state = { kind: 'answering', handshake: state.handshake }
        return { kind: 'wait', until: now }
      case 'answering':
        this.#answer(state.handshake, now)
        return this.poll(now)
      default:
        if (now < state.until) return { kind: 'wait', until: state.until }
        this.#refuse('too late', now)
        return this.poll(now)
    }
  }

  /** One with a wrong secret leaves an open channel as it is. A copied one ends it, as any garbage on the line would. */
  #hello(frame: Uint8Array, now: MonotonicMs): void {
    if (this.#state.kind !== 'open') this.#leave(now)
    if (this.#attempts.waitMs(now) > 0) return this.#say('too soon', now)
    if (frame[1] !== CHANNEL_VERSION) return this.#say('other version', now)
    const handshake = beginHandshake(this.#options)
    if (frame.length !== HELLO_BYTES || !handshake.read(frame.subarray(2))) {
      handshake.wipe()
      this.#attempts.failed(now)
      return this.#say('wrong secret', now)
    }
    this.#leave(now)
    this.#state = { kind: 'drawing', handshake }
  }

  #answer(handshake: Handshake, now: MonotonicMs): void {
    const message = handshake.write(NOTHING)
    if (!message) return this.#refuse('wrong secret', now)
    const frame = new Uint8Array(1 + message.length)
    frame[0] = ANSWER
    frame.set(message, 1)
    const [incoming, outgoing] = handshake.split()
    const records = new Records(outgoing, incoming)
    this.#state = { kind: 'answered', records, until: later(now, MAX_ANSWER_MS) }
    this.#outputs.push({ kind: 'send', bytes: frame })
  }

  #refuse(why: ChannelRefusal, now: MonotonicMs): void {
    this.#leave(now)
    this.#say(why, now)
  }

  #say(why: ChannelRefusal, now: MonotonicMs): void {
    const waitMs = this.#attempts.waitMs(now)
    this.#outputs.push(
      { kind: 'send', bytes: refusal(why, waitMs) },
      { kind: 'refused', why, waitMs },
    )
  }

  /** A handshake that no record followed is one that came to nothing: a copied hello costs its sender the wait as well. */
  #leave(now: MonotonicMs): void {
    const state = this.#state
    this.#state = CLOSED
    if (state.kind === 'closed') return
    if ('records' in state) state.records.wipe()
    else state.handshake.wipe()
    if (state.kind !== 'open') this.#attempts.failed(now)
  }
}
