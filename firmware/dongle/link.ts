/** Something that is brought up again whenever it is down: the network, the serial line. */
import { Backoff } from '../core/backoff'
import type { Entropy } from '../core/entropy'
import { FOREVER, later, type MonotonicMs } from '../core/time'

/** Up for so long, it was not only coming and going: the next backoff starts anew. */
const STABLE_MS = 20_000
/**
 * For so long after it was lost samples can still be saved: until then it is waited and tried more briefly. What is slow to
 * answer is waited for afterwards.
 */
const HASTE_MS = 45_000
const MAX_HASTY_WAIT_MS = 2000
const MAX_HASTY_ANSWER_MS = 10_000

export interface LinkTimes {
  /** The ceilings of the first wait and of the longest before an attempt. */
  readonly firstMs: number
  readonly maxMs: number
  /** How long an attempt may take. */
  readonly answerMs: number
}

export class Link {
  readonly #backoff: Backoff
  readonly #maxMs: number
  readonly #answerMs: number
  #hasteUntil = Number.NEGATIVE_INFINITY as MonotonicMs
  #state: 'down' | 'trying' | 'up' = 'down'
  #upSince = 0 as MonotonicMs
  /** When to try, or to give an attempt up: a port that never answers costs no more. */
  until = Number.NEGATIVE_INFINITY as MonotonicMs
  /** Why it was down last, in words. */
  why = ''

  constructor({ firstMs, maxMs, answerMs }: LinkTimes, entropy: Entropy) {
    this.#backoff = new Backoff({ firstMs, maxMs, entropy })
    this.#maxMs = maxMs
    this.#answerMs = answerMs
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  up(now: MonotonicMs): void {
    this.#state = 'up'
    this.#upSince = now
    this.until = FOREVER
    this.why = ''
  }

  down(why: string, now: MonotonicMs): void {
    // Some ports report it twice, which must not put the next attempt off.
    if (this.#state === 'down') return
    if (this.#state === 'up' && now - this.#upSince >= STABLE_MS) {
      this.#backoff.reset()
      this.#hasteUntil = later(now, HASTE_MS)
    }
    this.#state = 'down'
    const mostMs = now < this.#hasteUntil ? MAX_HASTY_WAIT_MS : this.#maxMs
    this.until = this.#backoff.next(now, 0, mostMs)
    this.why = why
  }

  /** Whether to try now; each yes is one attempt. */
  isDue(now: MonotonicMs): boolean {
    if (now < this.until) return false
    if (this.#state === 'trying') this.down('no answer in time', now)
    if (now < this.until) return false
    this.#state = 'trying'
    const isHasty = now < this.#hasteUntil
    const answerMs = isHasty ? Math.min(MAX_HASTY_ANSWER_MS, this.#answerMs) : this.#answerMs
    this.until = later(now, answerMs)
    return true
  }
}
