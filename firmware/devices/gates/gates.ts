/**
 * Between a valid frame and the platform: whether the numbers of one round can be a reading of this device, and if not, why.
 * Each gate sees values that the reads of the power bring anyway. docs/devices.md, "What is no reading".
 */
import type { MonotonicMs } from '../../core/time'
import type { DeviceConfig, EnergyRule } from '../config'
import type { Device, Flow, Quantity } from '../model'
import type { PowerFormula } from '../poll/formula'
import type { RequiredRegister } from '../poll/required'
import { isTotal, isWithin } from './agreement'
import { ChargeGate } from './charge'
import { limitOf } from './limit'
import { MIN_STILL_W, type Movement, StillGate } from './still'
import { WordsGate } from './words'
import { WrapGate } from './wrap'

/** A minute: then the reason says which settings to look at. */
const STEADY_REFUSALS = 15
/** Of an impossible number: each asks for so many possible ones behind it, because some of a row look possible. */
const DOUBT = 2
const MAX_DOUBT = 8
/** A power with fewer digits than this may stand still. */
const MIN_STILL_DIGITS = 100

export interface GatesOptions {
  device: Device
  flow: Flow
  energy: EnergyRule | undefined
  config: DeviceConfig
  /** Those that are required, then those that come with them. */
  registers: readonly RequiredRegister[]
  formula: PowerFormula
  movement: Movement
}

/** Shared: an array of its own, even an empty one, costs memory for each device. */
const NO_INDEXES: readonly number[] = []

export class Gates {
  readonly #formula: PowerFormula
  readonly #ctRatio: number
  readonly #limitW: number
  readonly words: WordsGate | undefined
  readonly wrap: WrapGate | undefined
  /** Indexes of phases that have to make the total; of voltages, and of the currents that belong to them. */
  readonly phases: readonly number[]
  readonly voltages: readonly number[]
  readonly #currents: readonly number[]
  /** Its index; -1 if it is not read. */
  readonly batteryVoltage: number
  readonly charge: ChargeGate | undefined
  readonly #still: StillGate
  #refusals = 0
  #doubt = 0
  /** What the log has to say of a reading that passed; '' if nothing. */
  note = ''

  constructor(options: GatesOptions) {
    const { device, flow, energy, config, registers, formula, movement } = options
    const find = (what: Quantity): number[] => {
      const found: number[] = []
      for (let i = 0; i < registers.length; i++) if (registers[i].what === what) found.push(i)
      return found
    }
    const isByPhase = config.phases && flow.phases
    const terms = (isByPhase ? [isByPhase] : flow.plus.concat(flow.minus)).flatMap(find)
    const isProduct = flow.times.length > 0
    const isBattery = flow === device.battery
    this.#formula = formula
    this.#ctRatio = config.ctRatio ?? 1
    this.#limitW = limitOf(device, flow, config)
    const words = new WordsGate(registers, terms)
    this.words = words.isNeeded ? words : undefined
    const wrapLimit = isProduct ? Number.POSITIVE_INFINITY : this.#limitW / this.#ctRatio
    const wrap = new WrapGate(registers, terms, wrapLimit)
    this.wrap = wrap.isNeeded ? wrap : undefined
    const phases = flow.phases ? find(flow.phases) : NO_INDEXES
    this.phases = isProduct || phases.some((i) => terms.includes(i)) ? NO_INDEXES : phases
    const pairs = config.phases ? [] : pairsOf(device, flow)
    const voltage = pairs[0]
    const current = pairs[1]
    const currentOf = (i: number): number =>
      registers.findIndex(({ what, phase }) => what === current && phase === registers[i].phase)
    const voltages = voltage ? find(voltage).filter((i) => currentOf(i) >= 0) : NO_INDEXES
    this.voltages = voltages
    this.#currents = voltages.length > 0 ? voltages.map(currentOf) : NO_INDEXES
    // One that is not needed may be left out by the maker, as 0.
    const usesVoltage = isProduct || energy === 'charge'
    this.batteryVoltage = isBattery && usesVoltage ? find('batteryVoltage')[0] : -1
    const isPercent = formula.inputs === 1 && (energy === 'share' || energy === 'percent')
    this.charge = energy && new ChargeGate(isPercent)
    this.#still = new StillGate(movement, minStillW(registers, terms, isProduct))
  }

