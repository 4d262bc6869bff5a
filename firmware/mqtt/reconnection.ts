/** When and where to connect again, by how the last connection ended. MQTT 5.0, 2.4 and 4.11. */
import { Backoff } from '../core/backoff'
import { type Entropy, uniform } from '../core/entropy'
import { later, type MonotonicMs } from '../core/time'
import type { Properties } from './packet/properties'
import {
  SERVER_MOVED,
  SERVER_SHUTTING_DOWN,
  SESSION_TAKEN_OVER,
  USE_ANOTHER_SERVER,
} from './packet/reason'

const FIRST_MS = 1000
const MOST_MS = 128_000
/** A connection that lasted this long was a good one: the next backoff starts anew. */
const STABLE_MS = 20_000
/** Another client has our id, or we are not wanted: coming back at once would only make a loop. */
const REFUSED_MS = 30_000
/** Two clients with one id would take the session from each other for ever: each time doubles the stay, up to here. */
const MAX_TAKEN_OVER_MS = 16 * 60_000
/** After a connection that lasted this many times the last stay, a client that does as we do would have come back. */
const UNCONTESTED_STAYS = 4
/** A server with too much to do is not helped by a client that insists. */
const BUSY_MS = 10_000
/**
 * A server that shuts down says so to every client in the same second: without this the whole fleet would meet the
 * new one in the same second too. Spread so, of 10,000 no second sees more than 2.5 %, and what is good for a minute
 * is still good.
 */
const RESTART_MS = 1000
const RESTART_SPREAD_MS = 47_000

export class Reconnection {
  /** No attempt before it, whatever the caller does. */
  notBefore = 0 as MonotonicMs
  /** Where the last server sent us, as it named it. */
  server: string | undefined
  readonly #entropy: Entropy
  readonly #backoff: Backoff
  /** The part of `notBefore` that the server asked for. */
  #awayUntil = 0 as MonotonicMs
  #movedForGood = false
  /** The stay away of the last take-over; 0 if nobody contests our id. */
  #takenOverMs = 0
  #connectedAt: MonotonicMs | undefined

  constructor(entropy: Entropy) {
    this.#entropy = entropy
    this.#backoff = new Backoff({ firstMs: FIRST_MS, mostMs: MOST_MS, entropy })
  }

  connected(now: MonotonicMs): void {
    this.#connectedAt = now
    if (!this.#movedForGood) this.server = undefined
  }

  /** A connection is over because its user wants so. */
  left(now: MonotonicMs): void {
    const lastedMs = this.#connectedAt === undefined ? 0 : now - this.#connectedAt
    if (lastedMs >= STABLE_MS) this.#backoff.reset()
    if (lastedMs >= UNCONTESTED_STAYS * this.#takenOverMs) this.#takenOverMs = 0
    this.#connectedAt = undefined
  }

  /** A connection or an attempt has failed; answers when the next may start. */
  after(now: MonotonicMs, reason = 0, properties?: Properties): MonotonicMs {
    // The server that we were sent to does not take us: back to our own.
    if (this.#connectedAt === undefined) this.server = undefined
    this.left(now)
    if (reason === USE_ANOTHER_SERVER || reason === SERVER_MOVED) {
      this.server = properties?.serverReference
      this.#movedForGood = reason === SERVER_MOVED
    }
    const awayMs = reason === SESSION_TAKEN_OVER ? this.#takenOver() : stayAwayMs(reason)
    this.#awayUntil = later(now, awayMs)
    this.notBefore = later(this.#backoff.next(now), awayMs)
    if (reason === SERVER_SHUTTING_DOWN) this.#spread(now)
    return this.notBefore
  }

  /** What stood in the way is gone: only what the server asked for is still waited out. */
  hurry(now: MonotonicMs): MonotonicMs {
    this.#backoff.reset()
    this.notBefore = Math.max(this.#awayUntil, this.#backoff.next(now)) as MonotonicMs
    return this.notBefore
  }

  /** Whether another client uses our id, by a take-over that `after` was told of: the first may be an accident. */
  isContested(reason: number): boolean {
    return reason === SESSION_TAKEN_OVER && this.#takenOverMs > REFUSED_MS
  }

  #takenOver(): number {
    const lastMs = this.#takenOverMs
    this.#takenOverMs = lastMs > 0 ? Math.min(MAX_TAKEN_OVER_MS, 2 * lastMs) : REFUSED_MS
    return this.#takenOverMs
  }

  #spread(now: MonotonicMs): void {
    this.notBefore = later(this.notBefore, uniform(this.#entropy) * RESTART_SPREAD_MS)
    // Whoever does not find the server back then tries again as far apart: each call doubles the ceiling.
    for (let ms = FIRST_MS; ms < RESTART_SPREAD_MS; ms *= 2) this.#backoff.next(now)
  }
}

/** What is added to the backoff's own time. */
function stayAwayMs(reason: number): number {
  switch (reason) {
    case 0x84: // Unsupported protocol version
    case 0x85: // Client identifier not valid
    case 0x86: // Bad user name or password
    case 0x87: // Not authorised
    case 0x8a: // Banned
    case 0x8c: // Bad authentication method
    case 0x98: // Administrative action
    case 0x9a: // Retain not supported: our Will's
    case 0x9b: // QoS not supported: our Will's
      return REFUSED_MS
    case SERVER_SHUTTING_DOWN:
      return RESTART_MS
    case 0x88: // Server unavailable
    case 0x89: // Server busy
    case 0x96: // Message rate too high
    case 0x97: // Quota exceeded
    case 0x9f: // Connection rate exceeded
      return BUSY_MS
    default:
      return 0
  }
}
