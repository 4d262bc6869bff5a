/**
 * Another master on the line, such as an inverter that polls its own meter: its requests are recognised, and the line is
 * left to it until the reply has passed. Serial Line V1.02, 2.1, knows one master only: nothing else keeps the two apart.
 */
import { u16 } from '../core/bytes'
import { FOREVER, later, type MonotonicMs } from '../core/time'
import { crc16 } from './crc16'
import type { LateReplies } from './late'
import { MAX_READ_REGISTERS } from './rtu'
import type { LineTiming } from './timing'

export const REQUEST_BYTES = 8
const EXCEPTION_BYTES = 5
/** How long a device may think before the exchange counts as over. */
const REPLY_MS = 200
/** A request of ours waits no longer for another master's exchanges. */
export const MAX_HOLD_MS = 1000
/** While it was heard within this time, what cannot be told apart is taken for its reply. */
const RECENT_MS = 60_000
/** No reply to it comes later. */
const MAX_LATE_MS = 2000

export interface OtherMasterHealth {
  /** Those that were heard since the start. */
  requests: number
  /** Of the last one. */
  unit: number
  address: number
  /** Our requests that waited for it. */
  waits: number
}

export class OtherMaster {
  readonly health: OtherMasterHealth = { requests: 0, unit: 0, address: 0, waits: 0 }
  /** Until when the line is left to it; in the past if no exchange of its is under way. */
  until = -FOREVER as MonotonicMs
  readonly #timing: LineTiming
  readonly #late: LateReplies
  #code = 0
  #count = 0
  #heardAt = -FOREVER as MonotonicMs
  /** Requests in a row, as the last one, whose replies have not passed: until then the line is left to it. */
  #open = 0

  constructor(timing: LineTiming, late: LateReplies) {
    this.#timing = timing
    this.#late = late
  }

  get isHeard(): boolean {
    return this.health.requests > 0
  }

  /** Whether what comes now may be its reply, though nothing says so. */
  isActive(now: MonotonicMs): boolean {
    return now - this.#heardAt < RECENT_MS
  }

  /** Its request lies at `at`. */
  requests(bytes: Uint8Array, at: number, now: MonotonicMs): void {
    const { health } = this
    const isAgain =
      health.unit === bytes[at] && this.#code === bytes[at + 1] && this.#count === bytes[at + 5]
    this.#open = isAgain && now - this.#heardAt < MAX_LATE_MS ? this.#open + 1 : 1
    health.requests++
    health.unit = bytes[at]
    health.address = u16(bytes, at + 2)
    this.#code = bytes[at + 1]
    this.#count = bytes[at + 5]
    this.#heardAt = now
    this.until = later(now, this.#timing.frameMs(5 + 2 * this.#count) + REPLY_MS)
    const read = { unit: health.unit, code: this.#code, count: this.#count }
    this.#late.overheard(read, now, later(now, MAX_LATE_MS))
  }

  /** Where to look on behind what begins at `at`; `at` itself if more has to come first. */
  overhear(bytes: Uint8Array, at: number, end: number, now: MonotonicMs): number {
    if (isReadRequest(bytes, at, end)) {
      this.requests(bytes, at, now)
      return at + REQUEST_BYTES
    }
    const replyEnd = this.#replyEnd(bytes, at, end)
    if (replyEnd > end) return at
    if (replyEnd === at) return end - at < REQUEST_BYTES ? at : at + 1
    this.#replied(now)
    return replyEnd
  }

  /** Where the reply to its last request ends that begins at `at`; `at` itself if none does, `end` + 1 if it may go on. */
  #replyEnd(bytes: Uint8Array, at: number, end: number): number {
    if (this.#open === 0 || bytes[at] !== this.health.unit) return at
    if (end - at < 3) return end + 1
    const isRefused = bytes[at + 1] === this.#code + 0x80
    if (!isRefused && (bytes[at + 1] !== this.#code || bytes[at + 2] !== 2 * this.#count)) return at
    const replyEnd = at + (isRefused ? EXCEPTION_BYTES : 5 + 2 * this.#count)
    if (replyEnd > end) return replyEnd
    return crc16(bytes, at, replyEnd) === 0 ? replyEnd : at
  }

  /** A reply has passed: if it was the last one, the line is free. */
  #replied(now: MonotonicMs): void {
    this.#late.replied(this.health.unit, this.#code, this.#count)
    if (--this.#open === 0) this.until = now
  }
}

/**
 * Whether `bytes[at, end)` begins with a request to read registers. Replies have odd lengths, but of those with two registers
 * one in 256 ends with 0, and is right without it too. No frame begins with 0: there are no replies to broadcasts.
 */
export function isReadRequest(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < REQUEST_BYTES) return false
  const code = bytes[at + 1]
  if ((code !== 3 && code !== 4) || bytes[at + 4] !== 0) return false
  const count = bytes[at + 5]
  if (count === 0 || count > MAX_READ_REGISTERS || crc16(bytes, at, at + REQUEST_BYTES) !== 0)
    return false
  const isReply = bytes[at + 2] === 4 && end - at > REQUEST_BYTES && bytes[at + REQUEST_BYTES] === 0
  return !isReply
}
