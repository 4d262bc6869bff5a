/** TLS records: framing, and their protection by AES-128-GCM once the keys are agreed. No handshake here. RFC 5246, 6; RFC 5288. */
import { putU16, putU32, u16 } from '../core/bytes'
import { type Cipher, TAG_BYTES } from '../crypto/primitives'
import {
  BAD_RECORD_MAC,
  DECODE_ERROR,
  PROTOCOL_VERSION,
  RECORD_OVERFLOW,
  type Refusal,
  refuse,
} from './alerts'

export const CHANGE_CIPHER_SPEC = 20
export const ALERT = 21
export const HANDSHAKE = 22
export const APPLICATION_DATA = 23

export const VERSION = 0x0303

const HEADER_BYTES = 5
const NONCE_BYTES = 8
const MAX_FRAGMENT_BYTES = 16_384
/** What we put into one record: less than `MAX_FRAGMENT_BYTES`, to save memory on both sides. */
const MAX_SENT_FRAGMENT_BYTES = 2048
/** A buffer that grew for a large record goes back to this. */
const BUFFER_BYTES = 512
/** What may be given to `receive` at once, after all that came before has been taken: as much as Node reads at once. */
export const MAX_RECEIVED_BYTES = 65_536
/** A record every second for a century. The nonce's upper half stays zero. */
const MAX_RECORDS = 0xffff_ffff

/** A part of a handshake record, or the whole of any other. Valid until the next call. */
export interface Fragment {
  kind: 'fragment'
  type: number
  bytes: Uint8Array
}

export class Records {
  #out = new Uint8Array(BUFFER_BYTES)
  #outLength = 0
  #in = new Uint8Array(BUFFER_BYTES)
  #start = 0
  #end = 0
  /** Bytes of a plain handshake record that are still to come. */
  #left = 0
  #seal: Protection | undefined
  #open: Protection | undefined

