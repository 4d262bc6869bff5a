/**
 * The last eight requests to one server. The exchange with the least delay tells most about its clock: what a packet waits,
 * it may wait on one side of the exchange. RFC 5905, 10.
 */
import type { MonotonicMs, UnixMs } from '../core/time'
import type { Leap } from './packet'

const REQUESTS = 8
/** How fast the least delay is forgotten: 5 ms in an hour, so that a whole evening of congestion still counts as delay. */
const FORGET_PER_MS = 5 / 3_600_000
/** How fast a sample grows stale by the drift of our crystal (RFC 5905, PHI: 15 ppm). */
const STALE_PER_MS = 15e-6
/** How coarse our own stamps may be. */
const GRAIN_MS = 1
/** If two samples differ by more than this beyond what their delays explain, the server's clock was set between them. */
const CHANGED_MS = 128

/** One exchange: at the instant `at` of our clock the server's clock was at `utc`, give or take half the delay. */
export interface Sample {
  at: MonotonicMs
  utc: UnixMs
  delayMs: number
  /** From the server to UTC: half its root delay and its root dispersion. */
  rootMs: number
  leap: Leap
}

export class Filter {
  readonly #samples: (Sample | undefined)[] = new Array(REQUESTS).fill(undefined)
  #next = 0
  #leastMs = Number.POSITIVE_INFINITY
  #leastAt = 0

  /** What a request brought; undefined if nothing. */
  push(sample: Sample | undefined): void {
    if (sample) this.#noteDelay(sample)
    this.#samples[this.#next] = sample
    this.#next = (this.#next + 1) % REQUESTS
  }

  clear(): void {
    this.#samples.fill(undefined)
  }

  /** Of the samples that agree with the newest, the one with the least distance now. */
  best(now: MonotonicMs, rate: number): Sample | undefined {
    const newest = this.newest
    let best = newest
    if (newest)
      for (let i = 0; i < this.#samples.length; i++) {
        const sample = this.#samples[i]
        if (sample && distance(sample, now) < distance(best!, now) && agree(sample, newest, rate))
          best = sample
      }
    return best
  }

  get newest(): Sample | undefined {
    for (let back = 1; back <= REQUESTS; back++) {
      const sample = this.#samples[(this.#next + REQUESTS - back) % REQUESTS]
      if (sample) return sample
    }
    return undefined
  }

  /** The least delay of the last hours, not of eight requests: a path may be congested for longer than those take. */
  get leastDelayMs(): number {
    return this.#leastMs
  }

  #noteDelay({ at, delayMs }: Sample): void {
    this.#leastMs = Math.min(delayMs, this.#leastMs + (at - this.#leastAt) * FORGET_PER_MS)
    this.#leastAt = at
  }
}

/** How far UTC can be from what a sample says now, however asymmetric its path was. */
export function distance(sample: Sample, now: MonotonicMs): number {
  return GRAIN_MS + sample.delayMs / 2 + sample.rootMs + (now - sample.at) * STALE_PER_MS
}

function agree(a: Sample, b: Sample, rate: number): boolean {
  const apartMs = a.utc - b.utc - (a.at - b.at) * rate
  return Math.abs(apartMs) <= CHANGED_MS + (a.delayMs + b.delayMs) / 2
}
