/**
 * What is made of the rounds' verdicts: an estimate that learns from every sample, and the line that follows
 * it, stepped only at the beginning and when found far off three times running.
 */
import { FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { Estimate } from './estimate'
import type { Sample } from './filter'
import type { Leap } from './packet'
import type { Agreement } from './select'
import { Timeline } from './timeline'

/** By how much UTC leaps, by the servers' leap indicator. */
const LEAP_MS = [0, -1000, 1000, 0]
const STEP_MS = 128
const SPIKES_BEFORE_STEP = 3
/** What scheduling and stamps add to an exchange, and which part of its delay may lie on one side (one sigma). */
const STAMP_SIGMA_MS = 0.5
const ASYMMETRY = 1 / 8
/** A round that finds us no further off is quiet. */
const QUIET_MS = 4

/** `quiet` and `loud`: within what was to be expected, or not; `struck`: far off, and not yet believed. */
export type Adjustment = 'quiet' | 'loud' | 'struck' | 'stepped'

export class Discipline {
  /** When a round agreed last. */
  agreedAt: MonotonicMs
  /** How far UTC was ahead of what we handed out then. */
  offsetMs = 0
  /** The slot of the server believed most. */
  best: number
  #timeline: Timeline
  #distanceMs: number
  /** How far the round's verdict is from the estimate, what was learnt of it included. */
  #apartMs = 0
  #strikes = 0
  /** Whether the last verdict was that of several servers. */
  #several: boolean
  /** The estimate as several servers bore it out last, which binds a server that is alone; and their distance. */
  #borneOut: Estimate | undefined
  #borneOutMs = 0
  /** By how much UTC is announced to leap. */
  #leapMs = 0
  #leapAt = FOREVER
  readonly #estimate: Estimate

  constructor(now: MonotonicMs, verdict: Agreement, driftPpm: number | undefined) {
    const utc = verdict.centre as UnixMs
    this.agreedAt = now
    this.best = verdict.slots[0]
    this.#distanceMs = verdict.distanceMs
    this.#estimate = new Estimate(now, utc, verdict.distanceMs, driftPpm)
    this.#timeline = new Timeline(now, utc, this.rate)
    this.#several = verdict.slots.length > 1
    this.#note()
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

  /** Whether several servers ever said the same. */
  get isConfirmed(): boolean {
    return this.#borneOut !== undefined
  }

  /** A bound: from UTC to what the servers say, from there to the estimate as it blurs, from there to the line. */
  errorMs(now: MonotonicMs): number {
    const aheadMs = Math.abs(this.#estimate.utc(now) - this.#timeline.utc(now))
    return this.#distanceMs + this.#apartMs + this.#estimate.blurMs(now) + aheadMs
  }

  /**
   * Whether one server alone says what cannot be, however our crystal may have wandered: by what several bore out
   * before, so that it cannot lead us astray by and by, or by what we made of its own answers since. It is the
   * liar then, for all that we know.
   */
  contradicts(now: MonotonicMs, { centre, distanceMs, slots }: Agreement): boolean {
    const before = this.#borneOut
    if (!before || slots.length > 1) return false
    const offMs = (from: Estimate, sureMs: number) =>
      Math.abs(centre - from.utc(now)) - from.blurMs(now) - sureMs
    const mostMs = distanceMs + STEP_MS
    return (
      offMs(before, this.#borneOutMs) > mostMs ||
      offMs(this.#estimate, this.#distanceMs + this.#apartMs) > mostMs
    )
  }

  /** A round agreed; the samples it brought from servers that were believed are yet to be learnt from. */
  agree(now: MonotonicMs, verdict: Agreement): Adjustment {
    this.agreedAt = now
    this.best = verdict.slots[0]
    this.#distanceMs = verdict.distanceMs
    this.#several = verdict.slots.length > 1
    this.offsetMs = verdict.centre - this.#timeline.utc(now)
    const errorMs = verdict.centre - this.#estimate.utc(now)
    this.#apartMs = Math.abs(errorMs)
    if (this.#apartMs > STEP_MS) {
      if (++this.#strikes < SPIKES_BEFORE_STEP) return 'struck'
      this.#step(now, verdict)
      return 'stepped'
    }
    this.#strikes = 0
    if (this.#apartMs > verdict.distanceMs + this.#estimate.blurMs(now))
      this.#estimate.doubt(now, errorMs)
    return this.#apartMs <= Math.max(QUIET_MS, verdict.distanceMs / 2) ? 'quiet' : 'loud'
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
    const utc = this.#estimate.utc(now)
    this.#apartMs = Math.abs(this.#timeline.utc(now) + this.offsetMs - utc)
    this.#timeline.slew(now, utc, this.rate)
    this.#note()
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

  leap(): void {
    this.#leapAt = FOREVER
    this.#strikes = 0
    this.#estimate.leap(this.#leapMs)
    this.#timeline.leap(this.#leapMs)
    this.#borneOut?.leap(this.#leapMs)
  }

  #step(now: MonotonicMs, { centre, distanceMs }: Agreement): void {
    const utc = centre as UnixMs
    this.#strikes = this.#apartMs = 0
    this.#estimate.set(now, utc, distanceMs)
    this.#timeline = new Timeline(now, utc, this.rate)
    this.#note()
  }

  #note(): void {
    if (!this.#several) return
    this.#borneOut = this.#estimate.copy()
    this.#borneOutMs = this.#distanceMs + this.#apartMs
  }
}

/** Leap seconds come at the end of June or December, and never came at another time (ITU-R TF.460). */
function endOfHalfYear(utc: UnixMs): UnixMs {
  const date = new Date(utc)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() < 6 ? 6 : 12, 1) as UnixMs
}
