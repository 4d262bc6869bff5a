/** One stream's readings that wait for the broker, oldest first, and the publication of them that is in its queue. */
import { fail } from '../core/assert'
import { later, type MonotonicMs, type UnixMs } from '../core/time'
import { MAX_SAMPLE_BYTES, putSample } from './message'

/** The platform discards what is a minute old (docs/platform.md, "Timing"); the last seconds are for the way there. */
export const FRESH_MS = 55_000
/** One each 4 s: there are no more that are fresh. */
export const MAX_WAITING = 14
export const MAX_PAYLOAD_BYTES = 2 + MAX_WAITING * (MAX_SAMPLE_BYTES + 1)
const OPENING = 0x5b // [
const COMMA = 0x2c
const CLOSING = 0x5d // ]

export interface Publication {
  kind: 'publish'
  topic: string
  /** Valid until the next call. */
  payload: Uint8Array
  tag: number
  /** Not to be sent for the first time after this. */
  deadline: MonotonicMs
}

/** What a publication's tag says. */
export interface Tagged {
  stream: number
  /** Of its newest sample. */
  tick: number
  samples: number
}

const NONE = -1

/** The numbers of a reading that waits, in their order. */
const TICK = 0
const AT = 1
const POWER_W = 2
/** NaN if there is none. */
const STATE_OF_CHARGE_WH = 3
const NUMBERS = 4
const MAX_NUMBERS = MAX_WAITING * NUMBERS

export class Backlog {
  readonly #topic: string
  /** The stream's number, for tags. */
  readonly #stream: number
  /** A ring of readings, as numbers: a broker that is away for a minute costs no memory of its own. */
  readonly #readings = new Float64Array(MAX_NUMBERS)
  /** Where the oldest begins. */
  #first = 0
  #waiting = 0
  /** The newest tick of the publication that is in the broker's queue, not written yet; else NONE. */
  #queued = NONE

  constructor(topic: string, stream: number) {
    this.#topic = topic
    this.#stream = stream
  }

  /** Returns the tick of the reading that was pushed out, unless the queue has it. */
  push(
    tick: number,
    at: MonotonicMs,
    powerW: number,
    stateOfChargeWh = Number.NaN,
  ): number | undefined {
    const readings = this.#readings
    let out = NONE
    if (this.#waiting === MAX_WAITING) {
      out = readings[this.#first + TICK]
      this.#shift()
    }
    const next = (this.#first + this.#waiting++ * NUMBERS) % MAX_NUMBERS
    readings[next + TICK] = tick
    readings[next + AT] = at
    readings[next + POWER_W] = powerW
    readings[next + STATE_OF_CHARGE_WH] = stateOfChargeWh
    return out > this.#queued ? out : undefined
  }

  /** Whether a reading waits, and no publication is in the queue: one of each stream at a time. */
  get canPublish(): boolean {
    return this.#queued === NONE && this.#waiting > 0
  }

  /** Whether the oldest reading is stale. */
  isStale(now: MonotonicMs): boolean {
    return this.#waiting > 0 && now - this.#readings[this.#first + AT] >= FRESH_MS
  }

  /** Takes out the oldest reading if it is stale, and returns its tick. */
  shiftStale(now: MonotonicMs): number | undefined {
    if (!this.isStale(now)) return undefined
    const tick = this.#readings[this.#first + TICK]
    this.#shift()
    return tick
  }

  /**
   * The message for the broker's queue: an object for one sample, an array for as many of consecutive ticks as fit into
   * `maxBytes`. The readings wait here until the queue has written them: if the oldest becomes stale in it, the others
   * are published anew. `bytes` has room for MAX_PAYLOAD_BYTES; `offsetMs` is from monotonic time to UTC.
   */
  publish(bytes: Uint8Array, maxBytes: number, offsetMs: number): Publication | undefined {
    if (this.#waiting === 0) return undefined
    const readings = this.#readings
    let next = this.#first
    const oldestAt = readings[next + AT] as MonotonicMs
    let end = 0
    let samples = 0
    while (samples < this.#waiting) {
      const tick = readings[next + TICK]
      const fits = tick === this.#queued + 1 && end + MAX_SAMPLE_BYTES + 2 <= maxBytes
      if (samples > 0 && !fits) break
      bytes[end++] = samples++ ? COMMA : OPENING
      const time = (readings[next + AT] + offsetMs) as UnixMs
      end = putSample(
        bytes,
        end,
        readings[next + POWER_W],
        readings[next + STATE_OF_CHARGE_WH],
        time,
      )
      this.#queued = tick
      next = (next + NUMBERS) % MAX_NUMBERS
    }
    bytes[end] = CLOSING
    return {
      kind: 'publish',
      topic: this.#topic,
      payload: samples === 1 ? bytes.subarray(1, end) : bytes.subarray(0, end + 1),
      tag: makeTag(this.#stream, this.#queued, samples),
      deadline: later(oldestAt, FRESH_MS),
    }
  }

  /** The queue has written the publication whose newest sample is of `tick`. */
  sent(tick: number): void {
    if (!this.#leftQueue(tick)) return
    while (this.#waiting > 0 && this.#readings[this.#first + TICK] <= tick) this.#shift()
  }

  /** The queue did not take the publication: its samples go on waiting. */
  refused(tick: number): void {
    this.#leftQueue(tick)
  }

  /**
   * That publication was not written, or not acknowledged. Answers the newest tick that is lost with it: what it held and
   * still waits here goes on waiting.
   */
  lost(tick: number): number {
    if (!this.#leftQueue(tick) || this.#waiting === 0) return tick
    return Math.min(tick, this.#readings[this.#first + TICK] - 1)
  }

  /** Takes out the oldest reading, which there has to be. */
  #shift(): void {
    this.#first = (this.#first + NUMBERS) % MAX_NUMBERS
    this.#waiting--
  }

  /** Whether it was still in the queue: else nothing of it waits here. */
  #leftQueue(tick: number): boolean {
    if (tick !== this.#queued) return false
    this.#queued = NONE
    return true
  }
}

// 16 leaves room for the platform's 11 streams and for MAX_WAITING samples; the tick then has 45 bits.
function makeTag(stream: number, tick: number, samples: number): number {
  if (stream > 15 || samples > 15) fail('a tag has no room for its stream or samples')
  return (tick * 16 + stream) * 16 + samples
}

export function readTag(tag: number): Tagged {
  return { stream: Math.floor(tag / 16) % 16, tick: Math.floor(tag / 256), samples: tag % 16 }
}
