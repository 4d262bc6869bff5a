/**
 * How long to wait before the next attempt: exponential with full jitter, so that a fleet that lost its broker in one
 * second does not come back in one: of 10,000 clients at most 250 a second, not all of them (docs/mqtt.md).
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

  /** When to try again; each call doubles the ceiling of the next. Never sooner than `atLeastMs`. */
  next(now: MonotonicMs, atLeastMs = 0): MonotonicMs {
    const waitMs = uniform(this.#entropy) * this.#ceilingMs
    this.#ceilingMs = Math.min(this.#maxMs, this.#ceilingMs * 2)
    return later(now, Math.max(atLeastMs, waitMs))
  }

  reset(): void {
    this.#ceilingMs = this.#firstMs
  }
}
