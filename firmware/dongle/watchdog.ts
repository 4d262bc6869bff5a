/** Restarts a dongle whose state gets nowhere. */
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { WorkingState } from './report'

const MINUTE_MS = 60_000
/**
 * The parts of each state try again by themselves. If one still got nowhere in this time, the platform may hang, which
 * a restart cures and which cannot be told from an outage: so this is long enough not to hurt in one.
 */
const MAX_STALL_MS: Readonly<Record<WorkingState, number>> = Object.freeze({
  holding: FOREVER,
  joining: 30 * MINUTE_MS,
  synchronising: 60 * MINUTE_MS,
  connecting: 60 * MINUTE_MS,
  streaming: 60 * MINUTE_MS,
})

export class Watchdog {
  #state: WorkingState = 'holding'
  /** When it expires. */
  until = FOREVER
  /** The broker was given something and has acknowledged nothing since. */
  #owesBroker = false

  enter(state: WorkingState, now: MonotonicMs): void {
    this.#state = state
    this.feed(now)
  }

  /** The state got somewhere. */
  feed(now: MonotonicMs): void {
    this.#owesBroker = false
    this.until = later(now, MAX_STALL_MS[this.#state])
  }

  published(): void {
    this.#owesBroker = true
  }

  /** A tick is due. If meters are silent, a night without sun or a supply that is off, there is nothing else to be done. */
  tick(now: MonotonicMs): void {
    if (this.#state === 'streaming' && !this.#owesBroker) this.feed(now)
  }

  /** Why only a restart can help, said once; undefined while there is hope. */
  expired(now: MonotonicMs): string | undefined {
    if (now < this.until) return undefined
    this.feed(now)
    return `${this.#state} got nowhere in ${MAX_STALL_MS[this.#state] / MINUTE_MS} min`
  }
}
