/**
 * The packed catalogue -> the devices that are asked for. tools/catalogue/pack.ts writes what this reads.
 *
 * A catalogue is a row of entries, each: u16 length of what follows; text id; u8 kind; u16 baud / 100;
 * u8 parity; u8 stop bits; u16 unit + 1; u8 bits of what is not as usual, and that: u8 maximal registers, u8 quiet ms,
 * u8 timeout / 10 ms, u16 rated W / 100, list of u16 barriers; list of registers, those of the phases that follow one another as
 * one; u8 bits of its flows, and those; list of identifications. A text or list has a u8 count before it; 0 stands for unknown.
 */

import { readUtf8, u16, u32 } from '../../core/bytes'
import { READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS } from '../../modbus/codes'
import { MAX_READ_REGISTERS } from '../../modbus/rtu'
import {
  type Device,
  type FactoryLine,
  type Flow,
  type IdentificationRule,
  QUANTITIES,
  type Quantity,
  type ReadCode,
  type Register,
} from '../model'
import { NUMBER_TYPES } from '../value'

export const KINDS = ['meter', 'battery', 'inverter', 'sunspec'] as const
export const PARITIES = [undefined, 'none', 'even', 'odd'] as const

/** What most entries have. */
export const USUAL_TIMEOUT_MS = 500
/** Bits of what an entry has that is not as usual. */
export const UNUSUAL_BITS = { registers: 1, quiet: 2, timeout: 4, rated: 8, barriers: 16 } as const
/** Bits of a register's second byte, above the number of its type. */
export const REGISTER_BITS = { lsw: 8, input: 16, more: 128 } as const
/** Bits of a register's third byte, if it has more. */
export const MORE_BITS = {
  offset: 1,
  mask: 2,
  sentinels: 4,
  fixed: 8,
  optional: 16,
  phases: 32,
} as const
/** Added to exponents, which are the low half of a byte; the phase is its high half. */
export const EXPONENT_BIAS = 8
export const FLOW_BITS = { power: 1, battery: 2, pv: 4 } as const
/** Bits of what a flow has. */
export const TERM_BITS = {
  plus: 1,
  minus: 2,
  times: 4,
  phases: 8,
  sign: 16,
  nearest: 32,
  unsigned: 64,
} as const

/** Shared: an array of its own, even an empty one, costs memory for each device. */
const NO_BARRIERS: readonly number[] = []

/** The model with this id; undefined if `packed` has none. */
export function unpackDevice(packed: Uint8Array, id: string): Device | undefined {
  for (let at = 0; at < packed.length; at += 2 + u16(packed, at)) {
    // Ids are ASCII: most differ in their length, and need not be read.
    if (packed[at + 2] !== id.length) continue
    const reader = new Reader(packed, at + 2)
    if (reader.text() === id) return readDevice(id, reader)
  }
  return undefined
}

/** All ids, in the order of the catalogue. */
export function unpackIds(packed: Uint8Array): string[] {
  const ids: string[] = []
  for (let at = 0; at < packed.length; at += 2 + u16(packed, at))
    ids.push(new Reader(packed, at + 2).text())
  return ids
}

class Reader {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  u8(): number {
    return this.#bytes[this.#at++]
  }

