/**
 * The secure channel's frames over Bluetooth LE: one GATT service, to which tool and page write requests and from which they
 * read answers. Values of characteristics <-> frames, for both ends; docs/provisioning.md, "The radio".
 */
import { fail } from '../core/assert'
import { putU16, u16 } from '../core/bytes'
import type { GattService } from '../ports/radio'
import { MAX_FRAME_BYTES } from './frames'

/** Of our own, drawn at random: nobody else's service has them. */
export const GATT_SERVICE: GattService = Object.freeze({
  service: '9e1e0001-bac3-4c84-8489-6f2595ef8d5b',
  /** Written, with or without a response. */
  requests: '9e1e0002-bac3-4c84-8489-6f2595ef8d5b',
  /** Read. */
  answers: '9e1e0003-bac3-4c84-8489-6f2595ef8d5b',
})

/** What we ask for. */
export const WANTED_MTU = 256
/** Bytes of an MTU that a write needs for itself; a read needs fewer. */
export const MTU_OVERHEAD_BYTES = 3
/** Of a value in either direction. More is a peer that does not know this protocol. */
export const MAX_VALUE_BYTES = WANTED_MTU - MTU_OVERHEAD_BYTES

/** Number of the exchange; how many bytes of the frame are still to come, those of this value included. */
export const GATT_HEAD_BYTES = 3

/**
 * How large values may be with that MTU, so that each goes in one piece. Larger ones up to MAX_VALUE_BYTES go as well, in
 * several, if the peer's system does that by itself.
 */
export function valueBytes(mtu: number): number {
  return Math.min(mtu, WANTED_MTU) - MTU_OVERHEAD_BYTES
}

export type GattItem =
  /** The value completed this frame. */
  | { kind: 'frame'; bytes: Uint8Array }
  /** The next value, which completed none. */
  | { kind: 'more' }
  /** The one that was taken last, once more. */
  | { kind: 'repeated' }
  /** It does not follow from the ones before; nothing that comes after it can be understood. */
  | { kind: 'wrong'; why: 'length' | 'number' | 'order' }

/** One direction of one connection. */
export class GattReader {
  #number: number | undefined
  #frame: Uint8Array | undefined
  #left = 0

  /** `value` need not outlive the call. */
  take(value: Uint8Array): GattItem {
    const { length } = value
    if (length < GATT_HEAD_BYTES || length > MAX_VALUE_BYTES)
      return { kind: 'wrong', why: 'length' }
    const [number] = value
    if (number === this.#number) return { kind: 'repeated' }
    if (this.#number !== undefined && number !== nextNumber(this.#number))
      return { kind: 'wrong', why: 'number' }
    const left = u16(value, 1)
    const bytes = length - GATT_HEAD_BYTES
    if (left > MAX_FRAME_BYTES || bytes > left || (bytes === 0 && left > 0))
      return { kind: 'wrong', why: 'length' }
    if (this.#frame && left !== this.#left) return { kind: 'wrong', why: 'order' }
    this.#number = number
    if (left === 0) return { kind: 'more' }
    this.#frame ??= new Uint8Array(left)
    const frame = this.#frame
    frame.set(value.subarray(GATT_HEAD_BYTES), frame.length - left)
    this.#left = left - bytes
    if (this.#left > 0) return { kind: 'more' }
    this.#frame = undefined
    return { kind: 'frame', bytes: frame }
  }
}

/** The other direction: frames in pieces, one for each exchange. */
export class GattWriter {
  #frame: Uint8Array | undefined
  #from = 0

  /** Whether a frame is still to be sent, or a part of it. */
  get isBusy(): boolean {
    return this.#frame !== undefined
  }

  /** At most one at a time. It must stay as it is until it is sent. */
  begin(frame: Uint8Array): void {
    if (this.#frame || frame.length === 0 || frame.length > MAX_FRAME_BYTES)
      fail('not one frame at a time')
    this.#frame = frame
    this.#from = 0
  }

  /** The value of an exchange, with what fits into `maxBytes` of the frame, if there is one. */
  next(number: number, maxBytes: number): Uint8Array {
    const frame = this.#frame
    const left = frame ? frame.length - this.#from : 0
    const bytes = Math.min(left, Math.min(maxBytes, MAX_VALUE_BYTES) - GATT_HEAD_BYTES)
    const value = new Uint8Array(GATT_HEAD_BYTES + bytes)
    value[0] = number
    putU16(value, 1, left)
    if (!frame) return value
    value.set(frame.subarray(this.#from, this.#from + bytes), GATT_HEAD_BYTES)
    this.#from += bytes
    if (bytes === left) this.#frame = undefined
    return value
  }
}

export function nextNumber(number: number): number {
  return (number + 1) & 0xff
}

/** By which a person who has the label tells one dongle from the next. */
export function radioName(serial: string): string {
  return `Wattbeat ${serial.slice(-6)}`
}
