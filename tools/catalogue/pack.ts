/** Devices -> the packed catalogue that firmware/devices/catalogue/unpack.ts reads and describes. */

import { putU16, putU32, utf8 } from '../../firmware/core/bytes'
import {
  EXPONENT_BIAS,
  FLOW_BITS,
  KINDS,
  MORE_BITS,
  PARITIES,
  REGISTER_BITS,
  TERM_BITS,
  UNUSUAL_BITS,
  USUAL_TIMEOUT_MS,
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
import { MAX_READ_REGISTERS } from '../../firmware/modbus/rtu'

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
  const { maxRegisters, quietMs, timeoutMs, ratedW, barriers } = device
  const unusual =
    (maxRegisters === MAX_READ_REGISTERS ? 0 : UNUSUAL_BITS.registers) |
    (quietMs === 0 ? 0 : UNUSUAL_BITS.quiet) |
    (timeoutMs === USUAL_TIMEOUT_MS ? 0 : UNUSUAL_BITS.timeout) |
    (ratedW === undefined ? 0 : UNUSUAL_BITS.rated) |
    (barriers.length === 0 ? 0 : UNUSUAL_BITS.barriers)
  writer.u8(unusual)
  if (unusual & UNUSUAL_BITS.registers) writer.u8(maxRegisters)
  if (unusual & UNUSUAL_BITS.quiet) writer.u8(quietMs)
  if (unusual & UNUSUAL_BITS.timeout) writer.u8(timeoutMs / 10)
  if (ratedW !== undefined) writer.u16(ratedW / 100)
  if (unusual & UNUSUAL_BITS.barriers) writer.list(barriers, (barrier) => writer.u16(barrier))
  writer.list(byPhases(device.registers), (registers) => putRegisters(writer, registers))
  const { power, battery, pv } = device
  writer.u8(
    (power ? FLOW_BITS.power : 0) | (battery ? FLOW_BITS.battery : 0) | (pv ? FLOW_BITS.pv : 0),
  )
  for (const flow of [power, battery, pv]) if (flow) putFlow(writer, flow)
  writer.list(device.identification, (one) => putIdentification(writer, one))
}

/** In their order; as one, those of phases that follow one another at equal distances and are alike. */
function byPhases(registers: readonly Register[]): Register[][] {
  const runs: Register[][] = []
  for (const register of registers) {
    const run = runs.at(-1)
    if (run && goesOn(run, register)) run.push(register)
    else runs.push([register])
  }
  return runs
}

function goesOn(run: readonly Register[], register: Register): boolean {
  const [first, second = register] = run
  const step = second.at - first.at
  const expected = {
    ...first,
    at: first.at + run.length * step,
    phase: first.phase + run.length,
  }
  return first.phase > 0 && step <= 0xff && JSON.stringify(register) === JSON.stringify(expected)
}

function putRegisters(writer: Writer, [register, second, ...rest]: readonly Register[]): void {
  const more =
    (second ? MORE_BITS.phases : 0) |
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
  if (second) {
    writer.u8(2 + rest.length)
    writer.u8(second.at - register.at)
  }
  if (register.offset) writer.u32(register.offset)
  if (register.mask !== undefined) writer.u16(register.mask)
  if (register.sentinels) writer.list(register.sentinels, (raw) => writer.u32(raw))
}

function putFlow(writer: Writer, flow: Flow): void {
  const put = (what: Quantity): void => writer.u8(QUANTITIES.indexOf(what))
  const { plus, minus, times, phases, sign, nearest, unsigned } = flow
  writer.u8(
    (plus.length > 0 ? TERM_BITS.plus : 0) |
      (minus.length > 0 ? TERM_BITS.minus : 0) |
      (times.length > 0 ? TERM_BITS.times : 0) |
      (phases ? TERM_BITS.phases : 0) |
      (sign ? TERM_BITS.sign : 0) |
      (nearest ? TERM_BITS.nearest : 0) |
      (unsigned ? TERM_BITS.unsigned : 0),
  )
  for (const terms of [plus, minus, times]) if (terms.length > 0) writer.list(terms, put)
  if (phases) put(phases)
  if (sign) {
    put(sign.what)
    writer.u8(sign.negative)
  }
  if (nearest) put(nearest)
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
