/**
 * Modbus RTU: requests -> bytes, bytes -> the replies that fit a request. No IO, clock or logging.
 * Application Protocol V1.1b3, 6; Serial Line V1.02, 2.5.1 (docs/modbus.md has their addresses).
 */
import { putU16, u16 } from '../core/bytes'
import {
  READ_COILS,
  READ_DEVICE_IDENTIFICATION,
  READ_DISCRETE_INPUTS,
  READ_HOLDING_REGISTERS,
  READ_INPUT_REGISTERS,
  READ_WRITE_MULTIPLE_REGISTERS,
  WRITE_MULTIPLE_COILS,
  WRITE_MULTIPLE_REGISTERS,
  WRITE_SINGLE_COIL,
  WRITE_SINGLE_REGISTER,
} from './codes'
import { crc16, seal } from './crc16'

/** The MEI type of function 43 that reads an identification. */
const MEI_IDENTIFICATION = 14
/** Added to the function code of a request that is refused. */
const EXCEPTION = 0x80
const COIL_ON = 0xff00
const MORE_FOLLOWS = 0xff

export const MAX_FRAME_BYTES = 256
const MAX_READ_BITS = 2000
const MAX_WRITE_BITS = 1968
const MAX_WRITE_REGISTERS = 123
const MAX_READ_WRITE_REGISTERS = 121
export const MAX_READ_REGISTERS = 125
const EXCEPTION_LENGTH = 5

/** What to ask of a `unit`; addresses count from 0, as on the wire. */
export type Request = { unit: number } & (
  | { code: ReadCode; address: number; count: number }
  | { code: typeof WRITE_SINGLE_COIL; address: number; on: boolean }
  | { code: typeof WRITE_SINGLE_REGISTER; address: number; value: number }
  | { code: typeof WRITE_MULTIPLE_COILS; address: number; bits: readonly boolean[] }
  | { code: typeof WRITE_MULTIPLE_REGISTERS; address: number; values: readonly number[] }
  | {
      code: typeof READ_WRITE_MULTIPLE_REGISTERS
      address: number
      count: number
      writeAddress: number
      values: readonly number[]
    }
  | { code: typeof READ_DEVICE_IDENTIFICATION; level: 1 | 2 | 3 | 4; object: number }
)

type ReadCode =
  | typeof READ_COILS
  | typeof READ_DISCRETE_INPUTS
  | typeof READ_HOLDING_REGISTERS
  | typeof READ_INPUT_REGISTERS

type Write = Request & {
  code:
    | typeof WRITE_SINGLE_COIL
    | typeof WRITE_SINGLE_REGISTER
    | typeof WRITE_MULTIPLE_COILS
    | typeof WRITE_MULTIPLE_REGISTERS
}

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

/** A reply; the start of what may become one; something else; a reply whose checksum is wrong. */
export type Decoded = Reply | 'short' | 'foreign' | 'damaged'

/** Writes the frame of `request` and returns its length. Throws if no frame can carry the request. */
export function encodeRequest(request: Request, into: Uint8Array): number {
  into[0] = request.unit
  into[1] = request.code
  switch (request.code) {
    case READ_HOLDING_REGISTERS:
    case READ_INPUT_REGISTERS:
      return encodeRead(request.address, request.count, MAX_READ_REGISTERS, into)
    case READ_COILS:
    case READ_DISCRETE_INPUTS:
      return encodeRead(request.address, request.count, MAX_READ_BITS, into)
    case WRITE_SINGLE_COIL:
      putU16(into, 2, request.address)
      putU16(into, 4, request.on ? COIL_ON : 0)
      return seal(into, 6)
    case WRITE_SINGLE_REGISTER:
      putU16(into, 2, request.address)
      putU16(into, 4, request.value)
      return seal(into, 6)
    case WRITE_MULTIPLE_COILS:
      return seal(into, putBits(request.address, request.bits, into))
    case WRITE_MULTIPLE_REGISTERS:
      return seal(into, putRegisters(request.address, request.values, MAX_WRITE_REGISTERS, into, 2))
    case READ_WRITE_MULTIPLE_REGISTERS: {
      checkCount(request.count, MAX_READ_REGISTERS)
      putU16(into, 2, request.address)
      putU16(into, 4, request.count)
      const { writeAddress, values } = request
      return seal(into, putRegisters(writeAddress, values, MAX_READ_WRITE_REGISTERS, into, 6))
    }
    case READ_DEVICE_IDENTIFICATION:
      into[2] = MEI_IDENTIFICATION
      into[3] = request.level
      into[4] = request.object
      return seal(into, 5)
  }
}

