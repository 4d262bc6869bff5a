/**
 * How long to wait before the next attempt: exponential with full jitter, so that many who lost the same thing in one second
 * do not come back in one.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
import { type Entropy, uniform } from './entropy'
import { later, type MonotonicMs } from './time'

export class Backoff {
  readonly #firstMs: number
  readonly #maxMs: number
  readonly #entropy: Entropy
  #ceilingMs: number

  constructor({ firstMs, maxMs, entropy }: { firstMs: number; maxMs: number; entropy: Entropy }) {
    this.#firstMs = this.#ceilingMs = firstMs
    this.#maxMs = maxMs
    this.#entropy = entropy
  }

  /** When to try again, after `atLeastMs` to `atMostMs`; each call doubles the ceiling of the next. */
  next(now: MonotonicMs, atLeastMs = 0, atMostMs = this.#maxMs): MonotonicMs {
    const waitMs = uniform(this.#entropy) * Math.min(this.#ceilingMs, atMostMs)
    this.#ceilingMs = Math.min(this.#maxMs, this.#ceilingMs * 2)
    return later(now, Math.max(atLeastMs, waitMs))
  }

  reset(): void {
    this.#ceilingMs = this.#firstMs
  }

  /** As after many calls: the next waits are as wide as they get. */
  widen(): void {
    this.#ceilingMs = this.#maxMs
  }
}
