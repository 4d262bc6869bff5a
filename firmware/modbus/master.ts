/**
 * The client of one serial line: one request on the line at a time, answered once, whatever the line brings.
 * Serial Line V1.02, 2.4 and 2.5. After submit(), poll(now) until it answers 'wait'.
 *
 * RTU has no transaction id: a late reply to one request could be taken for the reply to the next. So after a request
 * without a reply none with the same unit and function goes out until that reply cannot come any more.
 */
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { LineSettings } from '../ports/bytestream'
import {
  WRITE_MULTIPLE_COILS,
  WRITE_MULTIPLE_REGISTERS,
  WRITE_SINGLE_COIL,
  WRITE_SINGLE_REGISTER,
} from './codes'
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

/** If the line is never silent, the request goes out after this time all the same. */
const MAX_NOISE_MS = 250
/** A reply comes within MAX_LATE_MS of its request, or within MAX_LATE_AFTER_MS of its timeout. */
const MAX_LATE_MS = 2000
const MAX_LATE_AFTER_MS = 1000
/** Serial Line V1.02, 2.4.1: after a broadcast the devices get time to act on it. */
const BROADCAST_MS = 100
/** A driver that releases the line may add a byte or two. More bytes behind a reply are another device's. */
const MAX_TRAILING_BYTES = 2
/** The echo of our own frame and the longest reply. */
const MAX_RECEIVED_BYTES = 2 * MAX_FRAME_BYTES

type OpenedLine = Pick<LineSettings, 'baud'> & Partial<LineSettings>

export interface Ask {
  request: Request
  /** How long to wait for the reply, beyond the time that both frames take on the line. */
  timeoutMs: number
  /** The silence that this device needs before a request, if that is more than 3.5 characters. */
  quietMs?: number
  /** Whether the unit answers is all that is asked: a late reply to an earlier request says it as well. */
  acceptsLate?: boolean
}

export type Result = Reply | { kind: 'silent' } | { kind: 'damaged' }

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

interface LateReply {
  unit: number
  code: number
  until: MonotonicMs
}

const IDLE: State = { kind: 'idle' }
const NOTHING_TO_DO: MasterOutput = { kind: 'wait', until: FOREVER }

export class Master {
  readonly timing: LineTiming
  readonly #frame = new Uint8Array(MAX_FRAME_BYTES)
  #frameLength = 0
  readonly #received = new Uint8Array(MAX_RECEIVED_BYTES)
  #length = 0
  /** No reply begins before this place. */
  #from = 0
  #damaged = false
  #echoed = false
  /** Whether this line repeats what we send; unknown until a read is answered. */
  #echoes: boolean | undefined
  #state: State = IDLE
  #activeAt: MonotonicMs
  #lateReplies: LateReply[] = []
  #busyMs = 0

  /** 8N1 if the line does not say otherwise. */
  constructor({ baud, parity = 'none', stopBits = 1 }: OpenedLine) {
    this.timing = new LineTiming({ baud, parity, stopBits })
    this.#activeAt = 0 as MonotonicMs
  }

  /** How long frames, ours and the replies, have occupied the line so far. */
  get busyMs(): number {
    return this.#busyMs
  }

  get idle(): boolean {
    return this.#state.kind === 'idle'
  }

  /** When no late reply to an earlier request can be taken for the reply to this one any more; 0 if none is due. */
  clearAt(unit: number, code: number): MonotonicMs {
    let clear = 0 as MonotonicMs
    for (let i = 0; i < this.#lateReplies.length; i++) {
      const late = this.#lateReplies[i]
      if (late.unit === unit && late.code === code && late.until > clear) clear = late.until
    }
    return clear
  }

