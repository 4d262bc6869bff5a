/** A power that stays the same to the last digit while other devices of the line move: the device may be frozen. */
import type { MonotonicMs } from '../../core/time'

/** What the devices of one line share: how often a reading of any of them was not that before it. */
export interface Movement {
  count: number
}

const STILL_MS = 600_000
/** Of the others meanwhile: one that moved once may be still as well. */
const MIN_MOVES = 20
/** What stands by may show the same few watts for a night, and what gives nothing shows 0. */
export const MIN_STILL_W = 100

export class StillGate {
  readonly #movement: Movement
  readonly #minW: number
  #powerW = Number.NaN
  #energyWh: number | undefined
  #since = 0
  /** What had moved until then; undefined once it is reported. */
  #moved: number | undefined

  constructor(movement: Movement, minW: number) {
    this.#movement = movement
    this.#minW = minW
  }

  /** True once for each time that it is still. */
  isStill(powerW: number, energyWh: number | undefined, at: MonotonicMs): boolean {
    if (powerW !== this.#powerW || energyWh !== this.#energyWh) {
      this.#powerW = powerW
      this.#energyWh = energyWh
      this.#since = at
      this.#moved = ++this.#movement.count
      return false
    }
    if (this.#moved === undefined || at - this.#since < STILL_MS) return false
    if (Math.abs(powerW) < this.#minW || this.#movement.count < this.#moved + MIN_MOVES)
      return false
    this.#moved = undefined
    return true
  }
}
