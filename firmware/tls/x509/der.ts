/**
 * DER, read strictly: definite lengths in their shortest form, low tag numbers, nothing left over. X.690, 8 and 10.
 * After the first fault every read is empty, so that a decoder checks `broken` once, at its end.
 */

export const BOOLEAN = 0x01
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const NULL = 0x05
export const OBJECT_ID = 0x06
export const UTC_TIME = 0x17
export const GENERALIZED_TIME = 0x18
export const SEQUENCE = 0x30
export const SET = 0x31

const NOTHING = new Uint8Array(0)

export class Der {
  readonly bytes: Uint8Array
  at: number
  end: number
  #broken = false

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get broken(): boolean {
    return this.#broken
  }

  get more(): boolean {
    return this.at < this.end
  }

  /** The tag that comes next, 0 at the end. */
  get tag(): number {
    return this.at < this.end ? this.bytes[this.at] : 0
  }

  /** Goes into the next element, which must have this tag; answers what `leave` needs to come out of it. */
  enter(tag: number): number {
    const length = this.#header(tag)
    const outer = this.end
    this.end = this.at + length
    return outer
  }

  leave(outer: number): void {
    if (this.at !== this.end) this.fail()
    this.end = outer
    if (this.#broken) this.at = outer
  }

  /** The content of the next element, which must have this tag. */
  take(tag: number): Uint8Array {
    const length = this.#header(tag)
    if (length === 0) return NOTHING
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** Passes over the next element of any tag. */
  skip(): void {
    this.at += this.#header(this.tag)
  }

  fail(): void {
    this.#broken = true
    this.at = this.end
  }

  #header(tag: number): number {
    const { bytes, end } = this
    let at = this.at
    if (end - at < 2 || bytes[at] !== tag || (tag & 0x1f) === 0x1f) return this.#refuse()
    let length = bytes[at + 1]
    at += 2
    if (length > 0x80) {
      // Two length bytes reach 64 KB, more than any certificate that we take.
      const size = length - 0x80
      if (size > 2 || end - at < size) return this.#refuse()
      length = size === 1 ? bytes[at] : (bytes[at] << 8) | bytes[at + 1]
      if (length < (size === 1 ? 0x80 : 0x100)) return this.#refuse()
      at += size
    } else if (length === 0x80) return this.#refuse()
    if (length > end - at) return this.#refuse()
    this.at = at
    return length
  }

  #refuse(): number {
    this.fail()
    return 0
  }
}

/** An object identifier's content as dotted text, for messages. */
export function dotted(oid: Uint8Array): string {
  let text = ''
  let arc = 0
  for (let i = 0; i < oid.length && i < 32; i++) {
    arc = arc * 128 + (oid[i] & 0x7f)
    if (oid[i] & 0x80) continue
    if (text === '') {
      const first = arc < 80 ? Math.floor(arc / 40) : 2
      text = `${first}.${arc - 40 * first}`
    } else text += `.${arc}`
    arc = 0
  }
  return text
}
