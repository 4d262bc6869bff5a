/** Signed registers of 16 bits that overflow: 33,200 W read -32,336 W. Only the step tells, so it remembers. */

import type { Register } from '../model'
import { scale } from '../value'

const HALF = 0x8000
/** Of HALF. A step of 1.5 is 49 kW between two readings, for a device that is made for less than 33 kW. */
const MIN_STEP = 1.5
/** Of HALF. A number that is smaller than this is taken again, though the step back was missed. */
const MAX_PLAIN = 0.25

export class WrapGate {
  /** Of the registers that it looks at. */
  readonly #indexes: readonly number[]
  /** What HALF of each is in its unit. */
  readonly #halves: Float64Array
  readonly #last: Float64Array
  readonly #wrapped: boolean[]

  /** Registers that are a power by themselves, and whose limit is within the register, cannot overflow. */
  constructor(registers: readonly Register[], indexes: readonly number[], limit: number) {
    const half = (i: number): number => scale(HALF, registers[i].exponent)
    this.#indexes = indexes.filter(
      (i) =>
        registers[i].type === 's16' && (registers[i].factorAt !== undefined || half(i) <= limit),
    )
    this.#halves = Float64Array.from(this.#indexes, half)
    this.#last = new Float64Array(this.#indexes.length).fill(Number.NaN)
    this.#wrapped = this.#indexes.map(() => false)
  }

  get isNeeded(): boolean {
    return this.#indexes.length > 0
  }

  isWrapped(values: Float64Array): boolean {
    let any = false
    for (let i = 0; i < this.#indexes.length; i++) {
      const value = values[this.#indexes[i]]
      const half = this.#halves[i]
      const step = value - this.#last[i]
      // Written out: Math.abs() is a call.
      if (step > MIN_STEP * half || step < -MIN_STEP * half) this.#wrapped[i] = !this.#wrapped[i]
      else if (this.#wrapped[i] && Math.abs(value) < MAX_PLAIN * half) this.#wrapped[i] = false
      this.#last[i] = value
      any ||= this.#wrapped[i]
    }
    return any
  }
}
