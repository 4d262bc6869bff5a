/** From a button's bouncing contact to what the person meant: a machine. docs/board.md says it to people. */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'

export type Press = 'identify' | 'provisioning' | 'reset'
/** `warned`: a reset is near, and letting go now does nothing. `over`: what is held has no meaning any more. */
type Hold = 'none' | 'short' | 'provisioning' | 'warned' | 'over'

/** Contacts bounce for some milliseconds, and nobody presses more briefly than this. */
export const SETTLE_MS = 30
export const PROVISIONING_MS = 3000
export const WARNED_MS = 7000
export const RESET_MS = 10_000

export class Presses {
  #isClosed = true
  /** When the contact will have been as it is for long enough. */
  #settled = FOREVER
  #pressedAt = 0 as MonotonicMs
  #meant: Press | undefined
  /** Held until it is seen let go: a contact that is closed from the start is stuck, and means nothing. */
  hold: Hold = 'over'
  /** When to ask `advance`. */
  until = FOREVER

  contact(isClosed: boolean, now: MonotonicMs): void {
    if (isClosed === this.#isClosed) return
    this.#settle(now)
    this.#meant ??= this.#stage(now)
    this.#isClosed = isClosed
    // If it is back as it was, it has only bounced.
    this.#settled = isClosed === (this.hold !== 'none') ? FOREVER : later(now, SETTLE_MS)
    this.until = now
  }

  /** What the person meant, once. */
  advance(now: MonotonicMs): Press | undefined {
    this.#settle(now)
    const meant = this.#meant ?? this.#stage(now)
    this.#meant = undefined
    this.until = earliest(this.#settled, this.#isClosed ? this.#nextStage : FOREVER)
    return meant
  }

  #settle(now: MonotonicMs): void {
    if (now < this.#settled) return
    if (this.#isClosed) {
      this.#pressedAt = later(this.#settled, -SETTLE_MS)
      this.hold = 'short'
    } else {
      if (this.hold === 'short') this.#meant = 'identify'
      if (this.hold === 'provisioning') this.#meant = 'provisioning'
      this.hold = 'none'
    }
    this.#settled = FOREVER
  }

  /** While the contact may have opened, the hold goes no further: whether it has is known when it has settled. */
  #stage(now: MonotonicMs): Press | undefined {
    while (this.#isClosed && now >= this.#nextStage) {
      if (this.hold === 'warned') {
        this.hold = 'over'
        return 'reset'
      }
      this.hold = this.hold === 'short' ? 'provisioning' : 'warned'
    }
    return undefined
  }

  get #nextStage(): MonotonicMs {
    if (this.hold === 'short') return later(this.#pressedAt, PROVISIONING_MS)
    if (this.hold === 'provisioning') return later(this.#pressedAt, WARNED_MS)
    return this.hold === 'warned' ? later(this.#pressedAt, RESET_MS) : FOREVER
  }
}
