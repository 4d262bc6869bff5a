/** Writes the data types of MQTT 5.0, 1.5: packets one after the other into one buffer, which is used again. */
import { putU16, putU32, putUtf8 } from '../../core/bytes'

/** The longest text or binary field: its length has two bytes (1.5.4, 1.5.6). */
export const MAX_FIELD_BYTES = 0xffff

/** A full segment, and the message that went beyond it. */
const MAX_KEPT_BYTES = 2048

export class Writer {
  length = 0
  #bytes: Uint8Array

  constructor(initialBytes: number) {
    this.#bytes = new Uint8Array(initialBytes)
  }

  /** The first of what was written, at most so many bytes; undefined if that is nothing. Valid until the next call. */
  take(maxBytes: number): Uint8Array | undefined {
    const { length } = this
    if (length === 0 || maxBytes <= 0) return undefined
    const bytes = this.#bytes
    if (length <= maxBytes) {
      this.clear()
      return bytes.subarray(0, length)
    }
    const taken = bytes.slice(0, maxBytes)
    bytes.copyWithin(0, maxBytes, length)
    this.length -= maxBytes
    return taken
  }

  clear(): void {
    this.length = 0
    // What a long message made it grow to is given back.
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = new Uint8Array(MAX_KEPT_BYTES)
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  u16(value: number): void {
    if (this.length + 2 > this.#bytes.length) this.#grow(2)
    putU16(this.#bytes, this.length, value)
    this.length += 2
  }

  u32(value: number): void {
    if (this.length + 4 > this.#bytes.length) this.#grow(4)
    putU32(this.#bytes, this.length, value)
    this.length += 4
  }

  variable(value: number): void {
    if (this.length + 4 > this.#bytes.length) this.#grow(4)
    this.#putVariable(value)
  }

  text(text: string): void {
    this.u16(0)
    const start = this.length
    this.utf8(text)
    putU16(this.#bytes, start - 2, this.length - start)
  }

  binary(bytes: Uint8Array): void {
    this.u16(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    const end = this.length + bytes.length
    if (end > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length = end
  }

  /** The text's bytes without a length before them. */
  utf8(text: string): void {
    const most = 3 * text.length
    if (this.length + most > this.#bytes.length) this.#grow(most)
    this.length = putUtf8(this.#bytes, this.length, text)
  }

  /** Leaves one byte for a length, enough for nearly every one; `measure` fills it in. */
  mark(): number {
    this.byte(0)
    return this.length - 1
  }

  /** Writes at `mark` how many bytes have followed it, and moves them if the length needs more room. */
  measure(mark: number): void {
    const length = this.length - mark - 1
    if (length < 0x80) {
      this.#bytes[mark] = length
      return
    }
    const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : 3
    if (this.length + extra > this.#bytes.length) this.#grow(extra)
    this.#bytes.copyWithin(mark + 1 + extra, mark + 1, this.length)
    this.length = mark
    this.#putVariable(length)
    this.length += length
  }

  #putVariable(value: number): void {
    while (value >= 0x80) {
      this.#bytes[this.length++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    this.#bytes[this.length++] = value
  }

  /** Makes room for so many bytes more. */
  #grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.length + count, 2 * this.#bytes.length))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
