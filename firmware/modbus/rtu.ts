/**
 * Modbus RTU: requests -> bytes, bytes -> replies, judged by the request they must fit. No IO, clock or logging.
 * Application Protocol V1.1b3, 6; Serial Line V1.02, 2.5.1.
 */
import { putU16, u16 } from '../core/bytes'
import { crc16, seal } from './crc16'

/** MEI type of function 43 for device identification. */
const IDENTIFICATION = 14
const REFUSED = 0x80

/** The longest frame that the line knows. */
export const MAX_FRAME_BYTES = 256
export const MAX_READ_REGISTERS = 125
const EXCEPTION_LENGTH = 5
const ACKNOWLEDGE = 5
const SERVER_DEVICE_BUSY = 6

/** What to ask of a `unit`; addresses count from 0, as on the wire. */
export type Request = { unit: number } & (
  | { code: 1 | 2 | 3 | 4; address: number; count: number }
  | { code: 5; address: number; on: boolean }
  | { code: 6; address: number; value: number }
  | { code: 15; address: number; bits: readonly boolean[] }
  | { code: 16; address: number; values: readonly number[] }
  | {
      code: 23
      address: number
      count: number
      writeAddress: number
      values: readonly number[]
    }
  | { code: 43; level: 1 | 2 | 3 | 4; object: number }
)

export type Reply =
  /** Payload of a read, still in the frame: registers big-endian, bits from the lowest; valid until the next call. */
  | { kind: 'data'; bytes: Uint8Array; start: number; end: number }
  | { kind: 'written' }
  | { kind: 'identification'; objects: IdentificationObject[]; next: number | undefined }
  | { kind: 'exception'; code: number }

/** `text` in the maker's own encoding, read byte by byte. */
export interface IdentificationObject {
  id: number
  text: string
}

/** What `bytes` hold at one place: a reply, the start of what may become one, something else, a reply damaged. */
export type Decoded = Reply | 'short' | 'foreign' | 'damaged'

/** Writes the frame of `request` and returns its length. Throws where no frame can carry the request. */
export function encodeRequest(request: Request, into: Uint8Array): number {
  into[0] = request.unit
  into[1] = request.code
  switch (request.code) {
    case 1:
    case 2:
      return encodeRead(request.address, request.count, 2000, into)
    case 3:
    case 4:
      return encodeRead(request.address, request.count, MAX_READ_REGISTERS, into)
    case 5:
      putU16(into, 2, request.address)
      putU16(into, 4, request.on ? 0xff00 : 0)
      return seal(into, 6)
    case 6:
      putU16(into, 2, request.address)
      putU16(into, 4, request.value)
      return seal(into, 6)
    case 15:
      return seal(into, putBits(request.address, request.bits, into))
    case 16:
      return seal(into, putRegisters(request.address, request.values, 123, into, 2))
    case 23: {
      allow(request.count, MAX_READ_REGISTERS)
      putU16(into, 2, request.address)
      putU16(into, 4, request.count)
      return seal(into, putRegisters(request.writeAddress, request.values, 121, into, 6))
    }
    case 43:
      into[2] = IDENTIFICATION
      into[3] = request.level
      into[4] = request.object
      return seal(into, 5)
  }
}

/** How long the reply to `request` is if it is not refused; for an identification the most it can be. */
export function replyLength(request: Request): number {
  switch (request.code) {
    case 1:
    case 2:
      return 5 + ((request.count + 7) >> 3)
    case 3:
    case 4:
    case 23:
      return 5 + 2 * request.count
    case 43:
      return MAX_FRAME_BYTES
    default:
      return 8
  }
}

/**
 * Judges `bytes[start, end)` as the reply to `request`. The length comes from the request and not from the
 * reply's own count, so that a corrupt count cannot stall; only an identification tells its own.
 */
export function decodeReply(
  request: Request,
  bytes: Uint8Array,
  start: number,
  end: number,
): Decoded {
  const length = end - start
  if (length < 1) return 'short'
  if (bytes[start] !== request.unit) return 'foreign'
  if (length < 2) return 'short'
  if (bytes[start + 1] === request.code + REFUSED) return decodeException(bytes, start, length)
  if (bytes[start + 1] !== request.code) return 'foreign'
  switch (request.code) {
    case 5:
    case 6:
    case 15:
    case 16:
      return decodeWritten(request, bytes, start, length)
    case 43:
      return decodeIdentification(bytes, start, length)
    default:
      return decodeData(replyLength(request), bytes, start, length)
  }
}

