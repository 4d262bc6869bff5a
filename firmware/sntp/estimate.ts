/**
 * An estimate of UTC: where it is on the monotonic clock, how fast that clock runs, and how sure both are. A Kalman filter
 * of two states, phase and frequency, whose frequency wanders as a crystal's does with its temperature. One sample is
 * enough to begin, each further one makes it more sure, and without samples it grows less sure by as much as it should.
 */
import type { MonotonicMs, UnixMs } from '../core/time'

const PPM = 1e-6
/** How far a new crystal is from its nominal frequency (one sigma, ageing and soldering included). */
const UNLEARNT = 50 * PPM
/** How far it is from what an earlier run learnt (one sigma): the day may be warmer. */
const LEARNT = 3 * PPM
/** It wanders by one part per million in an hour (one sigma); squared and per millisecond. */
const WANDER = (PPM * PPM) / 3_600_000
/** The temperature of the day, which is no random walk, moves it by this in addition. */
const WARMTH = 3 * PPM
/** No crystal is further off: a server by which it is, is wrong. */
const MAX_FREQUENCY = 300 * PPM
/** An error of more sigma is not noise. */
const MAX_SIGMA = 4

export class Estimate {
  #at: MonotonicMs
  #utc: UnixMs
  #frequency: number
  // The covariance of phase (ms) and frequency (a fraction).
  #phase2: number
  #cross = 0
  #frequency2: number

  constructor(at: MonotonicMs, utc: UnixMs, sigmaMs: number, driftPpm: number | undefined) {
    this.#at = at
    this.#utc = utc
    this.#phase2 = sigmaMs * sigmaMs
    this.#frequency = within((driftPpm ?? 0) * PPM)
    this.#frequency2 = (driftPpm === undefined ? UNLEARNT : LEARNT) ** 2
  }

  /** How many milliseconds of UTC pass in one of the monotonic clock. */
  get rate(): number {
    return 1 + this.#frequency
  }

  get driftPpm(): number {
    return this.#frequency / PPM
  }

  utc(at: MonotonicMs): UnixMs {
    return (this.#utc + (at - this.#at) * this.rate) as UnixMs
  }

  /** One sigma of the phase at an instant not before the last sample. */
  sigmaMs(at: MonotonicMs): number {
    return Math.sqrt(this.#phase2At(at - this.#at))
  }

  /** How far UTC can be from the estimate at an instant not before the last sample. */
  blurMs(at: MonotonicMs): number {
    return 3 * this.sigmaMs(at) + WARMTH * (at - this.#at)
  }

  /** Replaces the phase; what was learnt of the frequency stays. */
  set(at: MonotonicMs, utc: UnixMs, sigmaMs: number): void {
    this.#advance(at)
    this.#utc = utc
    this.#phase2 = sigmaMs * sigmaMs
    this.#cross = 0
  }

  /** UTC itself leaps: that changes nothing else. */
  leap(ms: number): void {
    this.#utc = (this.#utc + ms) as UnixMs
  }

  /** As it is now; the copy does not learn from what comes after. */
  copy(): Estimate {
    const copy = new Estimate(this.#at, this.#utc, 0, 0)
    copy.#frequency = this.#frequency
    copy.#phase2 = this.#phase2
    copy.#cross = this.#cross
    copy.#frequency2 = this.#frequency2
    return copy
  }

  /**
   * UTC is `errorMs` after the estimate, which neither distances nor our crystal explain: a clock was set. So the error is
   * one of the phase. The frequency is as sure as after a restart.
   */
  doubt(now: MonotonicMs, errorMs: number): void {
    this.#advance(now)
    this.#phase2 = errorMs * errorMs
    this.#cross = 0
    this.#frequency2 = Math.max(this.#frequency2, LEARNT * LEARNT)
  }

  /** By a measurement with this sigma, UTC was `errorMs` after the estimate at `now`. */
  correct(now: MonotonicMs, errorMs: number, sigmaMs: number): void {
    this.#advance(now)
    // A measurement that is off by more than was to be expected counts as less sure (Huber).
    const total2 = Math.max(this.#phase2 + sigmaMs * sigmaMs, (errorMs / MAX_SIGMA) ** 2)
    const phaseGain = this.#phase2 / total2
    const frequencyGain = this.#cross / total2
    this.#utc = (this.#utc + phaseGain * errorMs) as UnixMs
    this.#frequency = within(this.#frequency + frequencyGain * errorMs)
    this.#frequency2 -= frequencyGain * this.#cross
    this.#cross *= 1 - phaseGain
    this.#phase2 *= 1 - phaseGain
  }

  #advance(now: MonotonicMs): void {
    const ms = now - this.#at
    this.#utc = this.utc(now)
    this.#phase2 = this.#phase2At(ms)
    this.#cross += ms * this.#frequency2 + (WANDER * ms * ms) / 2
    this.#frequency2 += WANDER * ms
    this.#at = now
  }

  #phase2At(ms: number): number {
    return this.#phase2 + ms * (2 * this.#cross + ms * (this.#frequency2 + (WANDER * ms) / 3))
  }
}

function within(frequency: number): number {
  return Math.min(MAX_FREQUENCY, Math.max(-MAX_FREQUENCY, frequency))
}
