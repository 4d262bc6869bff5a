/** What is read of one device and how its power and energy are made of it: device and setup, compiled once. */
import { type PlannedRead, planReads, type ReadCost, splitRead } from '../modbus/plan'
import { decodeNumber, widthOf } from './decode'
import type { Device, Flow, Quantity, ReadCode, Register } from './device'
import { chooseEnergyRule, chooseFlow, type DeviceSetup, type EnergyRule } from './setup'

/** A BMS may overshoot its own 100 % a little; above this it is a sentinel that nobody listed. */
const PERCENT_MOST = 105

/** What is set for a device's life is read again after so many rounds: a quarter of an hour at 4 s. */
const FIXED_ROUNDS = 225

/** One read of a device, as the line sees it. */
export interface Question {
  readonly code: ReadCode
  readonly address: number
  readonly count: number
  /** The least of it that can be asked: what a device is asked that may not be there. */
  readonly leastCount: number
  /** Whether it brings a part of the power that changes. */
  readonly power: boolean
  /** Whether this read has ever been answered. */
  readonly answered: boolean
}

/** Questions in a row, each either answered or skipped: a round of reads, or the way through a SunSpec map. */
export interface Inquiry {
  /** Starts over. */
  begin(): void
  readonly question: Question | undefined
  /** Takes the registers that answer the question, from `start` on. */
  take(bytes: Uint8Array, start: number): void
  skip(): void
  /** Puts two shorter questions, for good, in the place of this one; false where it is as short as can be. */
  split(): boolean
}

interface Read extends PlannedRead, Question {
  fixed: boolean
  answered: boolean
}

interface Wanted extends Register {
  readonly width: number
}

export class Program implements Inquiry {
  /** Sorted, without duplicates. */
  readonly #wanted: readonly Wanted[]
  /** One value for each wanted register; NaN where there is no reading. */
  readonly #values: Float64Array
  /** For each wanted register the index of its SunSpec scale factor, or -1. */
  readonly #factors: readonly number[]
  readonly #plus: readonly number[]
  readonly #minus: readonly number[]
  readonly #times: readonly number[]
  readonly #sign: number
  readonly #negative: number
  readonly #correction: number
  readonly #rule: EnergyRule | undefined
  readonly #energy: readonly number[]
  readonly #capacityWh: number
  readonly #reads: Read[]
  #next = 0
  #fixedAge = FIXED_ROUNDS

