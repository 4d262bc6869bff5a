/**
 * The client of one serial line: one request on the line at a time, answered once, whatever the line brings.
 * Serial Line V1.02, 2.4 and 2.5. After submit(), poll(now) until it answers 'wait'.
 *
 * RTU has no transaction id. So a request goes out with a length of its reply that no late reply has (late.ts), or
 * waits; and what may be the reply to another master's request is no answer (other.ts).
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { LineSettings } from '../ports/bytestream'
import { LateReplies } from './late'
import {
  isReadRequest,
  MAX_HOLD_MS,
  OtherMaster,
  type OtherMasterHealth,
  REQUEST_BYTES,
} from './other'
import {
  type Decoded,
  decodeReply,
  encodeRequest,
  MAX_FRAME_BYTES,
  type Reply,
  type Request,
  replyLength,
} from './rtu'
import { LineTiming } from './timing'

/** A line that is never silent is spoken on anyway after this long. */
const MAX_NOISE_MS = 250
/** A device answers no later than this after its request, or than LATE_AFTER_MS after we stopped waiting... */
const MAX_LATE_MS = 2000
const LATE_AFTER_MS = 1000
/** ...and a gateway that queues requests, so much later. */
const MAX_QUEUED_MS = 7000
/** What came longer ago belongs to no frame that still goes on: USB adapters and UART FIFOs bring a frame in pieces. */
const MAX_PIECE_GAP_MS = 50
/** Serial Line V1.02, 2.4.1: after a broadcast the devices get time to act on it. */
const BROADCAST_MS = 100
/** A driver that lets go of the line may add a byte or two; more behind a reply is another device talking into it. */
const MAX_TRAILING_BYTES = 2
/** Our own echo and the longest answer, whole. */
const MAX_RECEIVED_BYTES = 2 * MAX_FRAME_BYTES

type OpenedLine = Pick<LineSettings, 'baud'> & Partial<LineSettings>

export interface Ask {
  /** Its count is raised by one of `paddings` when it goes out. */
  request: Request
  /** Bit n: the device can be asked for n registers more, up to MAX_PADDING; 1 if for none. */
  paddings?: number
  /** How long the device may think, beyond the time that both frames take on the line. */
  timeoutMs: number
  /** Silence that this device needs before it is addressed, where it is more than 3.5 characters. */
  quietMs?: number
}

/** `another master`: it may be the reply to that one's request. */
export type Damage = 'checksum' | 'another master'

export type Result = Reply | { kind: 'silent' } | { kind: 'damaged'; why: Damage }

export interface Answer {
  kind: 'answer'
  request: Request
  result: Result
  sentAt: MonotonicMs
  receivedAt: MonotonicMs
}

export type MasterOutput =
  /** Valid until the next call. */
  { kind: 'send'; bytes: Uint8Array } | Answer | { kind: 'wait'; until: MonotonicMs }

type State =
  | { kind: 'idle' }
  | { kind: 'quiet'; ask: Ask; notBefore: MonotonicMs; notAfter: MonotonicMs }
  | { kind: 'awaiting'; ask: Ask; sentAt: MonotonicMs; until: MonotonicMs }
  | { kind: 'answered'; answer: Answer }

const IDLE: State = { kind: 'idle' }
const SILENT: Result = { kind: 'silent' }
const DAMAGED: Result = { kind: 'damaged', why: 'checksum' }
const AMBIGUOUS: Result = { kind: 'damaged', why: 'another master' }
const NOTHING_TO_DO: MasterOutput = { kind: 'wait', until: FOREVER }

export class Master {
  readonly timing: LineTiming
  readonly #frame = new Uint8Array(MAX_FRAME_BYTES)
  #frameLength = 0
  readonly #received = new Uint8Array(MAX_RECEIVED_BYTES)
  #length = 0
  /** Before here no reply can begin any more. */
  #from = 0
  /** How many of them came before our request went out. */
  #before = 0
  #damaged = false
  #echoed = false
  /** Whether this line repeats what we send; unknown until a read has been answered. */
  #echoes: boolean | undefined
  #state: State = IDLE
  #activeAt: MonotonicMs
  readonly late = new LateReplies()
  readonly #other: OtherMaster
  #busyMs = 0

