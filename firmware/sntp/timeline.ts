/**
 * The time that is handed out, as a line over the monotonic clock with at most one bend: it slews towards the estimate at a
 * bounded rate, then runs along with it. A step is a new line.
 */
import { later, type MonotonicMs, type UnixMs } from '../core/time'

const MAX_SLEW = 500e-6
/** A correction takes at least this long, so that the jitter of samples does not become one of our rate. */
const MIN_SLEW_MS = 16_000

export class Timeline {
  #at: MonotonicMs
  #utc: UnixMs
  #slewRate: number
  /** When the line bends from `slewRate` to `rate`. */
  #bend: MonotonicMs
  #bendUtc: UnixMs
  #rate: number

  constructor(at: MonotonicMs, utc: UnixMs, rate: number) {
    this.#at = this.#bend = at
    this.#utc = this.#bendUtc = utc
    this.#slewRate = this.#rate = rate
  }

  utc(at: MonotonicMs): UnixMs {
    if (at < this.#bend) return (this.#utc + (at - this.#at) * this.#slewRate) as UnixMs
    return (this.#bendUtc + (at - this.#bend) * this.#rate) as UnixMs
  }

  /** The inverse of `utc`. */
  monotonic(utc: UnixMs): MonotonicMs {
    if (utc < this.#bendUtc) return later(this.#at, (utc - this.#utc) / this.#slewRate)
    return later(this.#bend, (utc - this.#bendUtc) / this.#rate)
  }

  /** UTC itself leaps: the line goes on from there at the same rates. */
  leap(ms: number): void {
    this.#utc = (this.#utc + ms) as UnixMs
    this.#bendUtc = (this.#bendUtc + ms) as UnixMs
  }

  /** Slews towards `target`, which is UTC at `now` and passes at `rate`. */
  slew(now: MonotonicMs, target: UnixMs, rate: number): void {
    const utc = this.utc(now)
    const errorMs = target - utc
    const slewMs = Math.max(MIN_SLEW_MS, Math.abs(errorMs) / MAX_SLEW)
    this.#at = now
    this.#utc = utc
    this.#bend = later(now, slewMs)
    this.#slewRate = rate + errorMs / slewMs
    this.#bendUtc = (utc + slewMs * this.#slewRate) as UnixMs
    this.#rate = rate
  }
}
