/** Catalogue entries as people write them -> devices as the firmware uses them. */
import type { Entry, RegisterEntry } from '../../firmware/devices/catalogue/entry'
import { USUAL_TIMEOUT_MS } from '../../firmware/devices/catalogue/unpack'
import { type Device, type Flow, type Register, UNITS } from '../../firmware/devices/model'
import { MAX_READ_REGISTERS } from '../../firmware/modbus/rtu'

/** Powers of ten, as prefixes of units. */
const PREFIXES: { readonly [prefix: string]: number } = { '': 0, k: 3, m: -3 }

export function expand(entry: Entry): Device {
  const { baud, parity, stopBits, unit } = entry.line
  return {
    id: entry.id,
    kind: entry.kind,
    line: { baud, parity, stopBits, unit },
    maxRegisters: entry.maxRegisters ?? MAX_READ_REGISTERS,
    quietMs: entry.quietMs ?? 0,
    timeoutMs: entry.timeoutMs ?? USUAL_TIMEOUT_MS,
    ratedW: entry.ratedW,
    barriers: entry.barriers ?? [],
    registers: entry.registers
      .flatMap((register) => expandRegister(entry, register))
      .sort((a, b) => a.code - b.code || a.at - b.at),
    power: expandFlow(entry.power),
    battery: expandFlow(entry.battery),
    pv: expandFlow(entry.pv),
    identification: (entry.identification ?? []).map((one) => ({
      ...one,
      ranges: one.ranges ?? [],
      text: one.text,
    })),
  }
}

function expandRegister(entry: Entry, register: RegisterEntry): Register[] {
  const { at, also = [] } = register
  const first = typeof at === 'number' ? [at] : at
  const addresses = [...first, ...also]
  return addresses.map((address, i) => ({
    what: register.what,
    phase: typeof at === 'number' && also.length === 0 ? 0 : i + 1,
    optional: i >= first.length,
    at: address,
    code: register.code ?? entry.code,
    type: register.type,
    order: register.order ?? entry.order,
    exponent: exponentOf(register),
    offset: Math.round((register.offset ?? 0) / (register.scale ?? 1)),
    mask: register.mask,
    sentinels: register.sentinels,
    fixed: register.fixed ?? false,
  }))
}

function expandFlow(flow: Partial<Flow> | undefined): Flow | undefined {
  return (
    flow && {
      plus: flow.plus ?? [],
      minus: flow.minus ?? [],
      times: flow.times ?? [],
      phases: flow.phases,
      nearest: flow.nearest,
      sign: flow.sign,
      unsigned: flow.unsigned ?? false,
    }
  )
}

/** The exponent that brings a raw value into the unit of its quantity; NaN if there is none. */
export function exponentOf({ what, unit = '', scale = 1 }: RegisterEntry): number {
  if (!unit.endsWith(UNITS[what])) return Number.NaN
  const prefix = PREFIXES[unit.slice(0, unit.length - UNITS[what].length)] ?? Number.NaN
  const exponent = Math.round(Math.log10(scale))
  return Math.abs(10 ** exponent - scale) < scale * 1e-9 ? exponent + prefix : Number.NaN
}
