/** One stream's share of a round of reading: what its devices answered, and what waits to be sent. */
import { Ring } from '../core/ring'
import { FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { MOST_SAMPLE_BYTES, putSample, type Sample, sayable } from './message'
import type { Stream } from './site'

/** The platform discards what is a minute old; the last seconds are for the way there. */
export const FRESH_MS = 55_000
/** What 55 s hold: more than these could not be fresh. */
const MOST_WAITING = 14
export const MOST_PAYLOAD_BYTES = 2 + MOST_WAITING * (MOST_SAMPLE_BYTES + 1)
/** A value is of its `time` to within a second: that is in whole seconds (spec/streaming-data.txt), rounded down. */
const HONEST_MS = 1000
/**
 * What is added up must have been read in so long: the register that a meter answered was of any moment from its
 * question to its answer. That is 17 characters at 2400 baud and up to 0.9 s of thinking.
 */
export const SPAN_MOST_MS = 1000
/**
 * From the mean, which a sum is said to be of: powers of different seconds add up to what never was. Two meters that
 * are read in a row are 0.1 to 0.3 s from each other, and below 0.7 s with an answer between them that was damaged
 * and asked for again, so half of that from their mean. Where the second's answer was lost it comes 2 s later
 * (modbus/master.ts), and is no sum with the first's.
 */
const MOST_APART_MS = HONEST_MS - SPAN_MOST_MS / 2
const OPENING = 0x5b // [
const COMMA = 0x2c
const CLOSING = 0x5d // ]

export interface Waiting {
  tick: number
  powerW: number
  stateOfChargeWh: number | undefined
  /** The middle of the measurement. */
  at: MonotonicMs
}

/** What one publication's tag says. */
export interface Tagged {
  stream: number
  /** Of its newest sample. */
  tick: number
  samples: number
}

export interface Delivered extends Tagged {
  kind: 'sent' | 'acknowledged'
  lateMs: number
}

const SETTLED = -1
const NONE = -1

export class Gathering {
  readonly topic: string
  readonly waiting: Ring<Waiting>
  readonly #devices: readonly number[]
  /** Devices still to answer; SETTLED once the tick is accounted for. */
  #unanswered = SETTLED
  #powerW = 0
  #stateOfChargeWh: number | undefined
  /** Over its devices: the stream's time is their mean. */
  #atSum = 0
  #oldest = FOREVER
  #newest = 0 as MonotonicMs
  /** The first failure of the round. */
  why = ''
  /** The newest tick that the broker's queue was given and has not written; it may still give it back. */
  offered = NONE
  /** In that publication. */
  samples = 0
  readonly #sample: Sample = { powerW: 0, stateOfChargeWh: undefined, at: 0 as UnixMs }

  constructor({ topic, devices }: Stream) {
    this.topic = topic
    this.#devices = devices
    this.waiting = new Ring(MOST_WAITING)
  }

  begin(): void {
    this.#unanswered = this.#devices.length
    this.#powerW = 0
    this.#stateOfChargeWh = undefined
    this.#atSum = 0
    this.#oldest = FOREVER
    this.#newest = 0 as MonotonicMs
    this.why = ''
  }

  add(device: number, powerW: number, stateOfChargeWh: number | undefined, at: MonotonicMs): void {
    if (!this.#isOwedBy(device)) return
    this.#unanswered--
    this.#powerW += powerW
    this.#stateOfChargeWh ??= stateOfChargeWh
    this.#atSum += at
    if (at < this.#oldest) this.#oldest = at
    if (at > this.#newest) this.#newest = at
  }

  fail(device: number, why: string): void {
    if (!this.#isOwedBy(device)) return
    this.#unanswered--
    this.why ||= why
  }

  /** Whether the tick is still to be accounted for. */
  get owes(): boolean {
    return this.#unanswered !== SETTLED
  }

  /** Whether it can be: no device is missing. */
  get answered(): boolean {
    return this.#unanswered === 0
  }

  /** Why what was gathered must not be sent; empty where it may. */
  unfit(now: MonotonicMs, mostAgeMs: number): string {
    if (this.why) return this.why
    if (now - this.#oldest > mostAgeMs) return 'the reading is older than a period'
    if (Math.max(this.#at - this.#oldest, this.#newest - this.#at) > MOST_APART_MS)
      return 'its meters were read too far apart'
    return sayable(this.#powerW, this.#stateOfChargeWh)
      ? ''
      : 'the reading is no number that can be sent'
  }

  /** Lets the sample wait for the broker; returns the one that it pushed out, unless the broker's queue has it. */
  keep(tick: number): Waiting | undefined {
    const out = this.waiting.push({
      tick,
      powerW: this.#powerW,
      stateOfChargeWh: this.#stateOfChargeWh,
      at: this.#at,
    })
    return out && out.tick > this.offered ? out : undefined
  }

  /** Whether there is something for the broker, and nothing before it that still waits to be written. */
  get hasNews(): boolean {
    return this.offered === NONE && this.waiting.length > 0
  }

  /**
   * Writes the message for the broker's queue: an object for one sample, an array for as many of consecutive ticks as
   * fit into `mostBytes`. They wait here until it is out of the queue: of an array whose oldest became stale in it,
   * the others are sent anew.
   */
  write(bytes: Uint8Array, mostBytes: number, offsetMs: number): Uint8Array {
    const { waiting } = this
    const sample = this.#sample
    let end = 0
    let samples = 0
    for (let next = waiting.at(0); next; next = waiting.at(samples)) {
      const fits = next.tick === this.offered + 1 && end + MOST_SAMPLE_BYTES + 2 <= mostBytes
      if (samples > 0 && !fits) break
      sample.powerW = next.powerW
      sample.stateOfChargeWh = next.stateOfChargeWh
      sample.at = (next.at + offsetMs) as UnixMs
      bytes[end++] = samples++ ? COMMA : OPENING
      end = putSample(bytes, end, sample)
      this.offered = next.tick
    }
    bytes[end] = CLOSING
    this.samples = samples
    return samples === 1 ? bytes.subarray(1, end) : bytes.subarray(0, end + 1)
  }

  /** That publication is out of the queue; false where it was before, and nothing of it waits here. */
  taken(tick: number): boolean {
    if (tick !== this.offered) return false
    this.offered = NONE
    return true
  }

  /** The samples up to this tick wait no more. */
  release(tick: number): void {
    for (let first = this.waiting.at(0); first && first.tick <= tick; first = this.waiting.at(0))
      this.waiting.shift()
  }

  settled(): void {
    this.#unanswered = SETTLED
  }

  get #at(): MonotonicMs {
    return (this.#atSum / this.#devices.length) as MonotonicMs
  }

  #isOwedBy(device: number): boolean {
    return this.#unanswered > 0 && this.#devices.includes(device)
  }
}

export function isStale({ at }: Waiting, now: MonotonicMs): boolean {
  return now - at >= FRESH_MS
}

// 16 leaves room for the platform's 11 streams and for MOST_WAITING samples; the tick then has 45 bits.
export function makeTag(stream: number, tick: number, samples: number): number {
  return (tick * 16 + stream) * 16 + samples
}

export function readTag(tag: number): Tagged {
  return { stream: Math.floor(tag / 16) % 16, tick: Math.floor(tag / 256), samples: tag % 16 }
}
