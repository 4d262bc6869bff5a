/**
 * Whether a connection is alive: a ping where nothing else is sent or nothing comes back, and an end to waiting.
 * MQTT 5.0, 3.1.2.10 and 3.12.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'

/** The rest of the keep alive time is for a pump that is late and for the network. */
const PING_AFTER_SHARE = 0.8

export class Liveness {
  /** When the last packet came. */
  heardAt = 0 as MonotonicMs
  readonly #pingrespMs: number
  readonly #answerMs: number
  #keepAliveMs = 0
  #sentAt = 0 as MonotonicMs
  #pingrespBy: MonotonicMs = FOREVER

  constructor({ pingrespMs, answerMs }: { pingrespMs: number; answerMs: number }) {
    this.#pingrespMs = pingrespMs
    this.#answerMs = answerMs
  }

  connected(keepAliveS: number, now: MonotonicMs): void {
    this.#keepAliveMs = keepAliveS * 1000
    this.#pingrespBy = FOREVER
    this.heardAt = now
  }

  sent(now: MonotonicMs): void {
    this.#sentAt = now
  }

  pinged(now: MonotonicMs): void {
    this.#pingrespBy = later(now, this.#pingrespMs)
  }

  pingresp(): void {
    this.#pingrespBy = FOREVER
  }

  /** Why the connection is dead; undefined while there is hope. `unansweredSince`: of the oldest open packet. */
  death(now: MonotonicMs, unansweredSince: MonotonicMs): string | undefined {
    if (now >= this.#pingrespBy) return 'no PINGRESP in time'
    return now >= this.#answerBy(unansweredSince) ? 'no acknowledgement in time' : undefined
  }

  isPingDue(now: MonotonicMs): boolean {
    return now >= this.#pingAt()
  }

  /** When to look again. */
  deadline(unansweredSince: MonotonicMs): MonotonicMs {
    const answer = earliest(this.#pingrespBy, this.#answerBy(unansweredSince))
    return earliest(answer, this.#pingAt())
  }

  #answerBy(unansweredSince: MonotonicMs): MonotonicMs {
    return later(unansweredSince, this.#answerMs)
  }

  #pingAt(): MonotonicMs {
    if (this.#keepAliveMs === 0 || this.#pingrespBy < FOREVER) return FOREVER
    // QoS 0 goes out for ever into a dead connection, and nothing else would notice.
    const quietSince = earliest(this.#sentAt, this.heardAt)
    return later(quietSince, this.#keepAliveMs * PING_AFTER_SHARE)
  }
}
