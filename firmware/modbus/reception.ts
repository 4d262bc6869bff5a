/** The bytes that a line brought and that may still be part of a frame: ours come back, a reply, another master's. */
import type { MonotonicMs } from '../core/time'
import { crc16 } from './crc16'
import { isReadRequest, type OtherMaster, REQUEST_BYTES } from './other'
import { MAX_FRAME_BYTES, type Request, replyLength } from './rtu'

/** The echo of our own frame and the longest reply. */
export const MAX_RECEIVED_BYTES = 2 * MAX_FRAME_BYTES

export class Reception {
  /** Our last request. */
  readonly frame = new Uint8Array(MAX_FRAME_BYTES)
  frameLength = 0
  readonly bytes = new Uint8Array(MAX_RECEIVED_BYTES)
  length = 0
  /** No reply begins before this place. */
  from = 0
  /** How many of them came before our request went out; negative if some that came since were dropped. */
  before = 0

  /** Copies as many as fit, and returns how many. */
  take(bytes: Uint8Array, from: number): number {
    const { length } = this
    let count = bytes.length
    if (from === 0 && length + count <= MAX_RECEIVED_BYTES) this.bytes.set(bytes, length)
    else {
      count = Math.min(count - from, MAX_RECEIVED_BYTES - length)
      this.bytes.set(bytes.subarray(from, from + count), length)
    }
    this.length += count
    return count
  }

  /** How many bytes from `start` repeat our last request. */
  echoAt(start: number): number {
    const { bytes, frame } = this
    const max = Math.min(this.frameLength, this.length - start)
    // A reply has its length where the echo has an address.
    if (max > 2 && bytes[start + 2] !== frame[2]) return 0
    let same = 0
    while (same < max && bytes[start + same] === frame[same]) same++
    return same
  }

  clear(): void {
    this.length = this.from = 0
  }

  /** Drops what cannot be part of a reply. What stays may be the start of one, and is shorter than a frame. */
  compact(): void {
    const start = Math.max(this.from, this.length - MAX_FRAME_BYTES)
    this.#dropTo(start)
    this.from = 0
    this.before -= start
  }

  /** Our request goes out: what is left may be the first piece of another master's, but of no reply to ours. */
  asked(frameLength: number): void {
    this.frameLength = frameLength
    if (this.length > 0) this.#dropTo(this.from)
    this.before = this.from = this.length
  }

  /** Notes the requests of another master in what came before `end`. `echoes`: false if the line brings no echo. */
  findRequests(
    end: number,
    echoes: boolean | undefined,
    other: OtherMaster,
    now: MonotonicMs,
  ): void {
    for (let at = 0; at + REQUEST_BYTES <= end; at++)
      if (isReadRequest(this.bytes, at, end) && !this.#isOurs(at, echoes))
        other.requests(this.bytes, at, now)
  }

  /** The unit of a whole reply that came as the one to `request`, but for its unit; -1 if there is none. */
  wrongUnit(request: Request): number {
    const { bytes } = this
    const length = replyLength(request)
    for (let at = Math.max(0, this.before); at + length <= this.length; at++) {
      const isLike = bytes[at + 1] === request.code && bytes[at + 2] === length - 5
      if (isLike && bytes[at] !== request.unit && crc16(bytes, at, at + length) === 0)
        return bytes[at]
    }
    return -1
  }

  /** Looks for another master in what comes while no reply is awaited. */
  overhear(echoes: boolean | undefined, other: OtherMaster, now: MonotonicMs): void {
    while (this.from < this.length) {
      const next = this.#isOurs(this.from, echoes)
        ? this.from + this.frameLength
        : other.overhear(this.bytes, this.from, this.length, now)
      if (next === this.from) return
      this.from = next
    }
  }

  /** A line that echoes brings our own request, perhaps late. */
  #isOurs(at: number, echoes: boolean | undefined): boolean {
    const echo = echoes === false ? 0 : this.echoAt(at)
    return echo > 0 && echo === this.frameLength
  }

  #dropTo(start: number): void {
    if (start < this.length) this.bytes.copyWithin(0, start, this.length)
    this.length -= start
  }
}
