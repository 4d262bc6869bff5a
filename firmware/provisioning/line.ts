/**
 * One serial line that carries text (the log), Improv packets, and frames of the secure channel as lines of base64. Each
 * kind is found again by itself after whatever was damaged, cut or mixed in: a text by the end of its line, a packet by
 * its header and sum, a frame by its CRC. Bytes <-> values for both ends; docs/provisioning.md, "The line".
 */
import { fail } from '../core/assert'
import { putBase64, putU16, putU32, takeBase64, u16, u32 } from '../core/bytes'
import { crc32 } from '../core/sealed'
import type { MonotonicMs } from '../core/time'
import { MAX_FRAME_BYTES } from './frames'
import { type ImprovPacket, MAX_PACKET_BYTES, packetLength, readPacket } from './improv'

const LF = 0x0a
const CR = 0x0d
const I = 0x49
const M = 0x4d
/** "WB1:", as one number. */
const MARK = 0x5742313a
const MARK_BYTES = 4

/** Of a line of text, as dongle/console.ts makes them in UTF-8, or of a frame. The rest of a longer one is lost. */
export const MAX_LINE_BYTES = 600
/** Number of the frame, number of the fragment, length of the whole frame. */
const HEAD_BYTES = 4
const CRC_BYTES = 4
/** With head and CRC as many bytes as base64 takes without padding. */
const MAX_FRAGMENT_BYTES = 184
/** What was begun so long ago and not ended is no packet: at 115,200 baud the longest takes 23 ms. */
const MAX_GAP_MS = 100

export type LineItem =
  /** A line without its end, not empty, as it came. */
  | { kind: 'text'; bytes: Uint8Array }
  /** Undefined if its sum is wrong. */
  | { kind: 'improv'; packet: ImprovPacket | undefined }
  | { kind: 'frame'; bytes: Uint8Array }

export class LineReader {
  readonly #keepsText: boolean
  /** What may be an Improv packet, from its first byte on. */
  readonly #held = new Uint8Array(MAX_PACKET_BYTES)
  #heldBytes = 0
  #heldAt = 0 as MonotonicMs
  /** The line so far: bytes that are no packet's. */
  readonly #line = new Uint8Array(MAX_LINE_BYTES)
  #lineBytes = 0
  #items: LineItem[] = []
  /** A frame of which fragments have come, and how many bytes of it. */
  #frame: Uint8Array | undefined
  #number = 0
  #frameBytes = 0

  /** `keepsText`: whether the lines of text matter. */
  constructor(keepsText = true) {
    this.#keepsText = keepsText
  }

  /** What `bytes` complete. They need not outlive the call. */
  take(bytes: Uint8Array, now: MonotonicMs): readonly LineItem[] {
    if (this.#heldBytes > 0 && now - this.#heldAt > MAX_GAP_MS) this.#scan(true)
    this.#heldAt = now
    const { length } = bytes
    for (let at = 0; at < length; ) {
      const from = at
      // Base64 has many an I, and an M is rarely behind it.
      if (this.#heldBytes === 0)
        while (at < length && (bytes[at] !== I || (at + 1 < length && bytes[at + 1] !== M))) at++
      if (at > from) this.#toLine(bytes, from, at)
      else {
        this.#held[this.#heldBytes++] = bytes[at++]
        this.#scan(false)
      }
    }
    const items = this.#items
    if (items.length > 0) this.#items = []
    return items
  }

  /** Takes packets out of what is held. `isOver`: none that is incomplete will be completed. */
  #scan(isOver: boolean): void {
    const held = this.#held
    while (this.#heldBytes > 0) {
      const length = packetLength(held, this.#heldBytes)
      if (length === undefined || length > this.#heldBytes) {
        if (!isOver) return
      } else if (length > 0) {
        const packet = readPacket(held, length)
        this.#items.push({ kind: 'improv', packet })
        if (packet) {
          this.#drop(length)
          continue
        }
      }
      // No packet begins here, but one may behind.
      let next = 1
      while (next < this.#heldBytes && held[next] !== I) next++
      this.#toLine(held, 0, next)
      this.#drop(next)
    }
  }

  #drop(count: number): void {
    this.#held.copyWithin(0, count, this.#heldBytes)
    this.#heldBytes -= count
  }

  /** What is in `bytes[from, to)` and no packet. */
  #toLine(bytes: Uint8Array, from: number, to: number): void {
    const line = this.#line
    let end = this.#lineBytes
    for (let at = from; at < to; at++) {
      const byte = bytes[at]
      if (byte === LF || byte === CR) {
        if (end > 0) this.#endLine(line.subarray(0, end))
        end = 0
      } else if (end < MAX_LINE_BYTES) line[end++] = byte
    }
    this.#lineBytes = end
  }

  #endLine(line: Uint8Array): void {
    if (u32(line, 0) === MARK) {
      const fragment = takeBase64(line, MARK_BYTES, line.length)
      if (fragment) this.#assemble(fragment)
    } else if (this.#keepsText) this.#items.push({ kind: 'text', bytes: line.slice() })
  }

  /** Fragments come in their order: one that is missing costs the frame. */
  #assemble(fragment: Uint8Array): void {
    const end = fragment.length - CRC_BYTES
    if (end < HEAD_BYTES || u32(fragment, end) !== crc32(fragment, end)) return
    const from = fragment[1] * MAX_FRAGMENT_BYTES
    const length = u16(fragment, 2)
    if (from === 0) {
      this.#number = fragment[0]
      this.#frameBytes = 0
      this.#frame = length > MAX_FRAME_BYTES ? undefined : new Uint8Array(length)
    }
    const frame = this.#frame
    const isNext = fragment[0] === this.#number && from === this.#frameBytes
    const to = from + end - HEAD_BYTES
    if (!frame || !isNext || frame.length !== length || to !== fragmentEnd(from, length)) {
      this.#frame = undefined
      return
    }
    frame.set(fragment.subarray(HEAD_BYTES, end), from)
    this.#frameBytes = to
    if (to < length) return
    this.#frame = undefined
    this.#items.push({ kind: 'frame', bytes: frame })
  }
}

/** Into how many lines a frame of so many bytes goes. */
export function fragmentCount(length: number): number {
  return Math.max(1, Math.ceil(length / MAX_FRAGMENT_BYTES))
}

/**
 * The line with the fragment `index` of a frame, its ends before and behind it: a line may have been begun. `number` tells
 * the frame from the one before, modulo 256.
 */
export function encodeFragment(frame: Uint8Array, number: number, index: number): Uint8Array {
  const { length } = frame
  if (length > MAX_FRAME_BYTES) fail('a frame is longer than the line takes')
  const from = index * MAX_FRAGMENT_BYTES
  const bytes = frame.subarray(from, fragmentEnd(from, length))
  const end = HEAD_BYTES + bytes.length
  const fragment = new Uint8Array(end + CRC_BYTES)
  fragment[0] = number
  fragment[1] = index
  putU16(fragment, 2, length)
  fragment.set(bytes, HEAD_BYTES)
  putU32(fragment, end, crc32(fragment, end))
  const line = new Uint8Array(2 + MARK_BYTES + 4 * Math.ceil(fragment.length / 3))
  putU32(line, 1, MARK)
  line[0] = line[putBase64(line, 1 + MARK_BYTES, fragment)] = LF
  return line
}

function fragmentEnd(from: number, length: number): number {
  return Math.min(from + MAX_FRAGMENT_BYTES, length)
}