  /** False if another request is under way. */
  submit(ask: Ask, now: MonotonicMs): boolean {
    if (this.#state.kind !== 'idle') return false
    const clear = ask.acceptsLate ? now : this.clearAt(ask.request.unit, ask.request.code)
    const notBefore = clear > now ? clear : now
    const quietMs = Math.max(this.timing.silenceMs, ask.quietMs ?? 0)
    const notAfter = later(notBefore, quietMs + MAX_NOISE_MS)
    this.#state = { kind: 'quiet', ask, notBefore, notAfter }
    return true
  }

  /** Bytes from the line: with ours among them if it echoes. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#activeAt = now
    for (let at = 0; at < bytes.length && this.#state.kind === 'awaiting'; ) {
      if (this.#length === MAX_RECEIVED_BYTES) this.#compact()
      at += this.#take(bytes, at)
      this.#read(now, false)
    }
  }

  /** Copies as many as fit, and returns how many. */
  #take(bytes: Uint8Array, from: number): number {
    const received = this.#received
    const length = this.#length
    const count = Math.min(bytes.length - from, MAX_RECEIVED_BYTES - length)
    for (let i = 0; i < count; i++) received[length + i] = bytes[from + i]
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
        return now < until ? { kind: 'wait', until } : this.#send(state.ask, now)
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

  #sendAt({ ask, notBefore, notAfter }: State & { kind: 'quiet' }): MonotonicMs {
    const silent = later(this.#activeAt, Math.max(this.timing.silenceMs, ask.quietMs ?? 0))
    if (silent <= notBefore) return notBefore
    return silent < notAfter ? silent : notAfter
  }

  #send(ask: Ask, now: MonotonicMs): MasterOutput {
    const { request, timeoutMs } = ask
    this.#frameLength = encodeRequest(request, this.#frame)
    this.#length = this.#from = 0
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

  /** Looks for the reply in what has come. When time is up: also behind bytes that begin like a reply and end early. */
  #read(now: MonotonicMs, isTimeUp: boolean): void {
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
      if (echo > 1 && this.#from + echo === this.#length && !isTimeUp && echo < this.#frameLength)
        return
      const decoded = this.#decode(request)
      if (typeof decoded === 'object') {
        if (decoded.kind === 'data') this.#echoes = this.#echoed
        this.#busyMs += this.timing.frameMs(this.#length - this.#from)
        return this.#answer(state, decoded, isTimeUp ? this.#activeAt : now)
      }
      if (decoded === 'short' && !isTimeUp) return
      if (decoded === 'damaged') this.#damaged = true
      this.#from++
    }
  }

  #decode(request: Request): Decoded {
    const decoded = decodeReply(request, this.#received, this.#from, this.#length)
    if (typeof decoded !== 'object' || decoded.kind !== 'data') return decoded
    // Two replies at once can look like a third one whose checksum is right.
    return this.#length - (decoded.end + 2) > MAX_TRAILING_BYTES ? 'damaged' : decoded
  }

  /** How many bytes from `start` repeat our own frame. */
  #echoAt(start: number): number {
    const max = Math.min(this.#frameLength, this.#length - start)
    let same = 0
    while (same < max && this.#received[start + same] === this.#frame[same]) same++
    return same
  }

  /** A write of one value is confirmed by a copy of the request: one copy counts only if the line has no echo. */
  #confirms({ code }: Request): boolean {
    return (code === WRITE_SINGLE_COIL || code === WRITE_SINGLE_REGISTER) && this.#echoes === false
  }

  #giveUp(state: State & { kind: 'awaiting' }, now: MonotonicMs): void {
    const { request, timeoutMs } = state.ask
    if (isBroadcast(request)) return this.#answer(state, { kind: 'written' }, now)
    const damaged = this.#damaged && !resemblesReply(request)
    if (!damaged) {
      const lateMs = Math.max(MAX_LATE_MS, timeoutMs + MAX_LATE_AFTER_MS)
      const linesMs = this.timing.frameMs(this.#frameLength + replyLength(request))
      this.#lateReplies = this.#lateReplies.filter(({ until }) => until > now)
      this.#lateReplies.push({
        unit: request.unit,
        code: request.code,
        until: later(state.sentAt, linesMs + lateMs),
      })
    }
    this.#answer(state, damaged ? { kind: 'damaged' } : { kind: 'silent' }, now)
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

  /** Drops what cannot be part of a reply. What stays may be the start of one, and is shorter than a frame. */
  #compact(): void {
    const keep = Math.max(this.#from, this.#length - MAX_FRAME_BYTES)
    this.#received.copyWithin(0, keep, this.#length)
    this.#length -= keep
    this.#from = 0
  }
}

/** Only a write goes to every device. A read of unit 0 is answered by some: Seplos battery packs. */
function isBroadcast({ unit, code }: Request): boolean {
  return (
    unit === 0 &&
    (code === WRITE_SINGLE_COIL ||
      code === WRITE_SINGLE_REGISTER ||
      code === WRITE_MULTIPLE_COILS ||
      code === WRITE_MULTIPLE_REGISTERS)
  )
}

/** Whether our own frame begins as its reply does: a damaged echo of it then looks like a damaged reply. */
function resemblesReply(request: Request): boolean {
  return !('count' in request) || request.address >> 8 === replyLength(request) - 5
}
