/** Handshake messages out of record fragments: a message may be split over many, a fragment may hold several. RFC 5246, 6.2.1. */
import { MESSAGE_HEADER_BYTES, u24 } from './messages'

export class Assembly {
  /** As long as the header, then as the message. */
  #bytes: Uint8Array = new Uint8Array(MESSAGE_HEADER_BYTES)
  #length = 0

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Takes the bytes that belong to the message in the making; how many they were. */
  take(fragment: Uint8Array): number {
    const some = fragment.subarray(0, this.#bytes.length - this.#length)
    this.#bytes.set(some, this.#length)
    this.#length += some.length
    return some.length
  }

  /** What the message will be, when its header has just come: before there is memory for its body. */
  get header(): { type: number; length: number } | undefined {
    if (this.#length < MESSAGE_HEADER_BYTES || this.#bytes.length > MESSAGE_HEADER_BYTES)
      return undefined
    return { type: this.#bytes[0], length: u24(this.#bytes, 1) }
  }

  /** The message with its header, if all of it has come; the next begins. */
  message(): Uint8Array | undefined {
    if (this.#length < MESSAGE_HEADER_BYTES) return undefined
    const whole = MESSAGE_HEADER_BYTES + u24(this.#bytes, 1)
    const bytes = this.#bytes
    if (this.#length === whole) {
      this.#bytes = new Uint8Array(MESSAGE_HEADER_BYTES)
      this.#length = 0
      return bytes
    }
    if (bytes.length < whole) {
      this.#bytes = new Uint8Array(whole)
      this.#bytes.set(bytes)
    }
    return undefined
  }
}
