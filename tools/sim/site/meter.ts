/** One meter on the line: a model's registers over a signal, and what it truly showed. */
import type { UnixMs } from '../../../firmware/core/time'
import type { ReadRegisters } from '../modbus/slave'
import { firstScale, registersOf, type SimulatedModel, scaledW, secondaryW } from './registers'
import type { Moment, Signal } from './signal'

/** A meter is read at some instant of the second that it names, or of one beside it. */
const AROUND_S = [-1, 0, 1]

/** More than a register of hundredths of an ampere can hold, and how fast the current gets there. */
const SURGE_A = 345
const SURGE_A_PER_S = 15

/** A current that grows out of a BMS's register and comes back, or breaks off at `endS`. */
interface Surge {
  readonly fromS: number
  readonly toS: number
  endS: number
}

export class SimulatedMeter {
  readonly unit: number
  readonly model: SimulatedModel
  /** A BMS that has just restarted shows zeros. */
  start: 'over' | 'zeros' | 'zeros but for its voltage' = 'over'
  readonly #signal: Signal
  readonly #surges: Surge[] = []
  /** What it scales its power by, and since when. */
  readonly #scales: { since: number; scale: number }[]

  constructor({ unit, model, signal }: { unit: number; model: SimulatedModel; signal: Signal }) {
    this.unit = unit
    this.model = model
    this.#signal = signal
    this.#scales = [{ since: 0, scale: firstScale(model) }]
  }

  registers(utc: UnixMs): ReadRegisters {
    const { scale } = this.#scales[this.#scales.length - 1]
    const moment = this.#disturbed(this.#signal.at(utc), Math.floor(utc / 1000))
    if (this.start === 'over') return registersOf(this.model, moment, scale)
    const batteryV = this.start === 'zeros' ? 0 : moment.batteryV
    const zeros = { ...moment, batteryA: 0, batteryV, stateOfChargeWh: 0 }
    return registersOf(this.model, zeros, scale)
  }

  /** Answers how it is broken off behind the second that it is told. */
  surge(fromS: number, lastsS: number): (second: number) => void {
    const surge: Surge = { fromS, toS: fromS + lastsS, endS: fromS + lastsS }
    this.#surges.push(surge)
    return (second) => {
      surge.endS = Math.min(surge.endS, second + 1)
    }
  }

  /** It is set anew, or another one is put in its place, or its scale factor moves. */
  setScale(scale: number, utc: UnixMs): void {
    this.#scales.push({ since: utc, scale })
  }

  /**
   * The powers in W that it showed around that second: import, consumption and charging positive. Written apart from the
   * catalogue, which is what is checked against it.
   */
  powersAround(second: number): number[] {
    const moments = AROUND_S.map((off) => this.#at(second + off))
    switch (this.model) {
      case 'eastron-sdm630':
        return moments.map(({ gridW }) => Math.fround(gridW))
      case 'eastron-sdm120':
        return moments.map(({ pvW }) => Math.fround(-pvW))
      case 'pace-modbus': {
        // Current and voltage may have come in two answers.
        const volts = moments.map(({ batteryV }) => hundredths(batteryV))
        return moments.flatMap(({ batteryA }) => volts.map((v) => hundredths(batteryA) * v))
      }
      case 'chint-dtsu666':
        return this.#scalesAround(second).flatMap((ratio) =>
          moments.map((moment) => secondaryW(moment) * ratio),
        )
      case 'sunspec':
        return this.#scalesAround(second).flatMap((factor) =>
          moments.map((moment) => -scaledW(moment, factor)),
        )
    }
  }

  /** The energy that is truly stored, in Wh; undefined if there is no battery. */
  storedWh(second: number): number | undefined {
    return this.model === 'pace-modbus' ? this.#at(second).stateOfChargeWh : undefined
  }

  #scalesAround(second: number): number[] {
    const from = (second + Math.min(...AROUND_S)) * 1000
    const to = (second + Math.max(...AROUND_S) + 1) * 1000
    return this.#scales
      .filter(({ since }, i) => since < to && (this.#scales[i + 1]?.since ?? to) >= from)
      .map(({ scale }) => scale)
  }

  #at(second: number): Moment {
    return this.#disturbed(this.#signal.at((second * 1000) as UnixMs), second)
  }

  #disturbed(moment: Moment, second: number): Moment {
    const surge = this.#surges.find(({ fromS, endS }) => second > fromS && second < endS)
    if (!surge) return moment
    const sinceS = Math.min(second - surge.fromS, surge.toS - second)
    const surgeA = Math.min(SURGE_A, SURGE_A_PER_S * sinceS)
    return { ...moment, batteryA: moment.batteryA + surgeA }
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
