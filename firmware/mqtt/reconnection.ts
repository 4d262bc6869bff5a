/** When and to which server to connect again, by how the last connection ended. MQTT 5.0, 2.4 and 4.11. */
import { Backoff } from '../core/backoff'
import { type Entropy, uniform } from '../core/entropy'
import { later, type MonotonicMs } from '../core/time'
import {
  ADMINISTRATIVE_ACTION,
  BAD_AUTHENTICATION_METHOD,
  BAD_USER_NAME_OR_PASSWORD,
  BANNED,
  CLIENT_ID_NOT_VALID,
  CONNECTION_RATE_EXCEEDED,
  MESSAGE_RATE_TOO_HIGH,
  NOT_AUTHORISED,
  QOS_NOT_SUPPORTED,
  QUOTA_EXCEEDED,
  RETAIN_NOT_SUPPORTED,
  SERVER_BUSY,
  SERVER_MOVED,
  SERVER_SHUTTING_DOWN,
  SERVER_UNAVAILABLE,
  SESSION_TAKEN_OVER,
  UNSUPPORTED_PROTOCOL_VERSION,
  USE_ANOTHER_SERVER,
} from './packet/codes'
import type { Properties } from './packet/properties'

const INITIAL_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 128_000
/** After a connection that lasted this long the backoff starts over. */
const STABLE_MS = 20_000
/** Another client has our id, or the server refuses us: coming back at once would make a loop. */
const REFUSED_MS = 30_000
/** Two clients with one id would take the session from each other for ever: each time doubles the stay, up to here. */
const MAX_TAKEN_OVER_MS = 16 * 60_000
/** After a connection that lasted this many times the last stay, a client that does as we do would have come back. */
const UNCONTESTED_STAYS = 4
/** A server that has too much to do. */
const BUSY_MS = 10_000
/**
 * A server that shuts down says so to all its clients in the same second, and without this they would all come back in the
 * same second. Spread like this, no second sees more than 2.5 % of 10,000 clients, and a message with a deadline of a
 * minute is still in time.
 */
const RESTART_MS = 1000
const RESTART_SPREAD_MS = 47_000

export class Reconnection {
  /** There is no attempt before it, whatever the caller does. */
  notBefore = 0 as MonotonicMs
  /** The server that the last one sent us to, as it wrote it. */
  server: string | undefined
  readonly #entropy: Entropy
  readonly #backoff: Backoff
  /** As `notBefore`, without the backoff: what the server asked for. */
  #askedUntil = 0 as MonotonicMs
  #movedForGood = false
  /** The stay away of the last take-over; 0 if nobody contests our id. */
  #takenOverMs = 0
  #connectedAt: MonotonicMs | undefined

  constructor(entropy: Entropy) {
    this.#entropy = entropy
    this.#backoff = new Backoff({ firstMs: INITIAL_BACKOFF_MS, maxMs: MAX_BACKOFF_MS, entropy })
  }

  connected(now: MonotonicMs): void {
    this.#connectedAt = now
    if (!this.#movedForGood) this.server = undefined
  }

  /** A connection or an attempt is over. */
  left(now: MonotonicMs): void {
    const lastedMs = this.#connectedAt === undefined ? 0 : now - this.#connectedAt
    if (lastedMs >= STABLE_MS) this.#backoff.reset()
    if (lastedMs >= UNCONTESTED_STAYS * this.#takenOverMs) this.#takenOverMs = 0
    this.#connectedAt = undefined
  }

  /** A connection or an attempt has failed. Answers when the next may start. */
  after(now: MonotonicMs, reason = 0, properties?: Properties): MonotonicMs {
    // The server that we were sent to does not take us: back to our own.
    if (this.#connectedAt === undefined) this.server = undefined
    this.left(now)
    if (reason === USE_ANOTHER_SERVER || reason === SERVER_MOVED) {
      this.server = properties?.serverReference
      this.#movedForGood = reason === SERVER_MOVED
    }
    const awayMs = reason === SESSION_TAKEN_OVER ? this.#takenOver() : stayAwayMs(reason)
    this.#askedUntil = later(now, awayMs)
    this.notBefore = later(this.#backoff.next(now), awayMs)
    if (reason === SERVER_SHUTTING_DOWN) this.#spread(now)
    return this.notBefore
  }

  /** What made attempts fail is gone: only the wait that the server asked for is left. */
  hurry(now: MonotonicMs): MonotonicMs {
    this.#backoff.reset()
    this.notBefore = Math.max(this.#askedUntil, this.#backoff.next(now)) as MonotonicMs
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
    // If the server is not back then, the next attempts are spread as widely: each call doubles the ceiling.
    for (let ms = INITIAL_BACKOFF_MS; ms < RESTART_SPREAD_MS; ms *= 2) this.#backoff.next(now)
  }
}

/** What is added to the backoff's own time. */
function stayAwayMs(reason: number): number {
  switch (reason) {
    case UNSUPPORTED_PROTOCOL_VERSION:
    case CLIENT_ID_NOT_VALID:
    case BAD_USER_NAME_OR_PASSWORD:
    case NOT_AUTHORISED:
    case BANNED:
    case BAD_AUTHENTICATION_METHOD:
    case ADMINISTRATIVE_ACTION:
    case RETAIN_NOT_SUPPORTED: // Our Will's.
    case QOS_NOT_SUPPORTED: // Our Will's.
      return REFUSED_MS
    case SERVER_SHUTTING_DOWN:
      return RESTART_MS
    case SERVER_UNAVAILABLE:
    case SERVER_BUSY:
    case MESSAGE_RATE_TOO_HIGH:
    case QUOTA_EXCEEDED:
    case CONNECTION_RATE_EXCEEDED:
      return BUSY_MS
    default:
      return 0
  }
}
