/**
 * One time server: at most one request at a time, each answered, refused or given up within its deadline, and never more of
 * them than a client may send. RFC 5905, 7.4; RFC 8633, 3.
 */
import { Backoff } from '../core/backoff'
import { u16 } from '../core/bytes'
import { type Entropy, random } from '../core/entropy'
import { FOREVER, later, type MonotonicMs, type UnixMs } from '../core/time'
import { assess, MAX_DELAY_MS, REFUSALS, type Refusal } from './exchange'
import { Filter, type Sample } from './filter'
import { decodeReply, encodeRequest, isAnswer, PACKET_LENGTH, type Reply } from './packet'

export interface TimeServer {
  host: string
  port: number
}

export type ServerOutput =
  | { kind: 'resolve'; host: string }
  | {
      kind: 'ask'
      slot: number
      localPort: number
      address: string
      port: number
      /** To be sent before the next poll, which may reuse them. */
      bytes: Uint8Array
    }
  | { kind: 'close socket'; slot: number }

/** What came in and answers no request; none of it ends the wait for the answer. */
type Stray = 'unasked' | 'stranger' | 'malformed' | 'origin'
type Miss = Refusal | 'unanswered' | 'unresolved' | 'rate' | 'denied'
/** What became of the requests and of all that came in, never reset. */
export type Counters = Record<'asked' | 'accepted' | Miss | Stray, number>

const RESOLVE_MS = 5000
/** On average. `BURST` requests may be ahead of it, so there are 229 in an hour at most: fewer than one in 15 s. */
export const MIN_INTERVAL_MS = 16_000
const BURST = 4
const MAX_INTERVAL_MS = 2 ** 17 * 1000
/** Requests without answer, after which the name is resolved anew: servers move. */
const RESOLVE_AFTER = 3

type State =
  | { kind: 'resting' }
  | { kind: 'due' }
  | { kind: 'resolving'; until: MonotonicMs }
  | { kind: 'asked'; at: MonotonicMs; until: MonotonicMs }
  /** The socket is of no more use. */
  | { kind: 'closing' }

export class TimeSource implements TimeServer {
  readonly host: string
  readonly port: number
  readonly filter = new Filter()
  readonly counters = noneYet()
  /** What is wrong with it, in words; empty if nothing is. */
  trouble = ''
  /** It denied us service, and is never asked again. */
  abandoned = false
  /** No true time is earlier. */
  floor: UnixMs
  /** Its last answer was a time before the floor. */
  contradictsFloor = false
  address: string | undefined
  /** The last there was: what the filter holds is from there. */
  lastAddress: string | undefined
  readonly #slot: number
  readonly #entropy: Entropy
  readonly #resolveAgain: Backoff
  readonly #request = new Uint8Array(PACKET_LENGTH)
  #state: State = { kind: 'resting' }
  #freshSample: Sample | undefined
  #unanswered = 0
  #resolveAt = Number.NEGATIVE_INFINITY as MonotonicMs
  /** When the next request would be due if they had come one in each interval. */
  #paidUntil = Number.NEGATIVE_INFINITY as MonotonicMs
  #aheadMs = (BURST - 1) * MIN_INTERVAL_MS
  /** The least that the server accepts, and the one in use. */
  #leastIntervalMs = MIN_INTERVAL_MS
  #intervalMs = MIN_INTERVAL_MS

  constructor({ host, port }: TimeServer, slot: number, entropy: Entropy, floor: UnixMs) {
    this.host = host
    this.port = port
    this.#slot = slot
    this.#entropy = entropy
    this.floor = floor
    this.#resolveAgain = new Backoff({ firstMs: 4000, maxMs: 64_000, entropy })
  }

  /** Its name leads somewhere, and nothing comes from there. */
  get isSilent(): boolean {
    return this.#unanswered >= RESOLVE_AFTER
  }

  /** Its last request was answered, with whatever. */
  get answers(): boolean {
    return this.counters.asked > 0 && this.#unanswered === 0
  }

  get pending(): boolean {
    return this.#state.kind !== 'resting'
  }

  /** When poll answers something though nothing came in. */
  get deadline(): MonotonicMs {
    const state = this.#state
    return state.kind === 'asked' || state.kind === 'resolving' ? state.until : FOREVER
  }

