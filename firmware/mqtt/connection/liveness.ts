/**
 * Whether a connection is alive: a ping if nothing else is sent or nothing comes back, and a limit to each wait for an
 * answer. MQTT 5.0, 3.1.2.10 and 3.12.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../../core/time'

/** The rest of the keep alive time is for a pump that is late and for the network. */
const PING_AFTER_SHARE = 0.8

interface LivenessLimits {
  pingrespMs: number
  acknowledgeMs: number
}

export class Liveness {
  /** When the last packet came. */
  heardAt: MonotonicMs
  /** When the last bytes were sent. */
  sentAt: MonotonicMs
  readonly #limits: LivenessLimits
  #pingrespBy: MonotonicMs = FOREVER

  constructor(limits: LivenessLimits, now: MonotonicMs) {
    this.heardAt = this.sentAt = now
    this.#limits = limits
  }

  pinged(now: MonotonicMs): void {
    this.#pingrespBy = later(now, this.#limits.pingrespMs)
  }

  pingresp(): void {
    this.#pingrespBy = FOREVER
  }

  /** Why the connection is dead, undefined if it may be alive. `unansweredSince` is of the oldest packet without an answer. */
  death(now: MonotonicMs, unansweredSince: MonotonicMs): string | undefined {
    if (now >= this.#pingrespBy) return 'no PINGRESP in time'
    return now >= this.#answerBy(unansweredSince) ? 'no acknowledgement in time' : undefined
  }

  isPingDue(now: MonotonicMs, keepAliveS: number): boolean {
    return now >= this.#pingAt(keepAliveS)
  }

  /** When to look again. */
  deadline(unansweredSince: MonotonicMs, keepAliveS: number): MonotonicMs {
    return earliest(this.#pingrespBy, this.#answerBy(unansweredSince), this.#pingAt(keepAliveS))
  }

  #answerBy(unansweredSince: MonotonicMs): MonotonicMs {
    return later(unansweredSince, this.#limits.acknowledgeMs)
  }

  #pingAt(keepAliveS: number): MonotonicMs {
    if (keepAliveS === 0 || this.#pingrespBy < FOREVER) return FOREVER
    // QoS 0 is sent without an answer: only a ping can find out that nobody receives it.
    const quietSince = earliest(this.sentAt, this.heardAt)
    return later(quietSince, keepAliveS * 1000 * PING_AFTER_SHARE)
  }
}
