/** Reads the data types of MQTT 5.0, 1.5 from a packet that may hold anything. Never throws. */
import { readUtf8, u16, u32 } from '../../core/bytes'
import { MALFORMED_PACKET } from './codes'

const NOTHING = new Uint8Array(0)

/**
 * A cursor over one packet. The first fault is kept, and every later read answers 0 or nothing: so a decoder reads to its
 * end without a check and asks once, there, for the fault.
 */
export class Reader {
  at = 0
  end = 0
  /** The reason code for DISCONNECT of the first fault; 0 while there is none. */
  reason = 0
  why = ''
  #bytes: Uint8Array = NOTHING

  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.at = start
    this.end = end
    this.reason = 0
    this.why = ''
  }

  get left(): number {
    return this.end - this.at
  }

  fault(reason: number, why: string): void {
    if (this.reason) return
    this.reason = reason
    this.why = why
    this.at = this.end
  }

  byte(): number {
    return this.#has(1) ? this.#bytes[this.at++] : 0
  }

  u16(): number {
    if (!this.#has(2)) return 0
    this.at += 2
    return u16(this.#bytes, this.at - 2)
  }

  u32(): number {
    if (!this.#has(4)) return 0
    this.at += 4
    return u32(this.#bytes, this.at - 4)
  }

  /** Variable Byte Integer (1.5.5): at most four bytes, and never more than the value needs. */
  variable(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (byte === 0 && shift > 0)
          this.fault(MALFORMED_PACKET, 'a length longer than it needs to be')
        return this.reason ? 0 : value
      }
    }
    this.fault(MALFORMED_PACKET, 'a length of more than four bytes')
    return 0
  }

  /** UTF-8 Encoded String (1.5.4): well-formed, and without U+0000. */
  text(): string {
    const start = this.#counted()
    const text = readUtf8(this.#bytes, start, this.at)
    if (text !== undefined && !text.includes('\0')) return text
    this.fault(MALFORMED_PACKET, 'text that is not well-formed UTF-8')
    return ''
  }

  /** Binary Data (1.5.6), copied: the packet's bytes are overwritten by the next. */
  binary(): Uint8Array {
    const start = this.#counted()
    return this.#bytes.slice(start, this.at)
  }

  /** All that is left, copied. */
  rest(): Uint8Array {
    const start = this.at
    this.at = this.end
    return this.#bytes.slice(start, this.end)
  }

  /** Steps over a two-byte length and as many bytes; answers where those start. */
  #counted(): number {
    const length = this.u16()
    if (!this.#has(length)) return this.at
    this.at += length
    return this.at - length
  }

  #has(count: number): boolean {
    if (this.reason) return false
    if (this.at + count <= this.end) return true
    this.fault(MALFORMED_PACKET, 'a packet shorter than its fields')
    return false
  }
}
