/**
 * The side of tool and page of one connection over the radio: a machine that carries frames in exchanges, each a request that is
 * written and an answer that is read. docs/provisioning.md, "The radio"
 */
import { FOREVER, later, type MonotonicMs } from '../core/time'
import {
  GATT_HEAD_BYTES,
  type GattItem,
  GattReader,
  GattWriter,
  MAX_VALUE_BYTES,
  nextNumber,
} from './gatt'

/** Until an answer that is not there yet is read again. */
const READ_AGAIN_MS = 20
/** Until the dongle is asked again that had nothing to say: at first, and longer each time. */
const MIN_PAUSE_MS = 50
const MAX_PAUSE_MS = 1000
/** For one answer. A dongle that multiplies is busy for half a second. */
export const MAX_EXCHANGE_MS = 10_000

export type GattClientOutput =
  /** Write it; what follows may not be written before it is there. */
  | { kind: 'write'; bytes: Uint8Array }
  /** Read, and say by answered() what was read. */
  | { kind: 'read' }
  /** From the dongle. */
  | { kind: 'frame'; bytes: Uint8Array }
  /** Its last output. */
  | { kind: 'lost'; why: 'silent' | (GattItem & { kind: 'wrong' })['why'] }
  | { kind: 'wait'; until: MonotonicMs }

type State =
  /** Until there is a frame to send, or it is time to ask. */
  | { kind: 'idle'; until: MonotonicMs }
  | { kind: 'asked'; until: MonotonicMs; readAt: MonotonicMs; isReading: boolean }
  | { kind: 'over' }

/** After any call, poll(now) until it answers 'wait'. One for each connection. */
export class GattClient {
  readonly #maxBytes: number
  readonly #reader = new GattReader()
  readonly #writer = new GattWriter()
  readonly #frames: Uint8Array[] = []
  readonly #outputs: GattClientOutput[] = []
  #number = 0
  #pauseMs = MIN_PAUSE_MS
  #state: State

  /** `maxBytes`: of a request. Systems send what does not fit the MTU in several pieces, but not without a response. */
  constructor(now: MonotonicMs, maxBytes = MAX_VALUE_BYTES) {
    this.#maxBytes = maxBytes
    this.#state = { kind: 'idle', until: now }
  }

  /** A frame, which must stay as it is. */
  send(frame: Uint8Array): void {
    this.#frames.push(frame)
    this.#pauseMs = MIN_PAUSE_MS
  }

  answered(value: Uint8Array, now: MonotonicMs): void {
    const state = this.#state
    if (state.kind !== 'asked') return
    state.isReading = false
    state.readAt = later(now, READ_AGAIN_MS)
    if (value[0] !== this.#number) return
    const item = this.#reader.take(value)
    if (item.kind === 'wrong') return this.#lose(item.why)
    if (item.kind === 'frame') this.#outputs.push(item)
    const isAlive = this.#writer.isBusy || value.length > GATT_HEAD_BYTES
    const pauseMs = isAlive ? 0 : this.#pauseMs
    this.#pauseMs = isAlive ? MIN_PAUSE_MS : Math.min(2 * pauseMs, MAX_PAUSE_MS)
    this.#state = { kind: 'idle', until: later(now, pauseMs) }
  }

  poll(now: MonotonicMs): GattClientOutput {
    const output = this.#outputs.shift()
    if (output) return output
    const state = this.#state
    switch (state.kind) {
      case 'idle': {
        if (!this.#writer.isBusy) {
          const frame = this.#frames.shift()
          if (frame) this.#writer.begin(frame)
          else if (now < state.until) return { kind: 'wait', until: state.until }
        }
        this.#number = nextNumber(this.#number)
        const until = later(now, MAX_EXCHANGE_MS)
        this.#state = { kind: 'asked', until, readAt: now, isReading: false }
        return { kind: 'write', bytes: this.#writer.next(this.#number, this.#maxBytes) }
      }
      case 'asked':
        if (now >= state.until) {
          this.#lose('silent')
          return this.poll(now)
        }
        if (state.isReading) return { kind: 'wait', until: state.until }
        if (now < state.readAt) return { kind: 'wait', until: state.readAt }
        state.isReading = true
        return { kind: 'read' }
      case 'over':
        return { kind: 'wait', until: FOREVER }
    }
  }

  #lose(why: (GattClientOutput & { kind: 'lost' })['why']): void {
    this.#state = { kind: 'over' }
    this.#outputs.push({ kind: 'lost', why })
  }
}