  /** When the next request may begin. */
  get askableAt(): MonotonicMs {
    if (this.abandoned) return FOREVER
    return Math.max(this.#resolveAt, this.#paidUntil - this.#aheadMs) as MonotonicMs
  }

  /** A new request, if the server may be asked now. `intervalMs`: how often rounds come at present. */
  begin(now: MonotonicMs, intervalMs: number): void {
    if (this.#state.kind !== 'resting' || now < this.askableAt) return
    this.#intervalMs = Math.max(this.#leastIntervalMs, intervalMs)
    this.#state = { kind: 'due' }
  }

  /** Gives up what is under way; a request that was sent counts all the same. */
  abort(): void {
    const { kind } = this.#state
    this.#state = { kind: kind === 'asked' || kind === 'closing' ? 'closing' : 'resting' }
  }

  /** In another network another server may be behind the name, and what kept it from resolving may be gone. */
  forgetAddress(): void {
    this.address = undefined
    this.#resolveAt = Number.NEGATIVE_INFINITY as MonotonicMs
    this.#resolveAgain.reset()
  }

  poll(now: MonotonicMs): ServerOutput | undefined {
    const state = this.#state
    switch (state.kind) {
      case 'resting':
        return undefined
      case 'due':
        if (this.address !== undefined) return this.#ask(now, this.address)
        this.#state = { kind: 'resolving', until: later(now, RESOLVE_MS) }
        return { kind: 'resolve', host: this.host }
      case 'resolving':
        if (now >= state.until) this.resolved(undefined, 'no answer', now)
        return undefined
      case 'asked':
        if (now < state.until) return undefined
        this.#miss('unanswered', 'did not answer')
        if (++this.#unanswered >= RESOLVE_AFTER) this.address = undefined
        break
      case 'closing':
        break
    }
    this.#state = { kind: 'resting' }
    return { kind: 'close socket', slot: this.#slot }
  }

  resolved(address: string | undefined, why: string, now: MonotonicMs): void {
    if (this.#state.kind !== 'resolving') return
    this.address = address
    if (address !== undefined) {
      if (address !== this.lastAddress) this.filter.clear()
      this.lastAddress = address
      this.#resolveAgain.reset()
      this.#state = { kind: 'due' }
    } else {
      this.#resolveAt = this.#resolveAgain.next(now, 1000)
      this.#state = { kind: 'resting' }
      this.#miss('unresolved', `does not resolve: ${why}`)
    }
  }

  receive(bytes: Uint8Array, address: string, port: number, now: MonotonicMs): void {
    const state = this.#state
    if (state.kind !== 'asked') {
      this.counters.unasked++
      return
    }
    const reply = this.#match(bytes, address, port)
    if (typeof reply === 'string') {
      this.counters[reply]++
      return
    }
    this.#state = { kind: 'closing' }
    this.#unanswered = 0
    if (reply.stratum === 0 && this.#kiss(reply.reference, now)) return
    const sample = assess(reply, state.at, now, this.floor)
    if (typeof sample === 'string') {
      this.#miss(sample, REFUSALS[sample])
      this.contradictsFloor = sample === 'time' && reply.receivedAt < this.floor
    } else {
      this.counters.accepted++
      this.contradictsFloor = false
      this.trouble = ''
      this.filter.push(sample)
      this.#freshSample = sample
    }
  }

  /** Its answer was accepted, and does not agree with the others. */
  noteFalseticker(others: string): string {
    this.trouble = `${this.host} contradicts ${others}`
    return this.trouble
  }

  /** The sample that came since the last call, if one did. */
  takeFreshSample(): Sample | undefined {
    const fresh = this.#freshSample
    this.#freshSample = undefined
    return fresh
  }

  #ask(now: MonotonicMs, address: string): ServerOutput {
    this.#state = { kind: 'asked', at: now, until: later(now, MAX_DELAY_MS) }
    this.#paidUntil = (Math.max(now, this.#paidUntil) + this.#leastIntervalMs) as MonotonicMs
    this.counters.asked++
    encodeRequest(this.#request, this.#entropy)
    // RFC 6335: the dynamic ports, all 16384 of them (RFC 9109).
    const localPort = 0xc000 | u16(random(this.#entropy, 2), 0)
    const { port } = this
    return { kind: 'ask', slot: this.#slot, localPort, address, port, bytes: this.#request }
  }

  /** The cheapest checks come first: a flood of forgeries must cost us little. */
  #match(bytes: Uint8Array, address: string, port: number): Reply | Exclude<Stray, 'unasked'> {
    if (address !== this.address || port !== this.port) return 'stranger'
    if (bytes.length < PACKET_LENGTH) return 'malformed'
    if (!isAnswer(bytes, this.#request)) return 'origin'
    return decodeReply(bytes) ?? 'malformed'
  }

  /** A kiss code (RFC 5905, 7.4) may ask us to stop or to slow down. False if it asks for neither. */
  #kiss(code: string, now: MonotonicMs): boolean {
    switch (code) {
      case 'DENY':
      case 'RSTR':
        this.abandoned = true
        this.#miss('denied', `denied service: ${code}`)
        this.filter.clear()
        return true
      case 'RATE':
        this.#leastIntervalMs = Math.min(MAX_INTERVAL_MS, this.#intervalMs * 2)
        this.#aheadMs = 0
        this.#paidUntil = later(now, this.#leastIntervalMs)
        this.#miss('rate', 'asked to be asked less often')
        return true
    }
    return false
  }

  #miss(counter: Miss, trouble: string): void {
    this.counters[counter]++
    this.contradictsFloor = false
    this.trouble = `${this.host} ${trouble}`
    this.filter.push(undefined)
  }
}

function noneYet(): Counters {
  return {
    asked: 0,
    accepted: 0,
    unanswered: 0,
    unresolved: 0,
    rate: 0,
    denied: 0,
    unasked: 0,
    stranger: 0,
    malformed: 0,
    origin: 0,
    unsynchronised: 0,
    stratum: 0,
    transmit: 0,
    root: 0,
    delay: 0,
    time: 0,
  }
}
