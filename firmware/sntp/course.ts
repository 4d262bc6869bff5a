/**
 * What is made of the rounds' verdicts: an estimate that learns from every sample, and the line that follows
 * it, stepped only at the beginning and when found far off three times running.
 */
import { FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { Estimate } from './estimate'
import type { Sample } from './filter'
import type { Leap } from './packet'
import type { Verdict } from './select'
import { Timeline } from './timeline'

/** By how much UTC leaps, by the servers' leap indicator. */
const LEAP_MS = [0, -1000, 1000, 0]
const STEP_MS = 128
const STRIKES = 3
/** What scheduling and stamps add to an exchange, and which part of its delay may lie on one side (one sigma). */
const STAMP_SIGMA_MS = 0.5
const ASYMMETRY = 1 / 8
/** A round that finds us no further off is quiet. */
const QUIET_MS = 4

/** `quiet` and `loud`: within what was to be expected, or not; `struck`: far off, and not yet believed. */
export type Finding = 'quiet' | 'loud' | 'struck' | 'stepped'

export class Course {
  /** When a round agreed last. */
  agreedAt: MonotonicMs
  /** How far UTC was ahead of what we handed out then. */
  offsetMs = 0
  /** The slot of the server believed most. */
  best: number
  #timeline: Timeline
  #distanceMs: number
  #strikes = 0
  /** By how much UTC is announced to leap. */
  #leapMs = 0
  #leapAt = FOREVER
  readonly #estimate: Estimate

  constructor(now: MonotonicMs, verdict: Verdict, driftPpm: number | undefined) {
    const utc = verdict.centre as UnixMs
    this.agreedAt = now
    this.best = verdict.slots[0]
    this.#distanceMs = verdict.distanceMs
    this.#estimate = new Estimate(now, utc, verdict.distanceMs, driftPpm)
    this.#timeline = new Timeline(now, utc, this.rate)
  }

  get rate(): number {
    return this.#estimate.rate
  }

  get driftPpm(): number {
    return this.#estimate.driftPpm
  }

  utc(at: MonotonicMs): UnixMs {
    return this.#timeline.utc(at)
  }

  monotonic(utc: UnixMs): MonotonicMs {
    return this.#timeline.monotonic(utc)
  }

  /** A bound: the servers' own, three sigma of the estimate, and the way to it or to what they say instead. */
  errorMs(now: MonotonicMs): number {
    const aheadMs = this.#estimate.utc(now) - this.#timeline.utc(now)
    const awayMs = Math.abs(this.#strikes > 0 ? this.offsetMs : aheadMs)
    return this.#distanceMs + 3 * this.#estimate.sigmaMs(now) + awayMs
  }

  /** A round agreed; the samples it brought from servers that were believed are yet to be learnt from. */
  agree(now: MonotonicMs, verdict: Verdict): Finding {
    this.agreedAt = now
    this.best = verdict.slots[0]
    this.#distanceMs = verdict.distanceMs
    this.offsetMs = verdict.centre - this.#timeline.utc(now)
    const errorMs = verdict.centre - this.#estimate.utc(now)
    if (Math.abs(errorMs) > STEP_MS) {
      if (++this.#strikes < STRIKES) return 'struck'
      this.#step(now, verdict.centre as UnixMs, verdict.distanceMs)
      return 'stepped'
    }
    this.#strikes = 0
    return Math.abs(errorMs) <= Math.max(QUIET_MS, verdict.distanceMs / 2) ? 'quiet' : 'loud'
  }

  /** `leastDelayMs`: of that server lately; what a sample took longer, it waited on one side. */
  learn(now: MonotonicMs, sample: Sample, leastDelayMs: number): void {
    const errorMs = sample.utc - this.#estimate.utc(sample.at)
    if (Math.abs(errorMs) > STEP_MS) return
    const waitedMs = sample.delayMs - leastDelayMs
    this.#estimate.correct(now, errorMs, STAMP_SIGMA_MS + waitedMs + sample.delayMs * ASYMMETRY)
  }

  /** After what was learnt: bends the line towards the estimate. */
  follow(now: MonotonicMs): void {
    this.#timeline.slew(now, this.#estimate.utc(now), this.rate)
  }

  /** What those believed announce for the end of June or December; each round says it anew. */
  announce(now: MonotonicMs, leap: Leap): void {
    const utc = this.utc(now)
    const end = endOfHalfYear(utc)
    // The last second may be the second of its name: what is still announced then has just been done.
    if (end - utc < 2000) return
    this.#leapMs = LEAP_MS[leap]
    // Where a second is left out, it is the last.
    const leapAt = (end - Math.max(0, this.#leapMs)) as UnixMs
    this.#leapAt = leap === 0 ? FOREVER : this.monotonic(leapAt)
  }

  get leapAt(): MonotonicMs {
    return this.#leapAt
  }

  leap(now: MonotonicMs): void {
    const utc = this.utc(now) + this.#leapMs
    this.#leapAt = FOREVER
    this.#step(now, utc as UnixMs, this.#estimate.sigmaMs(now))
  }

  #step(now: MonotonicMs, utc: UnixMs, sigmaMs: number): void {
    this.#strikes = 0
    this.#estimate.set(now, utc, sigmaMs)
    this.#timeline = new Timeline(now, utc, this.rate)
  }
}

/** Leap seconds come at the end of June or December, and never came at another time (ITU-R TF.460). */
function endOfHalfYear(utc: UnixMs): UnixMs {
  const date = new Date(utc)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() < 6 ? 6 : 12, 1) as UnixMs
}
