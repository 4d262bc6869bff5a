/** What is read of one device and how its power and energy are made of it: device and setup, compiled once. */
import { type PlannedRead, planReads, type ReadCost, splitRead } from '../../modbus/plan'
import { chooseEnergyRule, chooseFlow, type DeviceSetup, type EnergyRule } from '../config'
import type { Device, Flow, Quantity, Register } from '../model'
import type { Inquiry, Question, Skipped } from '../query'
import { decodeNumber, scale } from '../value'
import { gather, type Wanted } from '../wanted'

/** A BMS may overshoot its own 100 % a little; above this it is a sentinel that nobody listed. */
const PERCENT_MOST = 105

/** In so many rounds a read has to stay silent, from a device that answers others, before it counts as refused. */
const SILENCES_LEAST = 2

/** SunSpec Device Information Model, 4.3.1: a scale factor is from -10 to 10. */
const FACTOR_MOST = 10

/** What 16 bits hold. */
const WRAP = 0x10000
/** Between a total and the sum of its phases, which are of the same moment. */
const MAX_DIFFERENCE_W = 4096

/** What is set for a device's life is read again after so many rounds: a quarter of an hour at 4 s. */
const FIXED_ROUNDS = 225

interface Read extends PlannedRead, Question {
  readonly fixed: boolean
  /** Fixed and known: not asked again until it is old. */
  kept: boolean
  answered: boolean
  doubted: boolean
  silences: number
  /** The longer read that it was cut from. */
  readonly whole: Read | undefined
  /** Whether a part of it has been answered since it was cut: then it was its length. */
  helped: boolean
  /** Whether a round went on without its answer. */
  missed: boolean
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
  readonly #nearest: readonly number[]
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
    this.#nearest = flow.nearest && !setup.phases ? this.#find(flow.nearest) : []
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
      const read = this.#mended(i)
      if (refresh) read.kept = false
      if (!read.fixed) this.#values.fill(Number.NaN, read.first, read.last)
    }
    this.#next = -1
    this.#advance()
  }

  take(bytes: Uint8Array, start: number): void {
    const read = this.#reads[this.#next]
    read.kept = read.fixed
    for (let i = read.first; i < read.last; i++) {
      const wanted = this.#wanted[i]
      const at = start + 2 * (wanted.at - read.address)
      const value = decodeNumber(bytes, at, wanted)
      this.#values[i] = value ?? withoutReading(wanted)
      if (value === undefined) read.kept = false
    }
    read.answered = true
    read.doubted = false
    for (let { whole } = read; whole; { whole } = whole) whole.helped = true
    this.#advance()
  }

  skip(why: Skipped): void {
    const read = this.#reads[this.#next]
    read.missed = true
    // Only a refusal says that an input is not there: half a power is worse than none.
    if (why === 'refused')
      for (let i = read.first; i < read.last; i++) this.#values[i] = withoutReading(this.#wanted[i])
    this.#advance()
  }

  #advance(): void {
    this.#next++
    while (this.#next < this.#reads.length && this.#reads[this.#next].kept) this.#next++
  }

  split(silent: boolean): boolean {
    const read = this.#reads[this.#next]
    if (silent) {
      if (read.answered) return false
      read.doubted = true
      if (++read.silences < SILENCES_LEAST) return false
    }
    const parts = splitRead(this.#wanted, read)
    if (parts.length < 2) return false
    this.#reads.splice(this.#next, 1, ...parts.map((part) => this.#read(part, read)))
    return true
  }

  /** The read at `i`, whole again where it was cut in vain: a device that starts up may refuse everything. */
  #mended(i: number): Read {
    const reads = this.#reads
    for (let { whole } = reads[i]; whole && !whole.helped; { whole } = whole) {
      let end = i
      while (end < reads.length && reads[end].missed && isWithin(reads[end], whole)) end++
      if (end === i || reads[end - 1].last < whole.last) break
      reads.splice(i, end - i, whole)
      whole.missed = true
    }
    return reads[i]
  }

  /** W, import and consumption and charging positive; NaN where the device has no reading. */
  powerW(): number {
    let sum = 0
    for (let i = 0; i < this.#plus.length; i++) sum += this.#value(this.#plus[i])
    for (let i = 0; i < this.#minus.length; i++) sum -= this.#value(this.#minus[i])
    if (this.#nearest.length > 0) sum = this.#unwrapped(sum)
    for (let i = 0; i < this.#times.length; i++) sum *= this.#value(this.#times[i])
    if (this.#sign >= 0) {
      const sign = this.#values[this.#sign]
      // Without its direction a magnitude means nothing.
      if (Number.isNaN(sign)) return Number.NaN
      if (sign === this.#negative) sum = -sum
    }
    return sum * this.#correction + 0
  }

  /** A power that wraps; as it is if nothing else agrees with what is nearest. */
  #unwrapped(powerW: number): number {
    let nearW = 0
    for (let i = 0; i < this.#nearest.length; i++) nearW += this.#value(this.#nearest[i])
    const nearestW = powerW + WRAP * Math.round((nearW - powerW) / WRAP)
    return Math.abs(nearestW - nearW) <= MAX_DIFFERENCE_W ? nearestW : powerW
  }

  get estimated(): boolean {
    return this.#rule === 'charge'
  }

  /** Wh; NaN where it has no reading, undefined where there is no battery. */
  stateOfChargeWh(): number | undefined {
    const rule = this.#rule
    if (!rule) return undefined
    // All inputs of one quantity, then all of the other.
    const inputs = this.#energy.length / RULES[rule].length
    let sum = 0
    let present = 0
    for (let i = 0; i < inputs; i++) {
      const a = this.#value(this.#energy[i])
      // A further battery that holds nothing is one that is not there.
      if (i > 0 && a === 0) continue
      present++
      const b = rule === 'share' || rule === 'charge' ? this.#value(this.#energy[inputs + i]) : 0
      if (rule === 'energy') sum += a
      else if (rule === 'share') sum += (percent(a) * positive(b)) / 100
      else if (rule === 'charge') sum += a * b
      else sum += (percent(a) * this.#capacityWh) / 100
    }
    // The installer tells the capacity of all of them together.
    return rule === 'percent' ? sum / present : sum
  }

  #value(i: number): number {
    if (this.#factors[i] < 0) return this.#values[i]
    const factor = this.#values[this.#factors[i]]
    return Math.abs(factor) <= FACTOR_MOST ? scale(this.#values[i], factor) : Number.NaN
  }

  /** The cheapest reads, first what is fixed, then the power, and the rest of the energy after it. */
  #plan(device: Device, cost: ReadCost): Read[] {
    const limits = { maxRegisters: device.mostRegisters, barriers: device.barriers }
    const reads: Read[] = []
    for (let start = 0; start < this.#wanted.length; ) {
      let end = start + 1
      while (end < this.#wanted.length && sameGroup(this.#wanted[start], this.#wanted[end])) end++
      for (const read of planReads(this.#wanted.slice(start, end), limits, cost))
        reads.push(
          this.#read({ ...read, first: read.first + start, last: read.last + start }, undefined),
        )
      start = end
    }
    return reads.sort((a, b) => order(a) - order(b))
  }

  #read(planned: PlannedRead, whole: Read | undefined): Read {
    const { code, fixed, width } = this.#wanted[planned.first]
    let power = false
    for (let i = planned.first; i < planned.last; i++) power ||= !fixed && this.#isPower(i)
    return {
      ...planned,
      code,
      fixed,
      power,
      leastCount: width,
      kept: false,
      answered: false,
      doubted: false,
      silences: 0,
      whole,
      helped: false,
      missed: false,
    }
  }

  #isPower(i: number): boolean {
    return (
      this.#plus.includes(i) ||
      this.#minus.includes(i) ||
      this.#times.includes(i) ||
      this.#nearest.includes(i) ||
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

/** What counts for a register without a reading: an input that is not there brings nothing. */
function withoutReading({ optional }: Register): number {
  return optional ? 0 : Number.NaN
}

function isWithin(part: Read, whole: Read): boolean {
  return part.first >= whole.first && part.last <= whole.last
}

function sameGroup(a: Register, b: Register): boolean {
  return a.code === b.code && a.fixed === b.fixed
}

function order({ fixed, power }: Read): number {
  return fixed ? 0 : power ? 1 : 2
}

/** A battery that holds nothing when it is full is one that is not there. */
function positive(value: number): number {
  return value > 0 ? value : Number.NaN
}

function percent(value: number): number {
  return value >= 0 && value <= PERCENT_MOST ? value : Number.NaN
}
