/** Where the dongle is in its life: held back at first, then from state to state, and never stuck in one. */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import { GOOD_LIFE_MS } from './lives'
import type { StateName } from './report'

export type WorkingState = Exclude<StateName, 'unprovisioned'>

const MINUTE_MS = 60_000
/**
 * Each state's parts try again by themselves. One that still got nowhere in this time is taken for a platform that
 * hangs, which a restart cures and which looks like an outage from here: so it is long enough not to hurt in one.
 */
const HUNG_MS: Record<WorkingState, number> = {
  holding: FOREVER,
  joining: 30 * MINUTE_MS,
  synchronising: 60 * MINUTE_MS,
  connecting: 60 * MINUTE_MS,
  streaming: 60 * MINUTE_MS,
}

export class Progress {
  readonly #holdMs: number
  #beginAt: MonotonicMs | undefined
  #lastedAt = FOREVER
  #state: WorkingState | undefined
  #since = 0 as MonotonicMs
  /** When it last got somewhere: at the state's beginning, or since. */
  #progressAt = 0 as MonotonicMs

  constructor(holdMs: number) {
    this.#holdMs = holdMs
  }

  /** When the work begins, reckoned from the first question. */
  beginAt(now: MonotonicMs): MonotonicMs {
    if (this.#beginAt === undefined) {
      this.#beginAt = later(now, this.#holdMs)
      this.#lastedAt = later(this.#beginAt, GOOD_LIFE_MS)
    }
    return this.#beginAt
  }

  /** Once, when this life is no part of a loop of restarts. */
  hasLasted(now: MonotonicMs): boolean {
    if (now < this.#lastedAt) return false
    this.#lastedAt = FOREVER
    return true
  }

  /** Whether the state is another than before. */
  enter(state: WorkingState, now: MonotonicMs): boolean {
    if (state === this.#state) return false
    this.#state = state
    this.#since = this.#progressAt = now
    return true
  }

  made(now: MonotonicMs): void {
    this.#progressAt = now
  }

  /** Why only a restart can help; undefined while there is hope. */
  hung(now: MonotonicMs): string | undefined {
    if (this.#state === undefined || now < this.#hungAt) return undefined
    this.#progressAt = now
    return `${this.#state} got nowhere in ${HUNG_MS[this.#state] / MINUTE_MS} min`
  }

  forMs(now: MonotonicMs): number {
    return now - this.#since
  }

  /** When to ask again. */
  get until(): MonotonicMs {
    return earliest(this.#lastedAt, this.#hungAt)
  }

  get #hungAt(): MonotonicMs {
    return this.#state ? later(this.#progressAt, HUNG_MS[this.#state]) : FOREVER
  }
}
