/** Devices -> the packed catalogue that firmware/devices/catalogue/unpack.ts reads and describes. */

import { putU16, putU32, utf8 } from '../../firmware/core/bytes'
import {
  EXPONENT_BIAS,
  FLOW_BITS,
  KINDS,
  MORE_BITS,
  PARITIES,
  REGISTER_BITS,
} from '../../firmware/devices/catalogue/unpack'
import {
  type Device,
  type Flow,
  type IdentificationRule,
  QUANTITIES,
  type Quantity,
  type Register,
} from '../../firmware/devices/model'
import { NUMBER_TYPES } from '../../firmware/devices/value'
import { READ_INPUT_REGISTERS } from '../../firmware/modbus/codes'

/** In flash. */
export const MAX_PACKED_BYTES = 40 * 1024

export function pack(devices: readonly Device[]): Uint8Array {
  const writer = new Writer()
  for (const device of devices) {
    const entry = new Writer()
    putDevice(entry, device)
    const bytes = entry.done()
    writer.u16(bytes.length)
    for (const byte of bytes) writer.u8(byte)
  }
  const packed = writer.done()
  if (packed.length > MAX_PACKED_BYTES)
    throw new Error(`${packed.length} of at most ${MAX_PACKED_BYTES} bytes`)
  return packed
}

class Writer {
  readonly #bytes = new Uint8Array(2 * MAX_PACKED_BYTES)
  #at = 0

  u8(value: number): void {
    if (!(value >= 0 && value <= 0xff)) throw new RangeError(`${value} is no byte`)
    this.#bytes[this.#at++] = value
  }

  nibbles(high: number, low: number): void {
    if (!(high >= 0 && high <= 15 && low >= 0 && low <= 15))
      throw new RangeError(`${high} or ${low} is no half of a byte`)
    this.u8((high << 4) | low)
  }

  u16(value: number): void {
    if (!(value >= 0 && value <= 0xffff)) throw new RangeError(`${value} is no word`)
    putU16(this.#bytes, this.#at, value)
    this.#at += 2
  }

  u32(value: number): void {
    putU32(this.#bytes, this.#at, value)
    this.#at += 4
  }

  text(text: string): void {
    this.list([...utf8(text)], (byte) => this.u8(byte))
  }

  list<T>(items: readonly T[], put: (item: T) => void): void {
    this.u8(items.length)
    for (const item of items) put(item)
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }
}

function putDevice(writer: Writer, device: Device): void {
  const { baud, parity, stopBits, unit } = device.line
  writer.text(device.id)
  writer.u8(KINDS.indexOf(device.kind))
  writer.u16((baud ?? 0) / 100)
  writer.u8(PARITIES.indexOf(parity))
  writer.u8(stopBits ?? 0)
  writer.u16(unit === undefined ? 0 : unit + 1)
  writer.u8(device.maxRegisters)
  writer.u8(device.quietMs)
  writer.u8(device.timeoutMs / 10)
  writer.u16((device.ratedW ?? 0) / 100)
  writer.list(device.barriers, (barrier) => writer.u16(barrier))
  writer.list(device.registers, (register) => putRegister(writer, register))
  const { power, battery, pv } = device
  writer.u8(
    (power ? FLOW_BITS.power : 0) | (battery ? FLOW_BITS.battery : 0) | (pv ? FLOW_BITS.pv : 0),
  )
  for (const flow of [power, battery, pv]) if (flow) putFlow(writer, flow)
  writer.list(device.identification, (one) => putIdentification(writer, one))
}

function putRegister(writer: Writer, register: Register): void {
  const more =
    (register.offset ? MORE_BITS.offset : 0) |
    (register.mask === undefined ? 0 : MORE_BITS.mask) |
    (register.sentinels ? MORE_BITS.sentinels : 0) |
    (register.fixed ? MORE_BITS.fixed : 0) |
    (register.optional ? MORE_BITS.optional : 0)
  writer.u8(QUANTITIES.indexOf(register.what))
  writer.u8(
    NUMBER_TYPES.indexOf(register.type) |
      (register.order === 'lsw' ? REGISTER_BITS.lsw : 0) |
      (register.code === READ_INPUT_REGISTERS ? REGISTER_BITS.input : 0) |
      (more ? REGISTER_BITS.more : 0),
  )
  writer.u16(register.at)
  writer.nibbles(register.phase, register.exponent + EXPONENT_BIAS)
  if (more) writer.u8(more)
  if (register.offset) writer.u32(register.offset)
  if (register.mask !== undefined) writer.u16(register.mask)
  if (register.sentinels) writer.list(register.sentinels, (raw) => writer.u32(raw))
}

function putFlow(writer: Writer, flow: Flow): void {
  const put = (what: Quantity): void => writer.u8(QUANTITIES.indexOf(what))
  writer.list(flow.plus, put)
  writer.list(flow.minus, put)
  writer.list(flow.times, put)
  writer.list(flow.phases ? [flow.phases] : [], put)
  writer.list(flow.sign ? [flow.sign] : [], ({ what, negative }) => {
    put(what)
    writer.u8(negative)
  })
  writer.list(flow.nearest ? [flow.nearest] : [], put)
  writer.u8(flow.unsigned ? 1 : 0)
}

function putIdentification(
  writer: Writer,
  { code, at, length, ranges, text }: IdentificationRule,
): void {
  writer.u8(code)
  writer.u16(at)
  writer.u8(length)
  writer.list(ranges, ([low, high]) => {
    writer.u32(low)
    writer.u32(high)
  })
  writer.text(text ?? '')
}
