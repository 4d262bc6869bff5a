/** Registers -> W and Wh: a flow of the device and the installer's corrections, compiled once. */
import { type DeviceConfig, ENERGY_RULES, type EnergyRule } from '../config'
import type { Flow, Quantity } from '../model'
import { scale } from '../value'
import type { RequiredRegister } from './required'

/** A BMS may overshoot its own 100 % a little; a value above this marks "no reading", and no manual lists it. */
const MAX_PERCENT = 105

/** SunSpec Device Information Model, 4.3.1: a scale factor is from -10 to 10. */
const MAX_FACTOR = 10

/** Readings in a row with fewer batteries than before, after which one is gone: four minutes. No BMS needs as long to start. */
const MIN_FEWER_READINGS = 60

/** A power of 16 bits wraps at so many W. */
const WRAP_W = 0x10000
/** Between a total and the sum of its phases, which are of the same moment. */
const MAX_DIFFERENCE_W = 4096

/** Shared: an array of its own, even an empty one, costs memory for each device. */
const NO_INDEXES: readonly number[] = []

export class PowerFormula {
  /** For each register the index of its SunSpec scale factor, or -1; empty if there is none. */
  readonly #factors: readonly number[]
  /** Indexes of registers; -1 if there is no sign. */
  readonly #plus: readonly number[]
  readonly #minus: readonly number[]
  readonly #times: readonly number[]
  readonly #nearest: readonly number[]
  readonly #sign: number
  readonly #negative: number
  readonly #correction: number
  readonly #rule: EnergyRule | undefined
  /** All inputs of one quantity, then all of the other. */
  readonly #energy: readonly number[]
  /** How many batteries make the energy; 0 if there is none. */
  readonly inputs: number
  readonly #capacityWh: number
  /** Whether another sum agreed with the last power, which wraps by itself. */
  isConfirmed = false

  /** How many batteries hold something, 0 if that is not known yet; and in how many readings in a row there were fewer. */
  present = 0
  #fewer = 0

  /** `registers`: as requiredRegisters() gives them for the same flow, rule and configuration. */
  constructor(
    registers: readonly RequiredRegister[],
    flow: Flow,
    energy: EnergyRule | undefined,
    { phases, ctRatio = 1, inverted, direction, capacityWh = 0 }: DeviceConfig,
  ) {
    const find = (what: Quantity): number[] => {
      const found: number[] = []
      for (let i = 0; i < registers.length; i++) if (registers[i].what === what) found.push(i)
      return found
    }
    const findAll = (quantities: readonly Quantity[]): readonly number[] =>
      quantities.length > 0 ? quantities.flatMap(find) : NO_INDEXES
    /** The registers of these quantities, or of the chosen phases in their place. */
    const terms = (quantities: readonly Quantity[]): readonly number[] =>
      phases && flow.phases && quantities.length > 0 ? find(flow.phases) : findAll(quantities)
    this.#factors = registers.some(({ factor }) => factor >= 0)
      ? registers.map(({ factor }) => factor)
      : NO_INDEXES
    this.#plus = terms(flow.plus)
    this.#minus = terms(flow.minus)
    this.#times = findAll(flow.times)
    this.#nearest = flow.nearest && !phases ? find(flow.nearest) : NO_INDEXES
    this.#sign = flow.sign ? find(flow.sign.what)[0] : -1
    this.#negative = flow.sign?.negative ?? 0
    this.#correction = ctRatio * (inverted ? -1 : 1) * (direction === 'export' ? -1 : 1)
    this.#rule = energy
    this.#energy = energy ? findAll(ENERGY_RULES[energy]) : NO_INDEXES
    this.inputs = energy ? this.#energy.length / ENERGY_RULES[energy].length : 0
    this.#capacityWh = capacityWh
  }

  /** `values`: one for each register, NaN if it has no reading. W, import, consumption and charging positive; NaN if unknown. */
  powerW(values: Float64Array): number {
    let sum = 0
    for (let i = 0; i < this.#plus.length; i++) sum += this.value(values, this.#plus[i])
    for (let i = 0; i < this.#minus.length; i++) sum -= this.value(values, this.#minus[i])
    if (this.#nearest.length > 0) sum = this.#unwrapped(sum, values)
    for (let i = 0; i < this.#times.length; i++) sum *= this.value(values, this.#times[i])
    if (this.#sign >= 0) {
      const sign = values[this.#sign]
      // A magnitude without its direction is no power.
      if (Number.isNaN(sign)) return Number.NaN
      if (sign === this.#negative) sum = -sum
    }
    return sum * this.#correction + 0
  }

  /** The power that is meant by one that wraps; unchanged if none is near the sum that it should agree with. */
  #unwrapped(powerW: number, values: Float64Array): number {
    let sumW = 0
    for (let i = 0; i < this.#nearest.length; i++) sumW += this.value(values, this.#nearest[i])
    const nearestW = powerW + WRAP_W * Math.round((sumW - powerW) / WRAP_W)
    this.isConfirmed = Math.abs(nearestW - sumW) <= MAX_DIFFERENCE_W
    return this.isConfirmed ? nearestW : powerW
  }

  /** Wh; NaN if unknown, undefined if there is no battery. */
  stateOfChargeWh(values: Float64Array): number | undefined {
    const rule = this.#rule
    if (!rule) return undefined
    let sum = 0
    let present = 0
    for (let i = 0; i < this.inputs; i++) {
      const a = this.value(values, this.#energy[i])
      // A further battery that holds nothing is one that is not there.
      if (i > 0 && a === 0) continue
      present++
      if (rule === 'energy') sum += a
      else if (rule === 'percent') sum += (percent(a) * this.#capacityWh) / 100
      else {
        const b = this.value(values, this.#energy[this.inputs + i])
        sum += rule === 'share' ? (percent(a) * positive(b)) / 100 : a * b
      }
    }
    // What was not read says nothing of how many there are.
    if (Number.isNaN(sum)) return sum
    // One of several that just restarted shows 0 for a while, and what is left is not what they hold together.
    if (present < this.present && ++this.#fewer < MIN_FEWER_READINGS) return Number.NaN
    this.present = present
    this.#fewer = 0
    // capacityWh is that of all batteries together.
    return rule === 'percent' ? sum / present : sum
  }

  /** What the battery counts, of which its energy follows: per cent, Ah or Wh; of several batteries their Wh. */
  state(values: Float64Array, energyWh: number): number {
    return this.inputs === 1 ? this.value(values, this.#energy[0]) : energyWh
  }

  /** Of register `i`, in its unit; NaN if it has no reading. */
  value(values: Float64Array, i: number): number {
    const at = this.#factors[i]
    if (at >= 0) {
      const factor = values[at]
      return Math.abs(factor) <= MAX_FACTOR ? scale(values[i], factor) : Number.NaN
    }
    return values[i]
  }
}

/** A battery that holds nothing when it is full is one that is not there. */
function positive(value: number): number {
  return value > 0 ? value : Number.NaN
}

function percent(value: number): number {
  return value >= 0 && value <= MAX_PERCENT ? value : Number.NaN
}