  /** Throws where checkDevice() would have found a fault. */
  constructor(device: Device, setup: DeviceSetup, cost: ReadCost) {
    const flow = chooseFlow(device, setup)
    if (!flow) throw new Error(`${device.id}: no power for role ${setup.role}`)
    this.#rule = chooseEnergyRule(device, setup)
    const energy = this.#rule ? RULES[this.#rule] : []
    this.#wanted = gather(device, flow, energy, setup)
    this.#values = new Float64Array(this.#wanted.length).fill(Number.NaN)
    this.#factors = this.#wanted.map(({ factorAt }) =>
      factorAt === undefined ? -1 : this.#wanted.findIndex(({ at }) => at === factorAt),
    )
    this.#plus = this.#terms(flow.plus, flow, setup)
    this.#minus = this.#terms(flow.minus, flow, setup)
    this.#times = flow.times.flatMap((what) => this.#find(what))
    this.#sign = flow.sign ? this.#find(flow.sign.what)[0] : -1
    this.#negative = flow.sign?.negative ?? 0
    this.#correction =
      (setup.ctRatio ?? 1) * (setup.inverted ? -1 : 1) * (setup.direction === 'export' ? -1 : 1)
    this.#energy = energy.flatMap((what) => this.#find(what))
    this.#capacityWh = setup.capacityWh ?? 0
    this.#reads = this.#plan(device, cost)
  }

  get question(): Question | undefined {
    return this.#reads[this.#next]
  }

  /** How many registers each of a round's reads takes; those of fixed registers are left out. */
  get counts(): number[] {
    return this.#reads.filter(({ fixed }) => !fixed).map(({ count }) => count)
  }

  begin(): void {
    const refresh = ++this.#fixedAge > FIXED_ROUNDS
    if (refresh) this.#fixedAge = 0
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#reads[i]
      if (read.fixed && refresh) read.answered = false
      if (!isKept(read)) this.#values.fill(Number.NaN, read.first, read.last)
    }
    this.#next = -1
    this.skip()
  }

  take(bytes: Uint8Array, start: number): void {
    const read = this.#reads[this.#next]
    for (let i = read.first; i < read.last; i++) {
      const wanted = this.#wanted[i]
      const at = start + 2 * (wanted.at - read.address)
      this.#values[i] = decodeNumber(bytes, at, wanted) ?? Number.NaN
    }
    read.answered = true
    this.skip()
  }

  skip(): void {
    this.#next++
    while (this.#next < this.#reads.length && isKept(this.#reads[this.#next])) this.#next++
  }

  split(): boolean {
    const read = this.#reads[this.#next]
    const parts = splitRead(this.#wanted, read)
    if (parts.length < 2) return false
    this.#reads.splice(this.#next, 1, ...parts.map((part) => this.#read(part)))
    return true
  }

  /** W, import and consumption and charging positive; NaN where the device has no reading. */
  powerW(): number {
    let sum = 0
    for (let i = 0; i < this.#plus.length; i++) sum += this.#value(this.#plus[i])
    for (let i = 0; i < this.#minus.length; i++) sum -= this.#value(this.#minus[i])
    for (let i = 0; i < this.#times.length; i++) sum *= this.#value(this.#times[i])
    if (this.#sign >= 0) {
      const sign = this.#values[this.#sign]
      // Without its direction a magnitude means nothing.
      if (Number.isNaN(sign)) return Number.NaN
      if (sign === this.#negative) sum = -sum
    }
    return sum * this.#correction + 0
  }

  get estimated(): boolean {
    return this.#rule === 'charge'
  }

  /** Wh; NaN where there is no battery or it has no reading. */
  stateOfChargeWh(): number {
    const a = this.#energy[0]
    const b = this.#energy[1]
    switch (this.#rule) {
      case 'energy':
        return this.#value(a)
      case 'share':
        return (percent(this.#value(a)) * this.#value(b)) / 100
      case 'charge':
        return this.#value(a) * this.#value(b)
      case 'percent':
        return (percent(this.#value(a)) * this.#capacityWh) / 100
      default:
        return Number.NaN
    }
  }

  #value(i: number): number {
    const factor = this.#factors[i]
    return factor < 0 ? this.#values[i] : this.#values[i] * 10 ** this.#values[factor]
  }

  /** The cheapest reads, first what is fixed, then the power, and the rest of the energy after it. */
  #plan(device: Device, cost: ReadCost): Read[] {
    const limits = { most: device.mostRegisters, barriers: device.barriers }
    const reads: Read[] = []
    for (let start = 0; start < this.#wanted.length; ) {
      let end = start + 1
      while (end < this.#wanted.length && sameGroup(this.#wanted[start], this.#wanted[end])) end++
      for (const read of planReads(this.#wanted.slice(start, end), limits, cost))
        reads.push(this.#read({ ...read, first: read.first + start, last: read.last + start }))
      start = end
    }
    return reads.sort((a, b) => order(a) - order(b))
  }

  #read(planned: PlannedRead): Read {
    const { code, fixed, width } = this.#wanted[planned.first]
    let power = false
    for (let i = planned.first; i < planned.last; i++) power ||= !fixed && this.#isPower(i)
    return { ...planned, code, fixed, power, leastCount: width, answered: false }
  }

  #isPower(i: number): boolean {
    return (
      this.#plus.includes(i) ||
      this.#minus.includes(i) ||
      this.#times.includes(i) ||
      this.#sign === i
    )
  }

  /** The registers of these quantities, or of the chosen phases in their place. */
  #terms(quantities: readonly Quantity[], flow: Flow, { phases }: DeviceSetup): number[] {
    if (!phases || !flow.phases) return quantities.flatMap((what) => this.#find(what))
    return quantities.length > 0 ? this.#find(flow.phases) : []
  }

  #find(what: Quantity): number[] {
    const found: number[] = []
    for (let i = 0; i < this.#wanted.length; i++) if (this.#wanted[i].what === what) found.push(i)
    return found
  }
}

const RULES: { readonly [rule in EnergyRule]: readonly Quantity[] } = {
  energy: ['remainingEnergy'],
  share: ['stateOfCharge', 'fullEnergy'],
  charge: ['remainingCapacity', 'batteryVoltage'],
  percent: ['stateOfCharge'],
}

function gather(
  device: Device,
  flow: Flow,
  energy: readonly Quantity[],
  { phases }: DeviceSetup,
): Wanted[] {
  const byPhase = phases && flow.phases
  const needed = new Set<Quantity>([...energy, ...flow.times])
  if (flow.sign) needed.add(flow.sign.what)
  if (byPhase) needed.add(byPhase)
  else for (const what of [...flow.plus, ...flow.minus]) needed.add(what)
  const wanted: Wanted[] = []
  for (const register of device.registers) {
    if (!needed.has(register.what)) continue
    if (register.what === byPhase && !phases?.some((phase) => phase === register.phase)) continue
    add(wanted, register)
    if (register.factorAt !== undefined) add(wanted, factorRegister(register, register.factorAt))
  }
  return wanted.sort((a, b) => Number(a.fixed) - Number(b.fixed) || a.code - b.code || a.at - b.at)
}

function add(wanted: Wanted[], register: Register): void {
  if (wanted.some(({ code, at }) => code === register.code && at === register.at)) return
  wanted.push({ ...register, width: widthOf(register.type) })
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

function isKept({ fixed, answered }: Read): boolean {
  return fixed && answered
}

function sameGroup(a: Register, b: Register): boolean {
  return a.code === b.code && a.fixed === b.fixed
}

function order({ fixed, power }: Read): number {
  return fixed ? 0 : power ? 1 : 2
}

function percent(value: number): number {
  return value >= 0 && value <= PERCENT_MOST ? value : Number.NaN
}
