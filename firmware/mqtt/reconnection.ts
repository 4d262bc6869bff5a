/** When and to which server to connect again, by how the last connection ended. MQTT 5.0, 2.4 and 4.11. */
import { Backoff } from '../core/backoff'
import type { Entropy } from '../core/entropy'
import { earliest, later, latest, type MonotonicMs } from '../core/time'
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
import type { Connack, DisconnectOrAuth } from './packet/connect'
import type { Properties } from './packet/properties'
import { refusalInWords } from './packet/reason'

const INITIAL_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 64_000
/**
 * What ends one client's connection may have ended those of all others in the same second. So the first attempt is spread
 * over this time: of 10,000 clients whose server is back at once less than 6 % come in a second. No message is late for it.
 */
const FIRST_SPREAD_MS = 19_000
/**
 * If the server refused that attempt, the next ones are spread over what is left of this time. A message with a deadline of
 * 55 s, as this platform's are, has 6 s left then, of which TCP, TLS and CONNECT take a few.
 */
const IN_TIME_MS = 49_000
const MIN_SPREAD_MS = 1000
/** So late an attempt may begin that the server itself put off. */
const LAST_IN_TIME_MS = 50_000
/** A connection that lasted this long had worked. */
const STABLE_MS = 20_000
/** Another client has our id, or the server refuses us: coming back at once would make a loop. */
const REFUSED_MS = 30_000
/** Two clients with one id would take the session from each other for ever: each time doubles the stay, up to here. */
const MAX_TAKEN_OVER_MS = 16 * 60_000
/** After a connection that lasted this many times the last stay, a client that does as we do would have come back. */
const UNCONTESTED_STAYS = 4
/** A connection that is found dead so soon after the network is back died with the network. */
const FOUND_DEAD_MS = 10_000
/** A server that has too much to do. */
const BUSY_MS = 10_000
/** A server that shuts down is not back before. */
const RESTART_MS = 1000

export class Reconnection {
  /** There is no attempt before it, whatever the caller does. */
  notBefore = 0 as MonotonicMs
  /** The server that the last one sent us to, as it wrote it. */
  server: string | undefined
  readonly #backoff: Backoff
  /** As `notBefore`, without what is drawn at random: what the server asked for. */
  #askedUntil = 0 as MonotonicMs
  #movedForGood = false
  /** The stay away of the last take-over; 0 if nobody contests our id. */
  #takenOverMs = 0
  #connectedAt: MonotonicMs | undefined
  #networkBackAt = Number.NEGATIVE_INFINITY
  /** Since when the server has answered nothing, or not enough; undefined before the first failure. */
  #silentSince: MonotonicMs | undefined
  /** What keeps us from the server concerns us only: we have just started, or our own network was away. */
  #isAlone = true

  constructor(entropy: Entropy) {
    this.#backoff = new Backoff({ firstMs: INITIAL_BACKOFF_MS, maxMs: MAX_BACKOFF_MS, entropy })
  }

  connected(now: MonotonicMs): void {
    this.#connectedAt = now
    if (!this.#movedForGood) this.server = undefined
  }

  /** A connection or an attempt is over. */
  left(now: MonotonicMs): void {
    if (this.#lastedMs(now) >= UNCONTESTED_STAYS * this.#takenOverMs) this.#takenOverMs = 0
    this.#connectedAt = undefined
  }

  /**
   * A connection or an attempt has failed. Answers when the next may start. `unansweredSince`: when the oldest packet was
   * sent that the server has not answered.
   */
  after(
    now: MonotonicMs,
    unansweredSince: MonotonicMs,
    reason = 0,
    properties?: Properties,
  ): MonotonicMs {
    const wasConnected = this.#connectedAt !== undefined
    const wasStable = this.#lastedMs(now) >= STABLE_MS
    this.left(now)
    // The server that we were sent to does not take us: back to our own.
    if (!wasConnected) this.server = undefined
    if (reason === USE_ANOTHER_SERVER || reason === SERVER_MOVED) {
      this.server = properties?.serverReference
      this.#movedForGood = reason === SERVER_MOVED
    }
    // What a connection that did not last should have delivered is as old as the loss before it.
    const isSameLoss =
      !wasStable && this.#silentSince !== undefined && now - this.#silentSince < IN_TIME_MS
    if (wasConnected && !isSameLoss) this.#silentSince = earliest(now, unansweredSince)
    if (reason === SESSION_TAKEN_OVER) this.#startOver()
    else if (wasStable || reason === SERVER_SHUTTING_DOWN) this.#lostWithOthers()
    const awayMs = reason === SESSION_TAKEN_OVER ? this.#takenOver() : stayAwayMs(reason)
    this.#askedUntil = later(now, awayMs)
    if (wasStable && awayMs === 0 && now - this.#networkBackAt < FOUND_DEAD_MS)
      return this.hurry(now)
    const since = (this.#silentSince ??= now)
    const isFirst = wasStable && awayMs === 0
    // Those whose first attempt is yet to come have the time until then to themselves.
    const from = wasConnected || this.#isAlone ? now : latest(now, later(since, FIRST_SPREAD_MS))
    const by = later(since, isFirst ? FIRST_SPREAD_MS : IN_TIME_MS)
    return this.#draw(latest(from, this.#askedUntil), by, awayMs)
  }

  /** The network is back. While connected nothing has to be done: a connection may have outlived its absence. */
  networkIsBack(now: MonotonicMs): void {
    this.#networkBackAt = now
  }

  /** What made attempts fail is gone: only the wait that the server asked for is left. */
  hurry(now: MonotonicMs): MonotonicMs {
    this.#startOver()
    this.notBefore = Math.max(this.#askedUntil, this.#backoff.next(now)) as MonotonicMs
    return this.notBefore
  }

  /** In words, once `after` was told of it. The first take-over may be an accident; by the next ones another client has our id. */
  whyRefused(packet: Connack | DisconnectOrAuth): string {
    const words = refusalInWords(packet)
    const isContested = packet.reason === SESSION_TAKEN_OVER && this.#takenOverMs > REFUSED_MS
    return isContested ? `another client uses our client id: ${words}` : words
  }

  #takenOver(): number {
    const lastMs = this.#takenOverMs
    this.#takenOverMs = lastMs > 0 ? Math.min(MAX_TAKEN_OVER_MS, 2 * lastMs) : REFUSED_MS
    return this.#takenOverMs
  }

  #lastedMs(now: MonotonicMs): number {
    return this.#connectedAt === undefined ? 0 : now - this.#connectedAt
  }

  #startOver(): void {
    this.#isAlone = true
    this.#backoff.reset()
  }

  #lostWithOthers(): void {
    this.#isAlone = false
    this.#backoff.widen()
  }

  /** Any time from `from` to `by`; if that is too late, as late as the backoff goes. */
  #draw(from: MonotonicMs, by: MonotonicMs, awayMs: number): MonotonicMs {
    const leftMs = by - from
    const isInTime = leftMs >= (awayMs > 0 ? IN_TIME_MS - LAST_IN_TIME_MS : MIN_SPREAD_MS)
    const atMostMs = isInTime ? leftMs : MAX_BACKOFF_MS - awayMs
    this.notBefore = this.#backoff.next(from, 0, Math.max(MIN_SPREAD_MS, atMostMs))
    return this.notBefore
  }
}

/** What the server asks for: there is no attempt before. */
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