  /** All that has been put since the last call; undefined if there is nothing. Valid until the next `put`. */
  take(): Uint8Array | undefined {
    if (this.#outLength === 0) return undefined
    const bytes = this.#out.subarray(0, this.#outLength)
    this.#outLength = 0
    if (this.#out.length > BUFFER_BYTES) this.#out = new Uint8Array(BUFFER_BYTES)
    return bytes
  }

  put(type: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_SENT_FRAGMENT_BYTES) {
      this.#putOne(type, bytes.subarray(at, at + MAX_SENT_FRAGMENT_BYTES))
    }
  }

  /** All records from here on are sealed. `salt` is the nonce's secret half. */
  sealWith(cipher: Cipher, salt: Uint8Array): void {
    this.#seal = new Protection(cipher, salt)
  }

  /** All records from here on must be sealed. */
  openWith(cipher: Cipher, salt: Uint8Array): void {
    this.#open = new Protection(cipher, salt)
  }

  receive(bytes: Uint8Array): void {
    const held = this.#end - this.#start
    const needed = held + bytes.length
    if (held === 0 && this.#in.length > BUFFER_BYTES && needed <= BUFFER_BYTES) {
      this.#in = new Uint8Array(BUFFER_BYTES)
    }
    if (needed > this.#in.length) {
      if (needed > MAX_FRAGMENT_BYTES + MAX_RECEIVED_BYTES)
        throw new Error('take before you receive')
      const larger = new Uint8Array(needed)
      larger.set(this.#in.subarray(this.#start, this.#end))
      this.#in = larger
    } else if (this.#start > 0) this.#in.copyWithin(0, this.#start, this.#end)
    this.#in.set(bytes, held)
    this.#start = 0
    this.#end = needed
  }

  /** The next fragment; why the stream is broken; or undefined until more arrives. */
  next(): Fragment | Refusal | undefined {
    const held = this.#end - this.#start
    if (this.#left > 0)
      return held > 0 ? this.#take(HANDSHAKE, Math.min(held, this.#left)) : undefined
    if (held < HEADER_BYTES) return undefined
    const header = this.#in.subarray(this.#start, this.#start + HEADER_BYTES)
    const length = u16(header, 3)
    const refusal = this.#refuseHeader(header, length)
    if (refusal) return refusal
    if (!this.#open && header[0] === HANDSHAKE) {
      // Plain handshake records are passed on in parts, so that a long certificate list is held once, not twice.
      this.#start += HEADER_BYTES
      this.#left = length
      return this.next()
    }
    if (held < HEADER_BYTES + length) {
      this.#reserve(HEADER_BYTES + length)
      return undefined
    }
    this.#start += HEADER_BYTES + length
    const record = this.#in.subarray(this.#start - length, this.#start)
    if (!this.#open) return { kind: 'fragment', type: header[0], bytes: record }
    const bytes = this.#open.open(header[0], record)
    if (!bytes) return refuse('a record was altered on its way', BAD_RECORD_MAC)
    return { kind: 'fragment', type: header[0], bytes }
  }

  #refuseHeader(header: Uint8Array, length: number): Refusal | undefined {
    const type = header[0]
    if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA || header[1] !== VERSION >> 8) {
      return refuse('this is not TLS', DECODE_ERROR)
    }
    const isPlain = this.#open === undefined
    // A server may send an alert before it has agreed to a version.
    if (u16(header, 1) !== VERSION && (!isPlain || type !== ALERT)) {
      return refuse(
        `the server speaks ${versionInWords(u16(header, 1))}, not TLS 1.2`,
        PROTOCOL_VERSION,
      )
    }
    const overhead = isPlain ? 0 : NONCE_BYTES + TAG_BYTES
    // Before encryption, alerts and ChangeCipherSpec have at most two bytes, and there is no data.
    const max = isPlain && type !== HANDSHAKE ? 2 : MAX_FRAGMENT_BYTES + overhead
    if (length > max) return refuse(`a record of ${length} bytes`, RECORD_OVERFLOW)
    if (length < overhead || (length === overhead && type !== APPLICATION_DATA)) {
      return refuse('an empty record', DECODE_ERROR)
    }
    return undefined
  }

  #take(type: number, length: number): Fragment {
    this.#left -= length
    this.#start += length
    return { kind: 'fragment', type, bytes: this.#in.subarray(this.#start - length, this.#start) }
  }

  #reserve(length: number): void {
    if (length <= this.#in.length) return
    const larger = new Uint8Array(length)
    larger.set(this.#in.subarray(this.#start, this.#end))
    this.#in = larger
    this.#end -= this.#start
    this.#start = 0
  }

  #putOne(type: number, fragment: Uint8Array): void {
    const overhead = this.#seal ? NONCE_BYTES + TAG_BYTES : 0
    const length = overhead + fragment.length
    const at = this.#outLength
    const end = at + HEADER_BYTES + length
    if (end > this.#out.length) {
      const larger = new Uint8Array(end)
      larger.set(this.#out.subarray(0, at))
      this.#out = larger
    }
    const out = this.#out
    out[at] = type
    putU16(out, at + 1, VERSION)
    putU16(out, at + 3, length)
    const start = at + HEADER_BYTES + (this.#seal ? NONCE_BYTES : 0)
    out.set(fragment, start)
    this.#seal?.seal(type, out.subarray(at + HEADER_BYTES, end))
    this.#outLength = end
  }
}

export function versionInWords(version: number): string {
  const minor = version & 0xff
  return minor >= 1 && minor <= 4 ? `TLS 1.${minor - 1}` : `version ${version.toString(16)}`
}

/** One direction's keys and count. */
class Protection {
  readonly #cipher: Cipher
  /** The salt, then the explicit half: on our side, the count. RFC 5288, 3. */
  readonly #nonce = new Uint8Array(12)
  /** count, type, version, length: RFC 5246, 6.2.3.3. */
  readonly #header = new Uint8Array(13)
  #count = 0

  constructor(cipher: Cipher, salt: Uint8Array) {
    this.#cipher = cipher
    this.#nonce.set(salt)
    putU16(this.#header, 9, VERSION)
  }

  /** `record` is the explicit nonce's place, the plain bytes and the tag's place. */
  seal(type: number, record: Uint8Array): void {
    const end = record.length - TAG_BYTES
    putU32(record, 0, 0)
    putU32(record, 4, this.#count)
    this.#prepare(type, record)
    this.#cipher.seal(this.#nonce, this.#header, record, NONCE_BYTES, end)
  }

  open(type: number, record: Uint8Array): Uint8Array | undefined {
    const end = record.length - TAG_BYTES
    this.#prepare(type, record)
    const isWhole = this.#cipher.open(this.#nonce, this.#header, record, NONCE_BYTES, end)
    return isWhole ? record.subarray(NONCE_BYTES, end) : undefined
  }

  #prepare(type: number, record: Uint8Array): void {
    if (this.#count === MAX_RECORDS) throw new Error('no nonce is left')
    const header = this.#header
    putU32(header, 4, this.#count++)
    header[8] = type
    putU16(header, 11, record.length - NONCE_BYTES - TAG_BYTES)
    for (let i = 0; i < NONCE_BYTES; i++) this.#nonce[4 + i] = record[i]
  }
}