  u16(): number {
    this.#at += 2
    return u16(this.#bytes, this.#at - 2)
  }

  u32(): number {
    this.#at += 4
    return u32(this.#bytes, this.#at - 4)
  }

  text(): string {
    const length = this.u8()
    this.#at += length
    return readUtf8(this.#bytes, this.#at - length, this.#at) ?? ''
  }

  list<T>(read: (reader: Reader) => T): T[] {
    const items: T[] = []
    for (let left = this.u8(); left > 0; left--) items.push(read(this))
    return items
  }
}

function readDevice(id: string, reader: Reader): Device {
  const kind = KINDS[reader.u8()]
  const line = readLine(reader)
  const bits = reader.u8()
  return {
    id,
    kind,
    line,
    maxRegisters: bits & UNUSUAL_BITS.registers ? reader.u8() : MAX_READ_REGISTERS,
    quietMs: bits & UNUSUAL_BITS.quiet ? reader.u8() : 0,
    timeoutMs: bits & UNUSUAL_BITS.timeout ? reader.u8() * 10 : USUAL_TIMEOUT_MS,
    ratedW: bits & UNUSUAL_BITS.rated ? reader.u16() * 100 : undefined,
    barriers: bits & UNUSUAL_BITS.barriers ? reader.list((barrier) => barrier.u16()) : NO_BARRIERS,
    registers: reader.list(readRegisters).flat(),
    ...readFlows(reader),
    identification: reader.list(readIdentification),
  }
}

function readLine(reader: Reader): FactoryLine {
  return {
    baud: reader.u16() * 100 || undefined,
    parity: PARITIES[reader.u8()],
    stopBits: (reader.u8() || undefined) as 1 | 2 | undefined,
    unit: unit(reader.u16()),
  }
}

function unit(biased: number): number | undefined {
  return biased === 0 ? undefined : biased - 1
}

/** One, or those of several phases, which differ in their addresses. */
function readRegisters(reader: Reader): Register[] {
  const what = QUANTITIES[reader.u8()]
  const bits = reader.u8()
  const at = reader.u16()
  const scaling = reader.u8()
  const more = bits & REGISTER_BITS.more ? reader.u8() : 0
  const type = NUMBER_TYPES[bits & 7]
  const count = more & MORE_BITS.phases ? reader.u8() : 1
  const step = count > 1 ? reader.u8() : 0
  const first: Register = {
    what,
    at,
    exponent: (scaling & 15) - EXPONENT_BIAS,
    type,
    order: bits & REGISTER_BITS.lsw ? 'lsw' : 'msw',
    code: bits & REGISTER_BITS.input ? READ_INPUT_REGISTERS : READ_HOLDING_REGISTERS,
    phase: scaling >> 4,
    optional: (more & MORE_BITS.optional) !== 0,
    offset: more & MORE_BITS.offset ? reader.u32() | 0 : 0,
    mask: more & MORE_BITS.mask ? reader.u16() : undefined,
    sentinels:
      more & MORE_BITS.sentinels
        ? reader.list((one) => (type[0] === 's' ? one.u32() | 0 : one.u32()))
        : undefined,
    fixed: (more & MORE_BITS.fixed) !== 0,
  }
  const registers = [first]
  for (let i = 1; i < count; i++)
    registers.push({ ...first, at: at + i * step, phase: first.phase + i })
  return registers
}

function readFlows(reader: Reader): Pick<Device, 'power' | 'battery' | 'pv'> {
  const bits = reader.u8()
  return {
    power: bits & FLOW_BITS.power ? readFlow(reader) : undefined,
    battery: bits & FLOW_BITS.battery ? readFlow(reader) : undefined,
    pv: bits & FLOW_BITS.pv ? readFlow(reader) : undefined,
  }
}

function readFlow(reader: Reader): Flow {
  const quantity = (): Quantity => QUANTITIES[reader.u8()]
  const bits = reader.u8()
  return {
    plus: bits & TERM_BITS.plus ? reader.list(quantity) : [],
    minus: bits & TERM_BITS.minus ? reader.list(quantity) : [],
    times: bits & TERM_BITS.times ? reader.list(quantity) : [],
    phases: bits & TERM_BITS.phases ? quantity() : undefined,
    sign: bits & TERM_BITS.sign ? { what: quantity(), negative: reader.u8() } : undefined,
    nearest: bits & TERM_BITS.nearest ? quantity() : undefined,
    unsigned: (bits & TERM_BITS.unsigned) !== 0,
  }
}

function readIdentification(reader: Reader): IdentificationRule {
  return {
    code: reader.u8() as ReadCode,
    at: reader.u16(),
    length: reader.u8(),
    ranges: reader.list((range) => [range.u32(), range.u32()] as const),
    text: reader.text() || undefined,
  }
}
