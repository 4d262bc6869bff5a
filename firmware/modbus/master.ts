/**
 * The client of one serial line: one request on the line at a time, answered once, whatever the line brings.
 * Serial Line V1.02, 2.4 and 2.5. After submit(), poll(now) until it answers 'wait'.
 *
 * RTU has no transaction id. So a request goes out with a length of its reply that no late reply has (late.ts), or
 * waits; what is the same as an earlier reply may be a copy of it (copies.ts); and what may be the reply to another
 * master's request is no answer (other.ts).
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { LineSettings } from '../ports/bytestream'
import { ILLEGAL_DATA_VALUE, WRITE_SINGLE_COIL, WRITE_SINGLE_REGISTER } from './codes'
import { Copies, NO_ADDRESS } from './copies'
import {
  AMBIGUOUS,
  type Answer,
  type Ask,
  COPIED,
  DAMAGED,
  LATE_REFUSAL,
  type MasterOutput,
  type Result,
  SILENT,
} from './exchange'
import { LateReplies } from './late'
import { isReadRequest, MAX_HOLD_MS, OtherMaster, type OtherMasterHealth } from './other'
import { MAX_RECEIVED_BYTES, Reception } from './reception'
import {
  countOf,
  type Decoded,
  decodeReply,
  encodeRequest,
  isBroadcast,
  type Reply,
  type Request,
  replyLength,
  resemblesReply,
} from './rtu'
import { LineTiming } from './timing'

/** If the line is never silent, the request goes out after this time all the same. */
const MAX_NOISE_MS = 250
/** A device replies within MAX_LATE_MS of its request, or within MAX_LATE_AFTER_MS of its timeout. */
const MAX_LATE_MS = 2000
const MAX_LATE_AFTER_MS = 1000
/** A gateway that queues requests brings a reply so much later. */
const MAX_QUEUED_MS = 8000
/** USB adapters and UART FIFOs bring a frame in pieces: what came longer ago is no part of one that goes on. */
const MAX_PIECE_GAP_MS = 50
/** Serial Line V1.02, 2.4.1: after a broadcast the devices get time to act on it. */
const BROADCAST_MS = 100
/** Unit, function, code and checksum. */
const EXCEPTION_BYTES = 5
/** A driver that releases the line may add a byte or two. More bytes behind a reply are another device's. */
const MAX_TRAILING_BYTES = 2

type OpenedLine = Pick<LineSettings, 'baud'> & Partial<LineSettings>

type State =
  | { kind: 'idle' }
  | { kind: 'quiet'; ask: Ask; notBefore: MonotonicMs; notAfter: MonotonicMs }
  | { kind: 'awaiting'; ask: Ask; sentAt: MonotonicMs; until: MonotonicMs }
  | { kind: 'answered'; answer: Answer }

const IDLE: State = { kind: 'idle' }
const NOTHING_TO_DO: MasterOutput = { kind: 'wait', until: FOREVER }

export class Master {
  readonly timing: LineTiming
  readonly #received = new Reception()
  #damaged = false
  /** More registers are asked for than are needed: a refusal says nothing of those. */
  #isPadded = false
  /** What it was, if a reply came that may be the one to an earlier request. */
  #doubtful: Result | undefined
  #echoed = false
  /** Whether this line repeats what we send; unknown until a read is answered. */
  #echoes: boolean | undefined
  #state: State = IDLE
  #activeAt: MonotonicMs
  /** What waited while the machine stood still is heard before: nothing is asked until then. */
  #awakeAt = 0 as MonotonicMs
  readonly late = new LateReplies()
  readonly #copies = new Copies()
  readonly #other: OtherMaster
  /** The last unit that was asked and answered as another one, `#answeredUnit`; -1 if none did. */
  #askedUnit = -1
  #answeredUnit = -1
  #busyMs = 0

  /** 8N1 if the line does not say otherwise. */
  constructor({ baud, parity = 'none', stopBits = 1 }: OpenedLine) {
    this.timing = new LineTiming({ baud, parity, stopBits })
    this.#other = new OtherMaster(this.timing, this.late)
    this.#activeAt = 0 as MonotonicMs
  }

