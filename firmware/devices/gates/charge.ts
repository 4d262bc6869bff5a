/**
 * A state of charge over time: it moves as fast as its power can move it, and a BMS that has just restarted shows zeros.
 * A BMS corrects its own count, most often when the battery is full or empty: what stays is taken.
 */
import type { MonotonicMs } from '../../core/time'

/** Of the full battery: a BMS that counts in per cent skips one now and then. */
const MARGIN = 0.05
/** If nobody says what the full battery holds: 100 Wh is the coarsest unit of an energy register. */
const MARGIN_WH = 300
/** Twice the power that was read, before or now, and twice what empties the battery in an hour: the readings are apart. */
const MOVEMENT = 2
/** So many readings in a row that agree are taken. */
const MIN_STAY = 8
/** Zeros: five minutes. No BMS needs as long to start. */
const MIN_ZEROS = 75
const HOUR_MS = 3_600_000

export class ChargeGate {
  readonly #isPercent: boolean
  #wh = 1
  #fullWh = 0
  /** Of the last reading that passed. */
  #last = Number.NaN
  /** Of the power, without its sign. */
  #lastW = 0
  #lastAt = 0
  /** The last reading that did not, and how many agreed with it. */
  #candidate = Number.NaN
  #stays = 0
  /** Whether what did not pass at first has just been taken. */
  hasCorrected = false

  constructor(isPercent: boolean) {
    this.#isPercent = isPercent
  }

  /** Whether the reading passes. `state`: per cent, Ah or Wh, whatever the BMS counts; `energyWh` what follows from it. */
  passes(state: number, energyWh: number, powerW: number, at: MonotonicMs): boolean {
    if (this.hasCorrected) this.hasCorrected = false
    if (state > 0) {
      this.#wh = energyWh / state
      if (this.#isPercent) this.#fullWh = 100 * this.#wh
    }
    const marginWh = MARGIN * this.#fullWh + (this.#isPercent ? 0 : MARGIN_WH)
    const jumpWh = Math.abs(state - this.#last) * this.#wh
    const sizeW = Math.abs(powerW)
    const loadW = Math.max(sizeW, this.#lastW, this.#fullWh)
    const movedWh = (MOVEMENT * loadW * (at - this.#lastAt)) / HOUR_MS
    const isFirst = Number.isNaN(this.#last)
    // To 0 it has to come down slowly.
    if (state > 0 ? isFirst || jumpWh <= marginWh + movedWh : jumpWh <= marginWh)
      return this.#take(state, energyWh, sizeW, at)
    this.#stays = Math.abs(state - this.#candidate) * this.#wh <= marginWh ? this.#stays + 1 : 1
    this.#candidate = state
    if (this.#stays < (state > 0 ? MIN_STAY : MIN_ZEROS)) return false
    this.hasCorrected = true
    return this.#take(state, energyWh, sizeW, at)
  }

  #take(state: number, energyWh: number, sizeW: number, at: MonotonicMs): true {
    if (energyWh > this.#fullWh) this.#fullWh = energyWh
    this.#last = state
    this.#lastW = sizeW
    this.#lastAt = at
    this.#stays = 0
    return true
  }
}
