/** The LED's patterns, and whether it is lit now: a machine. docs/board.md shows the patterns to people. */
import { FOREVER, later, type MonotonicMs } from '../core/time'

export type LedPattern =
  | 'unprovisioned'
  | 'joining'
  | 'streaming'
  | 'fault'
  | 'waiting'
  | 'identify'
  | 'provisioning'
  | 'reset'

/** Milliseconds lit and dark in turns, again and again. None: lit all the time, which wakes nothing. */
export const LED_PATTERNS: Readonly<Record<LedPattern, readonly number[]>> = Object.freeze({
  unprovisioned: Object.freeze([100, 200, 100, 1600]),
  joining: Object.freeze([500, 500]),
  streaming: Object.freeze([]),
  fault: Object.freeze([100, 200, 100, 200, 100, 1300]),
  waiting: Object.freeze([1000, 3000]),
  identify: Object.freeze([200, 200]),
  provisioning: Object.freeze([900, 100]),
  reset: Object.freeze([50, 50]),
})

export class Blinker {
  #steps: readonly number[] = LED_PATTERNS.streaming
  #step = 0
  isLit = false
  /** When it changes next. */
  until = FOREVER

  show(pattern: LedPattern, now: MonotonicMs): void {
    this.#steps = LED_PATTERNS[pattern]
    this.#begin(now)
  }

  /** A device that was busy for longer than a step begins the pattern anew, and does not make up for what was not seen. */
  advance(now: MonotonicMs): void {
    if (now < this.until) return
    const step = this.#step + 1
    const isAnew = step === this.#steps.length
    const lasts = this.#steps[isAnew ? 0 : step]
    if (now - this.until >= lasts) return this.#begin(now)
    this.#step = isAnew ? 0 : step
    this.isLit = this.#step % 2 === 0
    this.until = later(this.until, lasts)
  }

  #begin(now: MonotonicMs): void {
    this.#step = 0
    this.isLit = true
    this.until = this.#steps.length === 0 ? FOREVER : later(now, this.#steps[0])
  }
}