  /** Why this is no reading; '' if it is one. */
  check(
    values: Float64Array,
    powerW: number,
    energyWh: number | undefined,
    at: MonotonicMs,
  ): string {
    if (this.note) this.note = ''
    const why = this.#refusal(values, powerW, energyWh, at)
    if (!why) {
      if (this.#refusals) this.#refusals = 0
      if (this.charge?.hasCorrected) this.note = `its charge stays at ${energyWh} Wh: taken`
      if (this.#still.isStill(powerW, energyWh, at))
        this.note = `it shows ${powerW} W to the digit for 10 minutes, others move: frozen?`
      return ''
    }
    this.#refusals++
    return this.#refusals < STEADY_REFUSALS
      ? why[0]
      : `${why[0]}; for ${this.#refusals} readings: see ${why[1]}`
  }

  /** The reason, and the settings to look at if it stays. */
  #refusal(
    values: Float64Array,
    powerW: number,
    energyWh: number | undefined,
    at: MonotonicMs,
  ): readonly [string, string] | undefined {
    // Written out: Math.abs() is a call.
    const isOver = powerW > this.#limitW || powerW < -this.#limitW
    if (isOver || this.words?.areSwapped(values)) {
      this.#doubt = Math.min(this.#doubt + DOUBT, MAX_DOUBT)
      return isOver
        ? [`${powerW} W, and ${this.#limitW} W are possible`, 'ratedW, ctRatio, model']
        : [`${powerW} W: two words in the wrong order`, 'model']
    }
    if (this.wrap?.isWrapped(values) && !this.#formula.isConfirmed)
      return [`${powerW} W: a register of 16 bits has overflowed`, 'model, ratedW']
    if (this.phases.length > 0 && !this.#isTotal(values, powerW))
      return [`${powerW} W, and its phases make another power`, 'phases, model']
    if (this.voltages.length > 0 && !this.#isWithin(values, powerW))
      return [`${powerW} W, and volts x amperes make less`, 'model']
    if (this.batteryVoltage >= 0 && values[this.batteryVoltage] === 0)
      return ['a battery voltage of 0 V: it starts', 'model, part']
    if (this.charge && energyWh !== undefined) {
      const state = this.#formula.state(values, energyWh)
      if (!this.charge.passes(state, energyWh, powerW, at))
        return [`its charge jumps to ${energyWh} Wh`, 'capacityWh, model']
    }
    if (this.#doubt === 0) return undefined
    this.#doubt--
    return ['possible again: awaiting more like it', 'model']
  }

  #isTotal(values: Float64Array, powerW: number): boolean {
    let sumW = 0
    let sizesW = 0
    for (let i = 0; i < this.phases.length; i++) {
      const phaseW = this.#formula.value(values, this.phases[i])
      sumW += phaseW
      sizesW += Math.abs(phaseW)
    }
    // A phase that the device does not tell is no number: then there is nothing to compare.
    return Number.isNaN(sumW) || isTotal(powerW / this.#ctRatio, sumW, sizesW)
  }

  #isWithin(values: Float64Array, powerW: number): boolean {
    let apparentVA = 0
    for (let i = 0; i < this.voltages.length; i++) {
      const volts = this.#formula.value(values, this.voltages[i])
      apparentVA += Math.abs(volts * this.#formula.value(values, this.#currents[i]))
    }
    return Number.isNaN(apparentVA) || isWithin(powerW / this.#ctRatio, apparentVA)
  }
}

const GRID: readonly Quantity[] = ['voltage', 'current']
const BATTERY: readonly Quantity[] = ['batteryVoltage', 'batteryCurrent']

/** Registers beside the power that the gates can use if they come with it. */
export function wantedByGates(
  device: Device,
  flow: Flow,
  { phases }: DeviceConfig,
): readonly Quantity[] {
  // Nothing else is known of some of the phases.
  if (phases) return []
  const pairs = pairsOf(device, flow)
  return flow.phases ? pairs.concat(flow.phases) : pairs
}

/** The voltage and the current that make the power of this flow; none if they are not known. */
function pairsOf(device: Device, flow: Flow): readonly Quantity[] {
  if (flow.times.length > 0 || flow === device.pv) return []
  return flow === device.battery ? BATTERY : GRID
}

function minStillW(
  registers: readonly RequiredRegister[],
  terms: readonly number[],
  isProduct: boolean,
): number {
  // How many watts a digit is follows from the other factor.
  if (isProduct || terms.some((i) => registers[i].factorAt !== undefined)) return 10 * MIN_STILL_W
  const digits = terms.map((i) => (registers[i].type === 'f32' ? 0 : 10 ** registers[i].exponent))
  return Math.max(MIN_STILL_W, MIN_STILL_DIGITS * Math.max(...digits))
}
