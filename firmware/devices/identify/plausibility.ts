/** Whether a device can be a given model: the telling registers of the model read one by one, and what they make of it. */
import type { Device, Quantity, Register } from '../model'
import { type ReadRequest, type ReadSequence, searchRead } from '../query'
import { decodeNumber, widthOf } from '../value'

/** What a device in use can show; a value outside means that the register map is that of another model. */
export const PLAUSIBLE: { readonly [what in Quantity]?: readonly [number, number] } = {
  voltage: [80, 480],
  frequency: [45, 65.5],
  batteryVoltage: [20, 1000],
  stateOfCharge: [0, 100],
  stateOfHealth: [1, 100],
}
/** So many plausible quantities make a model plausible; a voltage alone never does. */
export const MIN_QUANTITIES = 3
/** A meter's power cannot exceed what its voltages and currents make, within their rounding. */
const POWER_MARGIN = 1.1
const POWER_MARGIN_W = 20

/** In the order in which they are read. */
const TELLING: readonly Quantity[] = [
  'voltage',
  'frequency',
  'current',
  'power',
  'batteryVoltage',
  'stateOfCharge',
  'stateOfHealth',
  'batteryPower',
  'batteryCurrent',
]

export interface QuantityReading {
  what: Quantity
  /** In the unit of the quantity. */
  value: number
}

export class PlausibilityCheck implements ReadSequence {
  readonly #registers: readonly Register[]
  readonly #values: (number | undefined)[] = []
  readonly #strict: boolean
  #next = 0

  /** `strict` gives up at the first register that is refused or implausible. */
  constructor(device: Device, strict: boolean) {
    this.#strict = strict
    this.#registers = device.registers
      .filter(({ what, optional }) => TELLING.includes(what) && !optional)
      .sort((a, b) => TELLING.indexOf(a.what) - TELLING.indexOf(b.what))
  }

  begin(): void {}

  get request(): ReadRequest | undefined {
    const register = this.#registers[this.#next]
    if (!register) return undefined
    return searchRead(register.code, register.at, widthOf(register.type))
  }

  take(bytes: Uint8Array, start: number): void {
    const register = this.#registers[this.#next]
    const value = decodeNumber(bytes, start, register)
    this.#values[this.#next] = value
    const range = PLAUSIBLE[register.what]
    const implausible = range && (value === undefined || value < range[0] || value > range[1])
    // A meter of one phase has no voltage on phases 2 and 3.
    if (implausible && register.phase < 2) return this.skip()
    this.#next++
  }

  skip(): void {
    if (this.#strict) {
      this.#values.length = 0
      this.#next = this.#registers.length
    } else this.#next++
  }

  split(): boolean {
    return false
  }

  /** What has been read. */
  get readings(): QuantityReading[] {
    const readings: QuantityReading[] = []
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i]
      if (value !== undefined) readings.push({ what: this.#registers[i].what, value })
    }
    return readings
  }

  /** Which quantities are plausible together, in words; undefined if they are too few. */
  get plausible(): string | undefined {
    const fitting: string[] = []
    for (let i = 0; i < this.#values.length; i++) {
      const { what } = this.#registers[i]
      if (PLAUSIBLE[what] && this.#values[i] !== undefined && !fitting.includes(what))
        fitting.push(what)
    }
    const power = this.#first('power')
    const apparent = this.#apparent()
    if (power !== undefined && apparent !== undefined) {
      if (Math.abs(power) > apparent * POWER_MARGIN + POWER_MARGIN_W) return undefined
      if (apparent > POWER_MARGIN_W) fitting.push('power within voltage x current')
    }
    return fitting.length >= MIN_QUANTITIES ? `plausible ${fitting.join(', ')}` : undefined
  }

  /** Apparent power in VA, summed over the phases; undefined without a voltage and a current of one phase. */
  #apparent(): number | undefined {
    let apparent: number | undefined
    for (const voltage of this.#of('voltage'))
      for (const current of this.#of('current'))
        if (this.#registers[voltage].phase === this.#registers[current].phase)
          apparent =
            (apparent ?? 0) + Math.abs((this.#values[voltage] ?? 0) * (this.#values[current] ?? 0))
    return apparent
  }

  #first(what: Quantity): number | undefined {
    const [first] = this.#of(what)
    return first === undefined ? undefined : this.#values[first]
  }

  #of(what: Quantity): number[] {
    return this.#registers.flatMap((register, i) => (register.what === what ? [i] : []))
  }
}