export function describeException(code: number): string {
  return `exception ${code} (${EXCEPTIONS[code] ?? 'unknown'})`
}

/** Whether the device works on this request, or on something else. */
export function isBusy(exception: number): boolean {
  return exception === ACKNOWLEDGE || exception === SERVER_DEVICE_BUSY
}

const EXCEPTIONS: { readonly [code: number]: string } = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge',
  6: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
}

function encodeRead(address: number, count: number, most: number, into: Uint8Array): number {
  allow(count, most)
  putU16(into, 2, address)
  putU16(into, 4, count)
  return seal(into, 6)
}

function putBits(address: number, bits: readonly boolean[], into: Uint8Array): number {
  allow(bits.length, 1968)
  putU16(into, 2, address)
  putU16(into, 4, bits.length)
  const size = (bits.length + 7) >> 3
  into[6] = size
  into.fill(0, 7, 7 + size)
  for (let i = 0; i < bits.length; i++) if (bits[i]) into[7 + (i >> 3)] |= 1 << (i & 7)
  return 7 + size
}

function putRegisters(
  address: number,
  values: readonly number[],
  most: number,
  into: Uint8Array,
  at: number,
): number {
  allow(values.length, most)
  putU16(into, at, address)
  putU16(into, at + 2, values.length)
  into[at + 4] = 2 * values.length
  for (let i = 0; i < values.length; i++) putU16(into, at + 5 + 2 * i, values[i])
  return at + 5 + 2 * values.length
}

function allow(count: number, most: number): void {
  if (!(count >= 1 && count <= most)) throw new RangeError(`${count} of at most ${most}`)
}

function decodeException(bytes: Uint8Array, start: number, length: number): Decoded {
  if (length < EXCEPTION_LENGTH) return 'short'
  if (crc16(bytes, start, start + EXCEPTION_LENGTH) !== 0) return 'foreign'
  return { kind: 'exception', code: bytes[start + 2] }
}

function decodeData(expected: number, bytes: Uint8Array, start: number, length: number): Decoded {
  if (length < 3) return 'short'
  if (bytes[start + 2] !== expected - 5) return 'foreign'
  if (length < expected) return 'short'
  if (crc16(bytes, start, start + expected) !== 0) return 'damaged'
  return { kind: 'data', bytes, start: start + 3, end: start + expected - 2 }
}

function decodeWritten(
  request: Request & { code: 5 | 6 | 15 | 16 },
  bytes: Uint8Array,
  start: number,
  length: number,
): Decoded {
  if (length < 8) return 'short'
  if (u16(bytes, start + 2) !== request.address) return 'foreign'
  if (u16(bytes, start + 4) !== confirmation(request)) return 'foreign'
  return crc16(bytes, start, start + 8) === 0 ? { kind: 'written' } : 'damaged'
}

/** What the device repeats of a write behind its address: the value, or how many were written. */
function confirmation(request: Request & { code: 5 | 6 | 15 | 16 }): number {
  switch (request.code) {
    case 5:
      return request.on ? 0xff00 : 0
    case 6:
      return request.value & 0xffff
    case 15:
      return request.bits.length
    case 16:
      return request.values.length
  }
}

/** Application Protocol V1.1b3, 6.21: unit, 43, 14, level, conformity, more, next, count, (id, length, text)*. */
function decodeIdentification(bytes: Uint8Array, start: number, length: number): Decoded {
  if (length < 3) return 'short'
  if (bytes[start + 2] !== IDENTIFICATION) return 'foreign'
  if (length < 8) return 'short'
  const objects: IdentificationObject[] = []
  let at = start + 8
  for (let left = bytes[start + 7]; left > 0; left--) {
    if (at + 2 - start > MAX_FRAME_BYTES - 2) return 'foreign'
    if (at + 2 > start + length) return 'short'
    const textEnd = at + 2 + bytes[at + 1]
    if (textEnd - start > MAX_FRAME_BYTES - 2) return 'foreign'
    if (textEnd > start + length) return 'short'
    objects.push({ id: bytes[at], text: latin1(bytes, at + 2, textEnd) })
    at = textEnd
  }
  if (at + 2 > start + length) return 'short'
  if (crc16(bytes, start, at + 2) !== 0) return 'foreign'
  return {
    kind: 'identification',
    objects,
    next: bytes[start + 5] === 0xff ? bytes[start + 6] : undefined,
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at])
  return text
}
