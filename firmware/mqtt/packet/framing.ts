/**
 * A stream of bytes -> one packet at a time: in place if a packet came whole, else through one bounded buffer.
 * MQTT 5.0, 2.1.4. A packet above the size that the server was told is refused before any of it is kept.
 */
import { MALFORMED_PACKET, PACKET_TOO_LARGE } from './codes'
import { firstByteFault, type Packet, readPacket } from './packet'
import { Reader } from './reader'
import { type Illegal, illegal } from './reason'

const EMPTY = new Uint8Array(0)
const MAX_HEADER_BYTES = 5
const INITIAL_BUFFER_BYTES = 128
const MAX_KEPT_BYTES = 1024

export class Framing {
  /** How many bytes of the last chunk given to `next` have been used. */
  used = 0
  readonly #maxPacketBytes: number
  readonly #reader = new Reader()
  /** The start of a packet whose end has not come yet. */
  #held: Uint8Array = EMPTY
  #heldLength = 0

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes
  }

  reset(): void {
    this.#heldLength = 0
    if (this.#held.length > MAX_KEPT_BYTES) this.#forget()
    this.used = 0
  }

  /** The next packet of `chunk` from `used` on; undefined if it needs more bytes, and all of them are used then. */
  next(chunk: Uint8Array): Packet | undefined {
    if (this.#heldLength > 0) return this.#continue(chunk)
    const start = this.used
    const available = chunk.length - start
    if (available === 0) return undefined
    const size = this.#measure(chunk, start, available)
    if (typeof size === 'object') return size
    if (size === 0 || size > available) {
      this.#hold(chunk, available)
      return undefined
    }
    this.used = start + size
    return this.#read(chunk, start, size)
  }

  /** Byte by byte to the end of the header, then at once to the end of the packet. */
  #continue(chunk: Uint8Array): Packet | undefined {
    while (this.used < chunk.length) {
      const size = this.#measure(this.#held, 0, this.#heldLength)
      if (typeof size === 'object') return size
      const missing = size === 0 ? 1 : size - this.#heldLength
      this.#hold(chunk, Math.min(missing, chunk.length - this.used), size)
      const whole = this.#measure(this.#held, 0, this.#heldLength)
      if (typeof whole === 'object') return whole
      if (whole !== this.#heldLength) continue
      const packet = this.#read(this.#held, 0, whole)
      this.#heldLength = 0
      // Nothing of a packet refers to its bytes, so a buffer for a long one is given back.
      if (whole > MAX_KEPT_BYTES) this.#forget()
      return packet
    }
    return undefined
  }

  /** The size of the packet that starts there; 0 while its length is not known yet. */
  #measure(bytes: Uint8Array, start: number, available: number): number | Illegal {
    const fault = firstByteFault(bytes[start])
    if (fault) return fault
    let remaining = 0
    for (let i = 1; i < MAX_HEADER_BYTES; i++) {
      if (i >= available) return 0
      const byte = bytes[start + i]
      remaining |= (byte & 0x7f) << (7 * (i - 1))
      if (byte >= 0x80) continue
      if (byte === 0 && i > 1) {
        return illegal(MALFORMED_PACKET, 'a length longer than it needs to be')
      }
      const size = 1 + i + remaining
      if (size <= this.#maxPacketBytes) return size
      return illegal(PACKET_TOO_LARGE, `a packet of ${size} bytes, above ${this.#maxPacketBytes}`)
    }
    return illegal(MALFORMED_PACKET, 'a length of more than four bytes')
  }

  #read(bytes: Uint8Array, start: number, size: number): Packet {
    let body = start + 1
    while (bytes[body] >= 0x80) body++
    this.#reader.open(bytes, body + 1, start + size)
    return readPacket(bytes[start], this.#reader)
  }

  #forget(): void {
    this.#held = EMPTY
    this.#reader.open(EMPTY, 0, 0)
  }

  #hold(chunk: Uint8Array, count: number, expected = 0): void {
    const needed = Math.max(this.#heldLength + count, expected)
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, INITIAL_BUFFER_BYTES))
      larger.set(this.#held.subarray(0, this.#heldLength))
      this.#held = larger
    }
    this.#held.set(chunk.subarray(this.used, this.used + count), this.#heldLength)
    this.#heldLength += count
    this.used += count
  }
}
