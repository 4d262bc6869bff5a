/** One stream's readings that wait for the broker, oldest first, and the publication of them that is in its queue. */
import { fail } from '../core/assert'
import { Ring } from '../core/ring'
import { later, type MonotonicMs, type UnixMs } from '../core/time'
import { MAX_SAMPLE_BYTES, putSample } from './message'
import type { Reading } from './round'

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

export class Backlog {
  readonly #topic: string
  /** The stream's number, for tags. */
  readonly #stream: number
  readonly #waiting = new Ring<Reading>(MAX_WAITING)
  /** The newest tick of the publication that is in the broker's queue, not written yet; else NONE. */
  #queued = NONE

  constructor(topic: string, stream: number) {
    this.#topic = topic
    this.#stream = stream
  }

  /** Returns the reading that was pushed out, unless the queue has it. */
  push(reading: Reading): Reading | undefined {
    const out = this.#waiting.push(reading)
    return out && out.tick > this.#queued ? out : undefined
  }

  /** Whether a reading waits, and no publication is in the queue: one of each stream at a time. */
  get canPublish(): boolean {
    return this.#queued === NONE && this.#waiting.length > 0
  }

  /** Whether the oldest reading is stale. */
  isStale(now: MonotonicMs): boolean {
    const oldest = this.#waiting.at(0)
    return oldest !== undefined && now - oldest.at >= FRESH_MS
  }

  /** Takes out the oldest reading if it is stale. */
  shiftStale(now: MonotonicMs): Reading | undefined {
    return this.isStale(now) ? this.#waiting.shift() : undefined
  }

  /**
   * The message for the broker's queue: an object for one sample, an array for as many of consecutive ticks as fit into
   * `maxBytes`. The readings wait here until the queue has written them: if the oldest becomes stale in it, the others
   * are published anew. `bytes` has room for MAX_PAYLOAD_BYTES; `offsetMs` is from monotonic time to UTC.
   */
  publish(bytes: Uint8Array, maxBytes: number, offsetMs: number): Publication | undefined {
    const oldest = this.#waiting.at(0)
    if (!oldest) return undefined
    let end = 0
    let samples = 0
    for (let next: Reading | undefined = oldest; next; next = this.#waiting.at(samples)) {
      const fits = next.tick === this.#queued + 1 && end + MAX_SAMPLE_BYTES + 2 <= maxBytes
      if (samples > 0 && !fits) break
      bytes[end++] = samples++ ? COMMA : OPENING
      end = putSample(bytes, end, next, (next.at + offsetMs) as UnixMs)
      this.#queued = next.tick
    }
    bytes[end] = CLOSING
    return {
      kind: 'publish',
      topic: this.#topic,
      payload: samples === 1 ? bytes.subarray(1, end) : bytes.subarray(0, end + 1),
      tag: makeTag(this.#stream, this.#queued, samples),
      deadline: later(oldest.at, FRESH_MS),
    }
  }

  /** The queue has written the publication whose newest sample is of `tick`. */
  sent(tick: number): void {
    if (!this.#leftQueue(tick)) return
    const waiting = this.#waiting
    for (let first = waiting.at(0); first && first.tick <= tick; first = waiting.at(0))
      waiting.shift()
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
    const oldest = this.#leftQueue(tick) ? this.#waiting.at(0) : undefined
    return oldest ? Math.min(tick, oldest.tick - 1) : tick
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
