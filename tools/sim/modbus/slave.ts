/**
 * The slave's side of Modbus-RTU reads: a request's bytes -> the answer's bytes, or silence.
 * https://www.modbus.org/docs/Modbus_over_serial_line_V1_02.pdf, 2.2; exception codes: Application Protocol V1.1b3, 7.
 */
import { putU16, u16 } from '../../../firmware/core/bytes'
import { crc16, seal } from '../../../firmware/modbus/crc16'

export const READ_HOLDING = 3
export const READ_INPUT = 4
export const ILLEGAL_FUNCTION = 1
export const ILLEGAL_ADDRESS = 2
export const ILLEGAL_VALUE = 3
const DEVICE_FAILURE = 4
const MAX_REGISTERS = 125

/** `count` register values from `start`, the code of the exception that the device answers instead, or no answer. */
export type ReadRegisters = (
  functionCode: number,
  start: number,
  count: number,
) => number[] | number | undefined

/** What a meter may do wrong: it is dead, or answers as another unit, damaged, or with an exception. */
export type MeterFault = 'dead' | 'wrong unit' | 'bad crc' | 'exception'

interface Slave {
  unit: number
  read: ReadRegisters
  fault?: MeterFault
}

/** What `slave` says to a frame on its line; undefined is silence, as for other units, broadcasts and noise. */
export function answerRead(slave: Slave, request: Uint8Array): Uint8Array | undefined {
  const heard = request.length >= 4 && request[0] === slave.unit && slave.unit !== 0
  if (!heard || slave.fault === 'dead' || !intact(request)) return undefined
  const functionCode = request[1]
  const result = slave.fault === 'exception' ? DEVICE_FAILURE : perform(slave, request)
  if (result === undefined) return undefined
  const unit = slave.fault === 'wrong unit' ? slave.unit + 1 : slave.unit
  const bytes =
    typeof result === 'number'
      ? exception(unit, functionCode, result)
      : registers(unit, functionCode, result)
  if (slave.fault === 'bad crc') bytes[bytes.length - 1] ^= 0x55
  return bytes
}

function perform(slave: Slave, request: Uint8Array): ReturnType<ReadRegisters> {
  const functionCode = request[1]
  if (functionCode !== READ_HOLDING && functionCode !== READ_INPUT) return ILLEGAL_FUNCTION
  if (request.length !== 8) return ILLEGAL_VALUE
  const count = u16(request, 4)
  if (count < 1 || count > MAX_REGISTERS) return ILLEGAL_VALUE
  return slave.read(functionCode, u16(request, 2), count)
}

function registers(unit: number, functionCode: number, values: number[]): Uint8Array {
  const bytes = new Uint8Array(5 + 2 * values.length)
  bytes.set([unit, functionCode, 2 * values.length])
  values.forEach((value, i) => {
    putU16(bytes, 3 + 2 * i, value)
  })
  seal(bytes, bytes.length - 2)
  return bytes
}

function exception(unit: number, functionCode: number, code: number): Uint8Array {
  const bytes = Uint8Array.of(unit, functionCode | 0x80, code, 0, 0)
  seal(bytes, 3)
  return bytes
}

/** The checksum of a frame with its own checksum is 0. */
function intact(frame: Uint8Array): boolean {
  return crc16(frame, 0, frame.length) === 0
}

/** The two words of an IEEE 754 binary32, high word first. */
export function float(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return [view.getUint16(0), view.getUint16(2)]
}

/** The two words of a 32-bit integer, high word first. */
export function long(value: number): number[] {
  return [(value >>> 16) & 0xffff, value & 0xffff]
}
