/** Something that is brought up again whenever it is down: the network, the serial line. */
import { Backoff } from '../core/backoff'
import type { Entropy } from '../core/entropy'
import { FOREVER, type MonotonicMs } from '../core/time'

type State =
  | { kind: 'down'; until: MonotonicMs }
  /** A port that never answers costs no more than this. */
  | { kind: 'trying'; until: MonotonicMs }
  | { kind: 'up'; until: typeof FOREVER; since: MonotonicMs }

/** Up for so long, it was not only coming and going: the next backoff starts anew. */
const STABLE_MS = 20_000

export interface LinkTimes {
  /** The ceilings of the first wait and of the longest before an attempt. */
  readonly firstMs: number
  readonly maxMs: number
  /** How long an attempt may take. */
  readonly answerMs: number
}

export class Link {
  readonly #backoff: Backoff
  readonly #answerMs: number
  #state: State = { kind: 'down', until: Number.NEGATIVE_INFINITY as MonotonicMs }
  /** Why it was down last, in words. */
  why = ''

  constructor({ firstMs, maxMs, answerMs }: LinkTimes, entropy: Entropy) {
    this.#backoff = new Backoff({ firstMs, maxMs, entropy })
    this.#answerMs = answerMs
  }

  get isUp(): boolean {
    return this.#state.kind === 'up'
  }

  up(now: MonotonicMs): void {
    if (this.isUp) return
    this.#state = { kind: 'up', until: FOREVER, since: now }
    this.why = ''
  }

  down(why: string, now: MonotonicMs): void {
    const state = this.#state
    // Some ports report it twice, which must not put the next attempt off.
    if (state.kind === 'down') return
    if (state.kind === 'up' && now - state.since >= STABLE_MS) this.#backoff.reset()
    this.why = why
    this.#state = { kind: 'down', until: this.#backoff.next(now) }
  }

  /** Whether to try now; each yes is one attempt. */
  isDue(now: MonotonicMs): boolean {
    if (now < this.#state.until) return false
    if (this.#state.kind === 'trying') this.down('no answer in time', now)
    if (now < this.#state.until) return false
    this.#state = { kind: 'trying', until: (now + this.#answerMs) as MonotonicMs }
    return true
  }

  get until(): MonotonicMs {
    return this.#state.until
  }
}