  /** 8N1 if the line does not say otherwise. */
  constructor({ baud, parity = 'none', stopBits = 1 }: OpenedLine) {
    this.timing = new LineTiming({ baud, parity, stopBits })
    this.#other = new OtherMaster(this.timing)
    this.#activeAt = 0 as MonotonicMs
  }

  /** Time that frames, ours and the answers, have taken on the line so far. */
  get busyMs(): number {
    return this.#busyMs
  }

  get idle(): boolean {
    return this.#state.kind === 'idle'
  }

  /** What is known of another master on the line. */
  get otherMaster(): OtherMasterHealth {
    return this.#other.health
  }

  /** False if another request is under way. */
  submit(ask: Ask, now: MonotonicMs): boolean {
    if (this.#state.kind !== 'idle') return false
    const notBefore = this.late.until > now ? this.#clearFor(ask, now) : now
    const quietMs = Math.max(this.timing.silenceMs, ask.quietMs ?? 0)
    const notAfter = later(notBefore, quietMs + MAX_NOISE_MS)
    this.#state = { kind: 'quiet', ask, notBefore, notAfter }
    return true
  }

  #clearFor({ request, paddings = 1 }: Ask, now: MonotonicMs): MonotonicMs {
    const clear = this.late.clearAt(request.unit, request.code, countOf(request), paddings)
    return clear > now ? clear : now
  }