/** The length of the reply to `request` if it is not refused; of an identification the greatest. */
export function replyLength(request: Request): number {
  switch (request.code) {
    case READ_HOLDING_REGISTERS:
    case READ_INPUT_REGISTERS:
    case READ_WRITE_MULTIPLE_REGISTERS:
      return 5 + 2 * request.count
    case READ_COILS:
    case READ_DISCRETE_INPUTS:
      return 5 + ((request.count + 7) >> 3)
    case READ_DEVICE_IDENTIFICATION:
      return MAX_FRAME_BYTES
    default:
      return 8
  }
}

/**
 * Reads `bytes[start, end)` as the reply to `request`. The length comes from the request and not from the reply's own
 * count, so that a corrupt count cannot stall; only an identification says how long it is.
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
  if (bytes[start + 1] === request.code + EXCEPTION) return decodeException(bytes, start, length)
  if (bytes[start + 1] !== request.code) return 'foreign'
  switch (request.code) {
    case WRITE_SINGLE_COIL:
    case WRITE_SINGLE_REGISTER:
    case WRITE_MULTIPLE_COILS:
    case WRITE_MULTIPLE_REGISTERS:
      return decodeWritten(request, bytes, start, length)
    case READ_DEVICE_IDENTIFICATION:
      return decodeIdentification(bytes, start, length)
    default:
      return decodeData(replyLength(request), bytes, start, length)
  }
}

function encodeRead(address: number, count: number, max: number, into: Uint8Array): number {
  checkCount(count, max)
  putU16(into, 2, address)
  putU16(into, 4, count)
  return seal(into, 6)
}

function putBits(address: number, bits: readonly boolean[], into: Uint8Array): number {
  checkCount(bits.length, MAX_WRITE_BITS)
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
  max: number,
  into: Uint8Array,
  at: number,
): number {
  checkCount(values.length, max)
  putU16(into, at, address)
  putU16(into, at + 2, values.length)
  into[at + 4] = 2 * values.length
  for (let i = 0; i < values.length; i++) putU16(into, at + 5 + 2 * i, values[i])
  return at + 5 + 2 * values.length
}

function checkCount(count: number, max: number): void {
  if (!(count >= 1 && count <= max)) throw new RangeError(`${count} of at most ${max}`)
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

function decodeWritten(request: Write, bytes: Uint8Array, start: number, length: number): Decoded {
  if (length < 8) return 'short'
  if (u16(bytes, start + 2) !== request.address) return 'foreign'
  if (u16(bytes, start + 4) !== confirmation(request)) return 'foreign'
  return crc16(bytes, start, start + 8) === 0 ? { kind: 'written' } : 'damaged'
}

/** What a reply repeats of a write behind its address: the value, or how many were written. */
function confirmation(request: Write): number {
  switch (request.code) {
    case WRITE_SINGLE_COIL:
      return request.on ? COIL_ON : 0
    case WRITE_SINGLE_REGISTER:
      return request.value & 0xffff
    case WRITE_MULTIPLE_COILS:
      return request.bits.length
    case WRITE_MULTIPLE_REGISTERS:
      return request.values.length
  }
}

/** Application Protocol V1.1b3, 6.21: unit, 43, 14, level, conformity, more, next, count, (id, length, text)*. */
function decodeIdentification(bytes: Uint8Array, start: number, length: number): Decoded {
  if (length < 3) return 'short'
  if (bytes[start + 2] !== MEI_IDENTIFICATION) return 'foreign'
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
    next: bytes[start + 5] === MORE_FOLLOWS ? bytes[start + 6] : undefined,
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at])
  return text
}

/** What tells the lengths of replies to reads apart; 0 for other functions. */
export function countOf(request: Request): number {
  return 'count' in request ? request.count : 0
}

/** Only a write goes to every device. A read of unit 0 is answered by some: Seplos battery packs. */
export function isBroadcast(request: Request): boolean {
  if (request.unit !== 0) return false
  const { code } = request
  return (
    code === WRITE_SINGLE_COIL ||
    code === WRITE_SINGLE_REGISTER ||
    code === WRITE_MULTIPLE_COILS ||
    code === WRITE_MULTIPLE_REGISTERS
  )
}

/** Whether the frame of `request` begins as its reply does: a damaged echo of it then looks like a damaged reply. */
export function resemblesReply(request: Request): boolean {
  return !('count' in request) || request.address >> 8 === replyLength(request) - 5
}
