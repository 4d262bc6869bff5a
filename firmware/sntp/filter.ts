/**
 * The last eight polls of one server: the exchange that took least tells most about its clock, for what a
 * packet waited it waited on one side (RFC 5905, 10).
 */
import type { MonotonicMs, UnixMs } from '../core/time'
import type { Leap } from './packet'

const POLLS = 8
/** How fast the least delay is forgotten: 5 ms in an hour, so that an evening of congestion is none the less seen as such. */
const FORGET_PER_MS = 5 / 3_600_000
/** How fast an undisciplined crystal may make a sample stale (RFC 5905, PHI: 15 ppm). */
const STALE_PER_MS = 15e-6
/** How coarse the platform's stamps may be. */
const GRAIN_MS = 1
/** Two samples that differ by more than their delays explain, and this: the server's clock was set between. */
const CHANGED_MS = 128

/** One exchange: at the instant `at` of our clock the server's said `utc`, give or take half the delay. */
export interface Sample {
  at: MonotonicMs
  utc: UnixMs
  delayMs: number
  /** From the server to UTC: half its root delay and its root dispersion. */
  rootMs: number
  leap: Leap
}

export class Filter {
  readonly #samples: (Sample | undefined)[] = new Array(POLLS).fill(undefined)
  #next = 0
  #leastMs = Number.POSITIVE_INFINITY
  #leastAt = 0

  /** One poll: what it brought, or undefined where it brought nothing. */
  push(sample: Sample | undefined): void {
    if (sample) this.#noteDelay(sample)
    this.#samples[this.#next] = sample
    this.#next = (this.#next + 1) % POLLS
  }

  clear(): void {
    this.#samples.fill(undefined)
  }

  /** The sample that bounds the server's time best now, of those that agree with the newest. */
  best(now: MonotonicMs, rate: number): Sample | undefined {
    const newest = this.newest
    let best = newest
    if (newest)
      for (const sample of this.#samples)
        if (sample && distance(sample, now) < distance(best!, now) && agree(sample, newest, rate))
          best = sample
    return best
  }

  get newest(): Sample | undefined {
    for (let back = 1; back <= POLLS; back++) {
      const sample = this.#samples[(this.#next + POLLS - back) % POLLS]
      if (sample) return sample
    }
    return undefined
  }

  /** The least delay lately: of hours, for a path that is busy for eight polls is as lopsided in the ninth. */
  get leastDelayMs(): number {
    return this.#leastMs
  }

  #noteDelay({ at, delayMs }: Sample): void {
    this.#leastMs = Math.min(delayMs, this.#leastMs + (at - this.#leastAt) * FORGET_PER_MS)
    this.#leastAt = at
  }
}

/** How far UTC can be from what a sample says now: no path's asymmetry can make it more. */
export function distance(sample: Sample, now: MonotonicMs): number {
  return GRAIN_MS + sample.delayMs / 2 + sample.rootMs + (now - sample.at) * STALE_PER_MS
}

function agree(a: Sample, b: Sample, rate: number): boolean {
  const apartMs = a.utc - b.utc - (a.at - b.at) * rate
  return Math.abs(apartMs) <= CHANGED_MS + (a.delayMs + b.delayMs) / 2
}
