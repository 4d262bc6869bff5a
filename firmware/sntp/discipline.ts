/**
 * Disciplines our time by what the rounds agree on: an estimate learns from every sample, and the time that is handed out
 * follows the estimate. It is stepped at the beginning, and if three rounds running find it far off. RFC 5905, 11.3.
 */
import { FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { Estimate } from './estimate'
import type { Sample } from './filter'
import type { Leap } from './packet'
import { type Agreement, UNTOLD_MS } from './select'
import { Timeline } from './timeline'

/** By the servers' leap indicator. */
const LEAP_MS = [0, -1000, 1000, 0]
const STEP_MS = 128
const SPIKES_BEFORE_STEP = 3
/** One sigma of what scheduling and stamps add to an exchange; which part of its delay may lie on one side. */
const STAMP_SIGMA_MS = 0.5
const ASYMMETRY = 1 / 8
/** A round that finds us no further off is steady. */
const STEADY_MS = 4

/** `steady` and `unsteady`: within what was to be expected, or not. `spike`: far off, and nothing was done about it yet. */
export type Adjustment = 'steady' | 'unsteady' | 'spike' | 'stepped'

export class Discipline {
  /** When a round agreed last. */
  agreedAt: MonotonicMs
  /** How far UTC was ahead of the time handed out then. */
  offsetMs = 0
  /** The slot of the server with the least distance then. */
  best: number
  #timeline: Timeline
  #distanceMs: number
  /** From what the last round agreed on to the estimate, after that learnt from it. */
  #apartMs = 0
  #spikes = 0
  /** Whether several servers agreed in the last round. */
  #isOfSeveral: boolean
  /** The estimate when several servers agreed last, and its distance from UTC: a server that is alone is held to it. */
  #confirmed: Estimate | undefined
  #confirmedMs = 0
  /** By how much UTC will leap, as announced. */
  #leapMs = 0
  #leapAt = FOREVER
  readonly #estimate: Estimate

  constructor(now: MonotonicMs, agreement: Agreement, driftPpm: number | undefined) {
    const utc = agreement.centre as UnixMs
    this.agreedAt = now
    this.best = agreement.slots[0]
    this.#distanceMs = agreement.distanceMs
    this.#estimate = new Estimate(now, utc, agreement.distanceMs, driftPpm)
    this.#timeline = new Timeline(now, utc, this.rate)
    this.#isOfSeveral = agreement.slots.length > 1
    this.#keepConfirmed()
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

  /** Whether several servers ever agreed. */
  get isConfirmed(): boolean {
    return this.#confirmed !== undefined
  }

  /** A bound of our error: from UTC to what the servers say, to the estimate and its blur, to `utc`, the time handed out. */
  errorMs(now: MonotonicMs, utc = this.utc(now)): number {
    const aheadMs = Math.abs(this.#estimate.utc(now) - utc)
    return UNTOLD_MS + this.#distanceMs + this.#apartMs + this.#estimate.blurMs(now) + aheadMs
  }

  /**
   * Whether a server that is alone says what cannot be, however our crystal has wandered: by the estimate that several
   * servers confirmed, so that it cannot lead us away step by step, or by our estimate now.
   */
  contradicts(now: MonotonicMs, { centre, distanceMs, slots }: Agreement): boolean {
    const confirmed = this.#confirmed
    if (!confirmed || slots.length > 1) return false
    const offMs = (from: Estimate, fromMs: number) =>
      Math.abs(centre - from.utc(now)) - from.blurMs(now) - fromMs
    const maxMs = distanceMs + STEP_MS
    return (
      offMs(confirmed, this.#confirmedMs) > maxMs ||
      offMs(this.#estimate, this.#distanceMs + this.#apartMs) > maxMs
    )
  }

  /** A round agreed. Its samples are to be learnt from after this. */
  agree(now: MonotonicMs, agreement: Agreement): Adjustment {
    this.agreedAt = now
    this.best = agreement.slots[0]
    this.#distanceMs = agreement.distanceMs
    this.#isOfSeveral = agreement.slots.length > 1
    this.offsetMs = agreement.centre - this.#timeline.utc(now)
    const errorMs = agreement.centre - this.#estimate.utc(now)
    this.#apartMs = Math.abs(errorMs)
    if (this.#apartMs > STEP_MS) {
      if (++this.#spikes < SPIKES_BEFORE_STEP) return 'spike'
      this.#step(now, agreement)
      return 'stepped'
    }
    this.#spikes = 0
    if (this.#apartMs > agreement.distanceMs + this.#estimate.blurMs(now))
      this.#estimate.doubt(now, errorMs)
    const steadyMs = Math.max(STEADY_MS, agreement.distanceMs / 2)
    return this.#apartMs <= steadyMs ? 'steady' : 'unsteady'
  }

  /** `leastDelayMs`: of that server lately. What a sample took beyond it, it may have waited on one side. */
  learn(now: MonotonicMs, sample: Sample, leastDelayMs: number): void {
    const errorMs = sample.utc - this.#estimate.utc(sample.at)
    if (Math.abs(errorMs) > STEP_MS) return
    const waitedMs = sample.delayMs - leastDelayMs
    this.#estimate.correct(now, errorMs, STAMP_SIGMA_MS + waitedMs + sample.delayMs * ASYMMETRY)
  }

  /** After all samples: the time handed out begins to follow the estimate. */
  follow(now: MonotonicMs): void {
    const utc = this.#estimate.utc(now)
    this.#apartMs = Math.abs(this.#timeline.utc(now) + this.offsetMs - utc)
    this.#timeline.slew(now, utc, this.rate)
    this.#keepConfirmed()
  }

  /** The leap second that is announced for the end of June or December, or none; each round says it anew. */
  announce(now: MonotonicMs, leap: Leap): void {
    const utc = this.utc(now)
    const end = endOfHalfYear(utc)
    // The last second may last two: the leap that is still announced then has just been taken.
    if (end - utc < 2000) return
    this.#leapMs = LEAP_MS[leap]
    // If a second is left out, it is the last.
    const leapAt = (end - Math.max(0, this.#leapMs)) as UnixMs
    this.#leapAt = leap === 0 ? FOREVER : this.monotonic(leapAt)
  }

  get leapAt(): MonotonicMs {
    return this.#leapAt
  }

  leap(): void {
    this.#leapAt = FOREVER
    this.#spikes = 0
    this.#estimate.leap(this.#leapMs)
    this.#timeline.leap(this.#leapMs)
    this.#confirmed?.leap(this.#leapMs)
  }

  #step(now: MonotonicMs, { centre, distanceMs }: Agreement): void {
    const utc = centre as UnixMs
    this.#spikes = this.#apartMs = 0
    this.#estimate.set(now, utc, distanceMs)
    this.#timeline = new Timeline(now, utc, this.rate)
    this.#keepConfirmed()
  }

  /** Keeps the estimate that several servers confirm. */
  #keepConfirmed(): void {
    if (!this.#isOfSeveral) return
    this.#confirmed = this.#estimate.copy()
    this.#confirmedMs = this.#distanceMs + this.#apartMs
  }
}

/** Leap seconds come at the end of June or December, and never came at another time. ITU-R TF.460. */
function endOfHalfYear(utc: UnixMs): UnixMs {
  const date = new Date(utc)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() < 6 ? 6 : 12, 1) as UnixMs
}