  /** How long frames, ours and the replies, have occupied the line so far. */
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
    const from = this.#awakeAt > now ? this.#awakeAt : now
    const notBefore = this.late.until > from && !ask.acceptsLate ? this.#clearFor(ask, from) : from
    const quietMs = Math.max(this.timing.silenceMs, ask.quietMs ?? 0)
    const notAfter = later(notBefore, quietMs + MAX_NOISE_MS)
    this.#state = { kind: 'quiet', ask, notBefore, notAfter }
    return true
  }

  #clearFor({ request, paddings = 0 }: Ask, now: MonotonicMs): MonotonicMs {
    const clear = this.late.clearAt(request.unit, request.code, countOf(request), paddings)
    return clear > now ? clear : now
  }

  /** Bytes from the line: with ours among them if it echoes. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    const received = this.#received
    if (this.#state.kind !== 'awaiting' && now - this.#activeAt > MAX_PIECE_GAP_MS) received.clear()
    this.#activeAt = now
    // What comes before an answer has been taken would overwrite it.
    for (let at = 0; at < bytes.length; ) {
      const { kind } = this.#state
      if (kind === 'answered') return
      if (received.length === MAX_RECEIVED_BYTES) {
        if (kind === 'awaiting')
          received.findRequests(received.from, this.#echoes, this.#other, now)
        received.compact()
      }
      at += received.take(bytes, at)
      if (kind === 'awaiting') this.#read(now, false)
      else received.overhear(this.#echoes, this.#other, now)
    }
  }

  poll(now: MonotonicMs): MasterOutput {
    const state = this.#state
    switch (state.kind) {
      case 'idle':
        return NOTHING_TO_DO
      case 'quiet': {
        const until = this.#sendAt(state)
        if (now < until) return { kind: 'wait', until }
        if (now - until > MAX_PIECE_GAP_MS) {
          this.#awakeAt = later(now, MAX_PIECE_GAP_MS)
          this.#state = IDLE
          this.submit(state.ask, now)
          return this.poll(now)
        }
        if (this.#other.until > state.notBefore) this.#other.health.waits++
        return this.#send(state.ask, now)
      }
      case 'awaiting':
        if (now < state.until) return { kind: 'wait', until: state.until }
        if (now - state.until > MAX_PIECE_GAP_MS) this.#awakeAt = later(now, MAX_PIECE_GAP_MS)
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
    const { request, timeoutMs } = ask
    if ('count' in request) {
      const padding = this.late.padding(request, ask.paddings ?? 0, now)
      request.count += padding
      this.#isPadded = padding > 0
    }
    const received = this.#received
    const length = encodeRequest(request, received.frame)
    if (now - this.#activeAt > MAX_PIECE_GAP_MS) received.clear()
    received.asked(length)
    this.#damaged = this.#echoed = false
    this.#doubtful = undefined
    const sendMs = this.timing.frameMs(length)
    const replyMs = isBroadcast(request)
      ? BROADCAST_MS
      : this.timing.frameMs(replyLength(request)) + timeoutMs
    this.#activeAt = later(now, sendMs)
    this.#busyMs += sendMs
    this.#state = { kind: 'awaiting', ask, sentAt: now, until: later(now, sendMs + replyMs) }
    return { kind: 'send', bytes: received.frame.subarray(0, length) }
  }

  /** Looks for the reply in what has come. When time is up: also behind bytes that begin like a reply and end early. */
  #read(now: MonotonicMs, isTimeUp: boolean): void {
    const state = this.#state
    if (state.kind !== 'awaiting') return
    const { request } = state.ask
    const received = this.#received
    while (received.from < received.length) {
      const echo = this.#echoed ? 0 : received.echoAt(received.from)
      const isWholeEcho = echo === received.frameLength
      if (isWholeEcho && !this.#confirms(request)) {
        this.#echoed = true
        received.from += echo
        continue
      }
      const mayGoOn = echo > 1 && received.from + echo === received.length && !isWholeEcho
      if (mayGoOn && !isTimeUp) return
      const reply = this.#decode(request)
      if (typeof reply === 'object') {
        const at = isTimeUp ? this.#activeAt : now
        if (!this.#isDoubtful(state.ask, reply, at)) return this.#accept(state, reply, at)
        continue
      }
      if (reply === 'short' && !isTimeUp) return
      if (reply === 'damaged') this.#damaged = true
      received.from++
    }
  }

  #decode(request: Request): Decoded {
    const { bytes, from, length } = this.#received
    const reply = decodeReply(request, bytes, from, length)
    if (typeof reply !== 'object' || reply.kind !== 'data') return reply
    // Two replies at once can look like a third one whose checksum is right.
    const end = reply.end + 2
    const isAlone = length - end <= MAX_TRAILING_BYTES
    return isAlone || isReadRequest(bytes, end, length) ? reply : 'damaged'
  }

  /** Whether the reply at #from, which is of the right length, may be the one to an earlier request: then it is skipped. */
  #isDoubtful(ask: Ask, reply: Reply, now: MonotonicMs): boolean {
    const { request, checksum: last, changes = false } = ask
    const { bytes, from } = this.#received
    const isData = reply.kind === 'data'
    const end = isData ? reply.end : from + EXCEPTION_BYTES - 2
    const checksum = (bytes[end] << 8) | bytes[end + 1]
    // A refusal may be of a longer read from the same address. That of a padding needs no more than that.
    const address = isData && 'address' in request ? request.address : NO_ADDRESS
    const isReading = last !== undefined && (isData || !this.#isPadded)
    const isKnown = !isReading || checksum === last
    // If the lengths of two of its replies differ, one is no copy of the other.
    const ownCopies = changes && this.late.hasOneLength
    let doubt = COPIED
    if (!isData && !isKnown && this.late.isAny(request.unit, request.code, now))
      doubt = LATE_REFUSAL
    else {
      // Of a copy too: the next that is the same counts, even if another was noted meanwhile.
      if (isReading) ask.checksum = checksum
      if (!this.#copies.take(checksum, address, isKnown, isReading && ownCopies, now)) return false
    }
    // What else it says than a refusal, such as that it is busy, is true of any request.
    const isRefusal = reply.kind === 'exception' && reply.code <= ILLEGAL_DATA_VALUE
    this.#doubtful = isData || isRefusal ? doubt : reply
    this.#received.from = end + 2
    return true
  }

  /** Takes the reply at #from, unless it may be the reply to another master. */
  #accept(state: State & { kind: 'awaiting' }, reply: Reply, at: MonotonicMs): void {
    const { request } = state.ask
    const received = this.#received
    const start = received.from
    const skipped = start - received.before - (this.#echoed ? received.frameLength : 0)
    if (reply.kind === 'data') {
      this.#echoes = this.#echoed
      if (request.unit === this.#askedUnit) this.#askedUnit = -1
      received.from = reply.end + 2
    } else received.from = received.length
    if (reply.kind === 'exception') {
      // It may have been the late one to an earlier request.
      const mayBeLate = state.ask.paddings && this.late.isAny(request.unit, request.code, at)
      if (mayBeLate) this.#remember(state, true)
      else this.late.refused(request.unit, request.code)
    }
    this.#busyMs += this.timing.frameMs(received.length - start)
    if (skipped > 0 || received.before > 0)
      received.findRequests(start, this.#echoes, this.#other, at)
    const isAmbiguous = this.#other.isHeard && this.#isAmbiguous(request, skipped, at)
    if (isAmbiguous) this.#remember(state)
    received.overhear(this.#echoes, this.#other, at)
    // After a machine that stood still nobody knows when it came, and so not what second it tells of.
    if (at > state.until) {
      this.#awakeAt = later(at, MAX_PIECE_GAP_MS)
      this.#answer(state, SILENT, at)
    } else this.#answer(state, isAmbiguous ? AMBIGUOUS : reply, at)
  }

  /** Whether a reply behind so many bytes that nothing explains may be the one to another master. */
  #isAmbiguous(request: Request, skipped: number, now: MonotonicMs): boolean {
    const other = this.#other
    if (!other.isActive(now)) return false
    if (skipped > MAX_TRAILING_BYTES) return true
    return this.late.isOverheard(request.unit, request.code, countOf(request), now)
  }

  /** A write of one value is confirmed by a copy of the request: one copy counts only if the line has no echo. */
  #confirms({ code }: Request): boolean {
    return (code === WRITE_SINGLE_COIL || code === WRITE_SINGLE_REGISTER) && this.#echoes === false
  }

  #giveUp(state: State & { kind: 'awaiting' }, now: MonotonicMs): void {
    const { request } = state.ask
    if (isBroadcast(request)) return this.#answer(state, { kind: 'written' }, now)
    this.#received.findRequests(this.#received.length, this.#echoes, this.#other, this.#activeAt)
    this.#noteWrongUnit(request, now)
    if (this.#doubtful) {
      // Its own reply may still come. If the last ones were in time, what came was it, as like another one as it was.
      if (this.late.isAny(request.unit, request.code, now)) this.#remember(state)
      return this.#answer(state, this.#doubtful, now)
    }
    const damaged = this.#damaged && !resemblesReply(request)
    // What was damaged may have been the reply to another master.
    if (!damaged || this.#other.isActive(now)) this.#remember(state)
    this.#answer(state, damaged ? DAMAGED : SILENT, now)
  }

  /** A device that answers as another one may do so again, late or twice. */
  #noteWrongUnit(request: Request, now: MonotonicMs): void {
    if (!('count' in request)) return
    const unit = this.#received.wrongUnit(request)
    if (unit < 0 || this.late.explains(unit, request.code, request.count, now)) return
    this.#askedUnit = request.unit
    this.#answeredUnit = unit
  }

  /** Its reply may still come; not even that is likely if it was refused. */
  #remember(
    { ask: { request, timeoutMs }, sentAt }: State & { kind: 'awaiting' },
    isRefused = false,
  ): void {
    const linesMs = this.timing.frameMs(this.#received.frameLength + replyLength(request))
    const clear = later(sentAt, linesMs + Math.max(MAX_LATE_MS, timeoutMs + MAX_LATE_AFTER_MS))
    const until = later(clear, MAX_QUEUED_MS)
    const { unit, code } = request
    const count = countOf(request)
    const ends = isRefused ? until : clear
    this.late.unanswered(unit, code, count, ends, until)
    if (unit === this.#askedUnit) this.late.unanswered(this.#answeredUnit, code, count, ends, until)
  }

  #answer(state: State & { kind: 'awaiting' }, result: Result, receivedAt: MonotonicMs): void {
    const { request } = state.ask
    this.#state = {
      kind: 'answered',
      answer: { kind: 'answer', request, result, sentAt: state.sentAt, receivedAt },
    }
  }
}
