/**
 * The earliest time that can be true: when a time may be kept as one over a restart, and when one that was kept is given up.
 * A kept time in the future makes every right answer implausible. docs/clock.md, "The floor".
 */
import { FOREVER, later, type MonotonicMs } from '../core/time'

const REMEMBER_MS = 3_600_000
/** If all that answer contradict what an earlier run kept for so long, that was wrong. */
const GIVE_UP_MS = 3_600_000

export class KeptFloor {
  #rememberAt = FOREVER
  /** When the time was set last, and when the last handshake began that confirmed the time of then. */
  #setAt = FOREVER
  #confirmedAt = -FOREVER as MonotonicMs
  /** Since when all that answer contradict the floor. */
  #contradictedAt: MonotonicMs | undefined

  /** The time was set, for the first time or by a step. */
  set(now: MonotonicMs): void {
    this.#setAt = now
    this.#rememberAt = later(now, REMEMBER_MS)
  }

  /** In a TLS handshake that began at `at` the dates of the broker's certificate agreed with our time. */
  confirmed(at: MonotonicMs): void {
    this.#confirmedAt = at
  }

  /** Whether the time may be kept now: not more than once an hour, and not if no handshake has confirmed it since it was set. */
  isDue(now: MonotonicMs): boolean {
    return now >= this.#rememberAt && this.#confirmedAt >= this.#setAt
  }

  kept(now: MonotonicMs): void {
    this.#rememberAt = later(now, REMEMBER_MS)
  }

  /** What the servers say of it, after a round. True if it is given up. */
  heard(servers: 'contradicted' | 'kept' | 'unknown', now: MonotonicMs): boolean {
    if (servers === 'kept') this.#contradictedAt = undefined
    if (servers !== 'contradicted') return false
    this.#contradictedAt ??= now
    return now - this.#contradictedAt >= GIVE_UP_MS
  }
}
