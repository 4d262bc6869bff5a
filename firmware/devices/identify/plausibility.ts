/** A first look at a device that may be the one: its telling registers read one by one, and whether they make sense. */

import type { Device, Quantity, Register } from '../model'
import type { Inquiry, Question } from '../query'
import { decodeNumber, widthOf } from '../value'

/** What a device in use can show; outside of it the map is another's. */
export const PLAUSIBLE: { readonly [what in Quantity]?: readonly [number, number] } = {
  voltage: [80, 480],
  frequency: [45, 65.5],
  batteryVoltage: [20, 1000],
  stateOfCharge: [0, 100],
  stateOfHealth: [1, 100],
}
/** Plausible values of so many quantities are evidence; a voltage alone never is. */
export const EVIDENCE_LEAST = 3
/** A meter's power cannot exceed what its voltages and currents make, within their rounding. */
const POWER_MARGIN = 1.1
const POWER_MARGIN_W = 20

const LOOKED_AT: readonly Quantity[] = [
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

export interface Reading {
  what: Quantity
  value: number
}

export class Survey implements Inquiry {
  readonly #registers: readonly Register[]
  readonly #values: (number | undefined)[] = []
  readonly #strict: boolean
  #next = 0

  /** `strict` gives up at the first register that is refused or makes no sense. */
  constructor(device: Device, strict: boolean) {
    this.#strict = strict
    this.#registers = device.registers
      .filter(({ what, optional }) => LOOKED_AT.includes(what) && !optional)
      .sort((a, b) => LOOKED_AT.indexOf(a.what) - LOOKED_AT.indexOf(b.what))
  }

  begin(): void {}

  get question(): Question | undefined {
    const register = this.#registers[this.#next]
    if (!register) return undefined
    const count = widthOf(register.type)
    const { code, at } = register
    return { code, address: at, count, leastCount: count, power: false, doubted: false }
  }

  take(bytes: Uint8Array, start: number): void {
    const register = this.#registers[this.#next]
    const value = decodeNumber(bytes, start, register)
    this.#values[this.#next] = value
    const range = PLAUSIBLE[register.what]
    const absurd = range && (value === undefined || value < range[0] || value > range[1])
    // Phases 2 and 3 may be without voltage where a meter has one phase only.
    if (absurd && register.phase < 2) return this.skip()
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

  /** What has been read, in the units of the quantities. */
  get readings(): Reading[] {
    const readings: Reading[] = []
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i]
      if (value !== undefined) readings.push({ what: this.#registers[i].what, value })
    }
    return readings
  }

  /** In words, if enough independent quantities fit; a voltage alone never does. */
  get evidence(): string | undefined {
    const fitting: string[] = []
    for (let i = 0; i < this.#values.length; i++) {
      const { what } = this.#registers[i]
      if (PLAUSIBLE[what] && this.#values[i] !== undefined && !fitting.includes(what))
        fitting.push(what)
    }
    const power = this.#sum('power')
    const apparent = this.#apparent()
    if (power !== undefined && apparent !== undefined) {
      if (Math.abs(power) > apparent * POWER_MARGIN + POWER_MARGIN_W) return undefined
      if (apparent > POWER_MARGIN_W) fitting.push('power within voltage x current')
    }
    return fitting.length >= EVIDENCE_LEAST ? `plausible ${fitting.join(', ')}` : undefined
  }

  #apparent(): number | undefined {
    let apparent: number | undefined
    for (const voltage of this.#of('voltage'))
      for (const current of this.#of('current'))
        if (this.#registers[voltage].phase === this.#registers[current].phase)
          apparent =
            (apparent ?? 0) + Math.abs((this.#values[voltage] ?? 0) * (this.#values[current] ?? 0))
    return apparent
  }

  #sum(what: Quantity): number | undefined {
    const [first] = this.#of(what)
    return first === undefined ? undefined : this.#values[first]
  }

  #of(what: Quantity): number[] {
    return this.#registers.flatMap((register, i) => (register.what === what ? [i] : []))
  }
}
