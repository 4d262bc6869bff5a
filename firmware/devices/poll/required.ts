/** Which registers of a device its power and its energy follow from, and which of them belong into one read. */
import { READ_HOLDING_REGISTERS } from '../../modbus/codes'
import type { Span } from '../../modbus/plan'
import { type DeviceConfig, ENERGY_RULES, type EnergyRule } from '../config'
import type { Device, Flow, Quantity, ReadCode, Register } from '../model'
import { widthOf } from '../value'

export interface RequiredRegister extends Register {
  readonly width: number
  /** Whether the power is made of it. */
  readonly power: boolean
  /** The index of its SunSpec scale factor among these registers, or -1. */
  readonly factor: number
  /** The index of the register that says its direction, or -1. */
  readonly direction: number
  /** Whether others mean nothing without it: it is such a factor or such a direction, or fixed. */
  readonly isScale: boolean
}

/** The registers that the power and the energy follow from, with their scale factors; sorted, none twice. */
export function requiredRegisters(
  device: Device,
  flow: Flow,
  energy: EnergyRule | undefined,
  { phases }: DeviceConfig,
): RequiredRegister[] {
  const byPhase = phases && flow.phases
  const power = byPhase ? flow.times.concat(byPhase) : flow.times.concat(flow.plus, flow.minus)
  if (flow.sign) power.push(flow.sign.what)
  if (flow.nearest && !byPhase) power.push(flow.nearest)
  const quantities = energy ? power.concat(ENERGY_RULES[energy]) : power
  const required: RequiredRegister[] = []
  for (let i = 0; i < device.registers.length; i++) {
    const register = device.registers[i]
    const { what, phase, factorAt } = register
    if (!quantities.includes(what)) continue
    if (what === byPhase && !phases?.some((chosen) => chosen === phase)) continue
    add(required, register, power.includes(what), register.fixed || what === flow.sign?.what)
    if (factorAt !== undefined) add(required, factorRegister(register, factorAt), false, true)
  }
  required.sort((a, b) => a.code - b.code || a.at - b.at)
  const direction = required.findIndex(({ what }) => what === flow.sign?.what)
  return required.map((register, i) =>
    compact({
      ...withFactor(register, required),
      direction: register.power && i !== direction ? direction : -1,
    }),
  )
}

/** What most registers have in common. */
const USUAL: RequiredRegister = {
  what: 'power',
  phase: 0,
  optional: false,
  at: 0,
  code: READ_HOLDING_REGISTERS,
  fixed: false,
  factorAt: undefined,
  type: 'f32',
  order: 'msw',
  exponent: 0,
  offset: 0,
  mask: undefined,
  sentinels: undefined,
  width: 2,
  power: false,
  factor: -1,
  direction: -1,
  isScale: false,
}

/** The same register, which holds only what is not usual: a property is a slot of memory, and a site has 100 registers. */
function compact(register: RequiredRegister): RequiredRegister {
  const own: RequiredRegister = Object.create(USUAL)
  const names = Object.keys(register) as (keyof RequiredRegister)[]
  for (let i = 0; i < names.length; i++) {
    const value = register[names[i]]
    // Not by assignment: USUAL is frozen on the device, and so are its names.
    if (value !== USUAL[names[i]]) Object.defineProperty(own, names[i], { value, enumerable: true })
  }
  return own
}

function withFactor(
  register: RequiredRegister,
  all: readonly RequiredRegister[],
): RequiredRegister {
  const { code, factorAt } = register
  const factor =
    factorAt === undefined
      ? -1
      : all.findIndex((other) => other.code === code && other.at === factorAt)
  return { ...register, factor }
}

function add(
  required: RequiredRegister[],
  register: Register,
  power: boolean,
  isScale = register.fixed,
): void {
  if (required.some(({ code, at }) => code === register.code && at === register.at)) return
  required.push({
    ...register,
    width: widthOf(register.type),
    power,
    factor: -1,
    direction: -1,
    isScale,
  })
}

function factorRegister({ code, order }: Register, at: number): Register {
  return {
    what: 'status',
    phase: 0,
    at,
    code,
    type: 's16',
    order,
    exponent: 0,
    offset: 0,
    mask: undefined,
    sentinels: undefined,
    fixed: false,
  }
}

/** `required`, and behind it the registers of `quantities` that lie within `read`, with their scale factors. */
export function withBeside(
  required: readonly RequiredRegister[],
  map: readonly Register[],
  quantities: readonly Quantity[],
  read: { code: ReadCode; address: number; count: number },
): readonly RequiredRegister[] {
  const all = required.slice()
  const isInside = (at: number, width: number): boolean =>
    at >= read.address && at + width <= read.address + read.count
  for (let i = 0; i < map.length; i++) {
    const register = map[i]
    const { what, code, at, type, factorAt } = register
    if (!quantities.includes(what) || code !== read.code || !isInside(at, widthOf(type))) continue
    if (factorAt !== undefined) {
      if (!isInside(factorAt, 1)) continue
      add(all, factorRegister(register, factorAt), false)
    }
    add(all, register, false)
  }
  if (all.length === required.length) return required
  return all.map((register, i) =>
    i < required.length ? register : compact(withFactor(register, all)),
  )
}

/** The registers `[first, last)`. */
export interface Block extends Span {
  readonly first: number
  readonly last: number
}

/** Runs of registers that one read should bring: values and their scale factors. If that is too long, each alone. */
export function blocksOf(registers: readonly RequiredRegister[], maxRegisters: number): Block[] {
  const lastOf = registers.map((_, i) => i)
  registers.forEach(({ factor }, i) => {
    if (factor < 0) return
    const first = Math.min(i, factor)
    lastOf[first] = Math.max(lastOf[first], i, factor)
  })
  const blocks: Block[] = []
  for (let first = 0; first < registers.length; ) {
    let last = first
    for (let i = first; i <= last; i++) last = Math.max(last, lastOf[i])
    const { at } = registers[first]
    const width = registers[last].at + registers[last].width - at
    if (width <= maxRegisters) blocks.push({ at, width, first, last: last + 1 })
    else
      for (let i = first; i <= last; i++)
        blocks.push({ at: registers[i].at, width: registers[i].width, first: i, last: i + 1 })
    first = last + 1
  }
  return blocks
}
