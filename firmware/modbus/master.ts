/**
 * The client of one serial line: one request on the line at a time, answered once, whatever the line brings.
 * Serial Line V1.02, 2.4 and 2.5. After submit(), poll(now) until it answers 'wait'.
 *
 * RTU has no transaction id. So an unanswered request leaves a ghost: until its answer cannot come any more, no
 * request with the same unit and function goes out, which that answer could be mistaken for.
 */
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { LineSettings } from '../ports/bytestream'
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
/** No answer comes later than this after its question, or than LATE_AFTER_MS after we stopped waiting. */
const MAX_LATE_MS = 2000
const LATE_AFTER_MS = 1000
/** Serial Line V1.02, 2.4.1: after a broadcast the devices get time to act on it. */
const BROADCAST_MS = 100
/** A driver that lets go of the line may add a byte or two; more behind a reply is another device talking into it. */
const MAX_TRAILING_BYTES = 2
/** Our own echo and the longest answer, whole. */
const MAX_RECEIVED_BYTES = 2 * MAX_FRAME_BYTES

type OpenedLine = Pick<LineSettings, 'baud'> & Partial<LineSettings>

export interface Ask {
  request: Request
  /** How long the device may think, beyond the time that both frames take on the line. */
  timeoutMs: number
  /** Silence that this device needs before it is addressed, where it is more than 3.5 characters. */
  quietMs?: number
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
  /** Before here no reply can begin any more. */
  #from = 0
  #damaged = false
  #echoed = false
  /** Whether this line repeats what we send; unknown until a read has been answered. */
  #echoes: boolean | undefined
  #state: State = IDLE
  #activeAt: MonotonicMs
  #ghosts: LateReply[] = []
  #busyMs = 0

  /** 8N1 if the line does not say otherwise. */
  constructor({ baud, parity = 'none', stopBits = 1 }: OpenedLine) {
    this.timing = new LineTiming({ baud, parity, stopBits })
    this.#activeAt = 0 as MonotonicMs
  }

  /** Time that frames, ours and the answers, have taken on the line so far. */
  get busyMs(): number {
    return this.#busyMs
  }

  get idle(): boolean {
    return this.#state.kind === 'idle'
  }

  /** When a request could go out without meeting the ghost of an earlier one; 0 where there is none. */
  clearAt(unit: number, code: number): MonotonicMs {
    let clear = 0 as MonotonicMs
    for (let i = 0; i < this.#ghosts.length; i++) {
      const ghost = this.#ghosts[i]
      if (ghost.unit === unit && ghost.code === code && ghost.until > clear) clear = ghost.until
    }
    return clear
  }

  /** False where another request is under way. */
  submit(ask: Ask, now: MonotonicMs): boolean {
    if (this.#state.kind !== 'idle') return false
    const clear = this.clearAt(ask.request.unit, ask.request.code)
    const notBefore = clear > now ? clear : now
    const quietMs = Math.max(this.timing.silenceMs, ask.quietMs ?? 0)
    const notAfter = later(notBefore, quietMs + MAX_NOISE_MS)
    this.#state = { kind: 'quiet', ask, notBefore, notAfter }
    return true
  }

  /** Bytes that the line brought, ours included where it echoes. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#activeAt = now
    for (let at = 0; at < bytes.length && this.#state.kind === 'awaiting'; ) {
      if (this.#length === MAX_RECEIVED_BYTES) this.#compact()
      at += this.#take(bytes, at)
      this.#read(now, false)
    }
  }

  /** Copies as much as there is room for. */
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
      const verdict = this.#judge(request)
      if (typeof verdict === 'object') {
        if (verdict.kind === 'data') this.#echoes = this.#echoed
        this.#busyMs += this.timing.frameMs(this.#length - this.#from)
        return this.#answer(state, verdict, all ? this.#activeAt : now)
      }
      if (verdict === 'short' && !all) return
      if (verdict === 'damaged') this.#damaged = true
      this.#from++
    }
  }

  #judge(request: Request): Decoded {
    const verdict = decodeReply(request, this.#received, this.#from, this.#length)
    if (typeof verdict !== 'object' || verdict.kind !== 'data') return verdict
    // Two replies at once can look like a third one whose checksum is right.
    return this.#length - (verdict.end + 2) > MAX_TRAILING_BYTES ? 'damaged' : verdict
  }

  /** How many bytes from `start` repeat our own frame. */
  #echoAt(start: number): number {
    const most = Math.min(this.#frameLength, this.#length - start)
    let same = 0
    while (same < most && this.#received[start + same] === this.#frame[same]) same++
    return same
  }

  /** Functions 5 and 6 are confirmed by a copy of the request: it counts only where the line has no echo. */
  #confirms({ code }: Request): boolean {
    return (code === 5 || code === 6) && this.#echoes === false
  }

  #giveUp(state: State & { kind: 'awaiting' }, now: MonotonicMs): void {
    const { request, timeoutMs } = state.ask
    if (isBroadcast(request)) return this.#answer(state, { kind: 'written' }, now)
    const damaged = this.#damaged && !resemblesReply(request)
    if (!damaged) {
      const lateMs = Math.max(MAX_LATE_MS, timeoutMs + LATE_AFTER_MS)
      const linesMs = this.timing.frameMs(this.#frameLength + replyLength(request))
      this.#ghosts = this.#ghosts.filter(({ until }) => until > now)
      this.#ghosts.push({
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

  /** Drops what cannot be part of a reply; what stays is the start of one and so shorter than a frame. */
  #compact(): void {
    const keep = Math.max(this.#from, this.#length - MAX_FRAME_BYTES)
    this.#received.copyWithin(0, keep, this.#length)
    this.#length -= keep
    this.#from = 0
  }
}

function isBroadcast({ unit, code }: Request): boolean {
  // Seplos packs answer reads at unit 0, so only writes go to everybody there.
  return unit === 0 && (code === 5 || code === 6 || code === 15 || code === 16)
}

/** Whether our own frame, echoed and damaged, begins as its reply would: then 'damaged' proves no answer. */
function resemblesReply(request: Request): boolean {
  return !('count' in request) || request.address >> 8 === replyLength(request) - 5
}