  /** Bytes that the line brought, ours included if it echoes. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    if (this.#state.kind !== 'awaiting' && now - this.#activeAt > MAX_PIECE_GAP_MS)
      this.#length = this.#from = 0
    this.#activeAt = now
    // What comes before an answer has been taken would overwrite it.
    for (let at = 0; at < bytes.length; ) {
      const { kind } = this.#state
      if (kind === 'answered') return
      if (this.#length === MAX_RECEIVED_BYTES) this.#compact(now)
      at += this.#take(bytes, at)
      if (kind === 'awaiting') this.#read(now, false)
      else this.#overhear(now)
    }
  }

  /** Copies as much as there is room for. */
  #take(bytes: Uint8Array, from: number): number {
    const received = this.#received
    const length = this.#length
    let count = bytes.length
    if (from === 0 && length + count <= MAX_RECEIVED_BYTES) received.set(bytes, length)
    else {
      count = Math.min(count - from, MAX_RECEIVED_BYTES - length)
      received.set(bytes.subarray(from, from + count), length)
    }
    this.#length += count
    return count
  }

  poll(now: MonotonicMs): MasterOutput {
    const state = this.#state
    switch (state.kind) {
      case 'idle':
        return NOTHING_TO_DO
      case 'quiet': {
        const until = this.#sendAt(state)
        if (now < until) return { kind: 'wait', until }
        if (this.#other.until > state.notBefore) this.#other.health.waits++
        return this.#send(state.ask, now)
      }
      case 'awaiting':
        if (now < state.until) return { kind: 'wait', until: state.until }
        this.#read(now, true)
        if (this.#state === state) this.#giveUp(state, now)
        return this.poll(now)
      case 'answered':
        this.#state = IDLE
        return state.answer
    }
  }

  #sendAt(state: State & { kind: 'quiet' }): MonotonicMs {
    const { notBefore } = state
    const silent = later(this.#activeAt, Math.max(this.timing.silenceMs, state.ask.quietMs ?? 0))
    if (silent <= notBefore && this.#other.until <= notBefore) return notBefore
    if (!this.#other.isActive(this.#activeAt)) return earliest(silent, state.notAfter)
    const free = Math.max(silent, this.#other.until) as MonotonicMs
    return earliest(free, later(notBefore, MAX_HOLD_MS))
  }

  #send(ask: Ask, now: MonotonicMs): MasterOutput {
    const { request, timeoutMs, paddings = 1 } = ask
    if ('count' in request) {
      request.count += this.late.padding(request, paddings, now)
    }
    this.#frameLength = encodeRequest(request, this.#frame)
    if (this.#length > 0) this.#keepPiece(now)
    this.#before = this.#from = this.#length
    this.#damaged = this.#echoed = false
    const sendMs = this.timing.frameMs(this.#frameLength)
    const replyMs = isBroadcast(request)
      ? BROADCAST_MS
      : this.timing.frameMs(replyLength(request)) + timeoutMs
    this.#activeAt = later(now, sendMs)
    this.#busyMs += sendMs
    this.#state = { kind: 'awaiting', ask, sentAt: now, until: later(now, sendMs + replyMs) }
    return { kind: 'send', bytes: this.#frame.subarray(0, this.#frameLength) }
  }

  /** Looks for the reply in what has come; with `all` also behind the start of one that never went on. */
  #read(now: MonotonicMs, all: boolean): void {
    const state = this.#state
    if (state.kind !== 'awaiting') return
    const { request } = state.ask
    while (this.#from < this.#length) {
      const echo = this.#echoed ? 0 : this.#echoAt(this.#from)
      if (echo === this.#frameLength && !this.#confirms(request)) {
        this.#echoed = true
        this.#from += echo
        continue
      }
      if (echo > 1 && this.#from + echo === this.#length && !all && echo < this.#frameLength) return
      const reply = this.#decode(request)
      if (typeof reply === 'object') return this.#accept(state, reply, all ? this.#activeAt : now)
      if (reply === 'short' && !all) return
      if (reply === 'damaged') this.#damaged = true
      this.#from++
    }
  }

  #decode(request: Request): Decoded {
    const reply = decodeReply(request, this.#received, this.#from, this.#length)
    if (typeof reply !== 'object' || reply.kind !== 'data') return reply
    // Two replies at once can look like a third one whose checksum is right.
    const end = reply.end + 2
    const isAlone = this.#length - end <= MAX_TRAILING_BYTES
    return isAlone || isReadRequest(this.#received, end, this.#length) ? reply : 'damaged'
  }

  /** Takes the reply at #from, unless it may be the reply to another master. */
  #accept(state: State & { kind: 'awaiting' }, reply: Reply, at: MonotonicMs): void {
    const { request } = state.ask
    const start = this.#from
    const skipped = start - this.#before - (this.#echoed ? this.#frameLength : 0)
    if (reply.kind === 'data') {
      this.#echoes = this.#echoed
      this.#from = reply.end + 2
    } else this.#from = this.#length
    if (reply.kind === 'exception') this.late.refused(request.unit, request.code)
    this.#busyMs += this.timing.frameMs(this.#length - start)
    if (skipped > 0 || this.#before > 0) this.#findRequests(start, at)
    const isAmbiguous = this.#other.isHeard && this.#isAmbiguous(request, skipped, at)
    if (isAmbiguous) this.#remember(state)
    if (this.#from === this.#length) this.#length = this.#from = 0
    else this.#overhear(at)
    this.#answer(state, isAmbiguous ? AMBIGUOUS : reply, at)
  }

  /** Whether a reply behind so many bytes that nothing explains may be the one to another master. */
  #isAmbiguous(request: Request, skipped: number, now: MonotonicMs): boolean {
    const other = this.#other
    if (!other.isActive(now)) return false
    if (skipped > MAX_TRAILING_BYTES) return true
    return this.late.isOverheard(request.unit, request.code, countOf(request), now)
  }

  /** Notes the requests of another master in what came before `end`. */
  #findRequests(end: number, now: MonotonicMs): void {
    for (let at = 0; at + REQUEST_BYTES <= end; at++)
      if (isReadRequest(this.#received, at, end)) this.#noteRequest(at, now)
  }

  #noteRequest(at: number, now: MonotonicMs): void {
    // A line that echoes brings our own request, perhaps late.
    const echo = this.#echoes === false ? 0 : this.#echoAt(at)
    if (echo > 0 && echo === this.#frameLength) return
    this.#other.requests(this.#received, at, now, this.late)
  }

  /** Looks for another master in what comes while no reply is awaited. */
  #overhear(now: MonotonicMs): void {
    const received = this.#received
    const end = this.#length
    while (this.#from < end) {
      const at = this.#from
      if (isReadRequest(received, at, end)) {
        this.#noteRequest(at, now)
        this.#from += REQUEST_BYTES
        continue
      }
      const replyEnd = this.#other.replyEnd(received, at, end)
      if (replyEnd > end) return
      if (replyEnd > at) {
        this.#other.replied(now, this.late)
        this.#from = replyEnd
      } else if (end - at < REQUEST_BYTES) return
      else this.#from++
    }
  }

  /** How many bytes from `start` repeat our own frame. */
  #echoAt(start: number): number {
    const received = this.#received
    const frame = this.#frame
    const most = Math.min(this.#frameLength, this.#length - start)
    // A reply has its length where the echo has an address.
    if (most > 2 && received[start + 2] !== frame[2]) return 0
    let same = 0
    while (same < most && received[start + same] === frame[same]) same++
    return same
  }

  /** Functions 5 and 6 are confirmed by a copy of the request: it counts only where the line has no echo. */
  #confirms({ code }: Request): boolean {
    return (code === 5 || code === 6) && this.#echoes === false
  }

  #giveUp(state: State & { kind: 'awaiting' }, now: MonotonicMs): void {
    const { request } = state.ask
    if (isBroadcast(request)) return this.#answer(state, { kind: 'written' }, now)
    this.#findRequests(this.#length, this.#activeAt)
    const damaged = this.#damaged && !resemblesReply(request)
    // What was damaged may have been the reply to another master.
    if (!damaged || this.#other.isActive(now)) this.#remember(state)
    this.#answer(state, damaged ? DAMAGED : SILENT, now)
  }

  /** Its reply may still come. */
  #remember({ ask: { request, timeoutMs }, sentAt }: State & { kind: 'awaiting' }): void {
    const linesMs = this.timing.frameMs(this.#frameLength + replyLength(request))
    const clear = later(sentAt, linesMs + Math.max(MAX_LATE_MS, timeoutMs + LATE_AFTER_MS))
    const until = later(clear, MAX_QUEUED_MS)
    this.late.unanswered(request.unit, request.code, countOf(request), clear, until)
  }

  #answer(
    { ask: { request }, sentAt }: State & { kind: 'awaiting' },
    result: Result,
    receivedAt: MonotonicMs,
  ): void {
    this.#state = {
      kind: 'answered',
      answer: { kind: 'answer', request, result, sentAt, receivedAt },
    }
  }

  /** Drops what cannot be part of a reply; what stays is the start of one and so shorter than a frame. */
  #compact(now: MonotonicMs): void {
    if (this.#state.kind === 'awaiting') this.#findRequests(this.#from, now)
    this.#dropTo(Math.max(this.#from, this.#length - MAX_FRAME_BYTES))
    this.#from = this.#before = 0
  }

  /** Keeps what may be the first piece of another master's request; no reply to ours can begin there. */
  #keepPiece(now: MonotonicMs): void {
    if (now - this.#activeAt > MAX_PIECE_GAP_MS) this.#length = 0
    else this.#dropTo(this.#from)
  }

  #dropTo(start: number): void {
    if (start < this.#length) this.#received.copyWithin(0, start, this.#length)
    this.#length -= start
  }
}

/** What tells the lengths of replies to reads apart; 0 for other functions. */
function countOf(request: Request): number {
  return 'count' in request ? request.count : 0
}

function isBroadcast({ unit, code }: Request): boolean {
  // Seplos packs answer reads at unit 0, so only writes go to everybody there.
  return unit === 0 && (code === 5 || code === 6 || code === 15 || code === 16)
}

/** Whether our own frame, echoed and damaged, begins as its reply would: then 'damaged' proves no answer. */
function resemblesReply(request: Request): boolean {
  return !('count' in request) || request.address >> 8 === replyLength(request) - 5
}
