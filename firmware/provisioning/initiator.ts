/** The tool's and the page's side of the secure channel: one object for each channel. docs/provisioning.md */
import { FOREVER, later, type MonotonicMs } from '../core/time'
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
  REFUSAL,
  REFUSALS,
  Records,
} from './frames'
import { type Handshake, NOTHING } from './noise'

type State =
  | { kind: 'asked'; handshake: Handshake; until: MonotonicMs }
  | { kind: 'open'; records: Records; until: MonotonicMs }
  | { kind: 'over' }

/**
 * After any call, poll(now) until it answers 'wait'. 'refused' is its last output. It is open when the device has answered, which
 * only one with the secret can; the device waits for a first record, which the user of this object must write at once.
 */
export class Initiator {
  #state: State
  readonly #outputs: ChannelOutput[] = []

  constructor(options: ChannelOptions, now: MonotonicMs) {
    const handshake = beginHandshake(options)
    handshake.draw(options.entropy)
    const frame = new Uint8Array(HELLO_BYTES)
    frame[0] = HELLO
    frame[1] = CHANNEL_VERSION
    // The first message has no agreement, which alone can fail.
    frame.set(handshake.write(NOTHING)!, 2)
    this.#state = { kind: 'asked', handshake, until: later(now, MAX_ANSWER_MS) }
    this.#outputs.push({ kind: 'send', bytes: frame })
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open'
  }

  /** A frame from the device, which may be overwritten. */
  receive(frame: Uint8Array, now: MonotonicMs): void {
    const state = this.#state
    if (state.kind === 'over') return
    if (frame[0] === REFUSAL && frame.length === 3) {
      return this.#end(REFUSALS[frame[1]] ?? 'altered or lost record', frame[2] * 1000)
    }
    if (state.kind === 'open') {
      const bytes = state.records.open(frame)
      if (!bytes) return this.#end('altered or lost record')
      state.until = later(now, MAX_IDLE_MS)
      this.#outputs.push({ kind: 'record', bytes })
    } else if (frame[0] === ANSWER) {
      const payload = state.handshake.read(frame.subarray(1))
      if (payload?.length !== 0) return this.#end('wrong secret')
      const [outgoing, incoming] = state.handshake.split()
      const records = new Records(outgoing, incoming)
      this.#state = { kind: 'open', records, until: later(now, MAX_IDLE_MS) }
      this.#outputs.push({ kind: 'open' })
    }
    // Before the answer, what is left of an earlier channel may still arrive.
  }

  /** At most MAX_RECORD_BYTES, and only while open. */
  write(bytes: Uint8Array): void {
    if (this.#state.kind !== 'open') throw new Error('the channel is not open')
    const frame = this.#state.records.seal(bytes)
    if (frame) this.#outputs.push({ kind: 'send', bytes: frame })
    else this.#end('too many records')
  }

  /** Without a word, and without an output. */
  close(): void {
    this.#wipe()
    this.#outputs.length = 0
  }

  poll(now: MonotonicMs): ChannelOutput {
    const state = this.#state
    if (state.kind !== 'over' && now >= state.until && this.#outputs.length === 0)
      this.#end('too late')
    const until = state.kind === 'over' ? FOREVER : state.until
    return this.#outputs.shift() ?? { kind: 'wait', until }
  }

  #end(why: ChannelRefusal, waitMs = 0): void {
    this.#wipe()
    this.#outputs.push({ kind: 'refused', why, waitMs })
  }

  #wipe(): void {
    const state = this.#state
    if (state.kind === 'asked') state.handshake.wipe()
    else if (state.kind === 'open') state.records.wipe()
    this.#state = { kind: 'over' }
  }
}
