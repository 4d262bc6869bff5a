/** One meter on the line: a model's registers over a signal, and what it truly showed. */
import type { UnixMs } from '../../../firmware/core/time'
import type { ReadRegisters } from '../modbus/slave'
import { firstScale, registersOf, type SimulatedModel, scaledW, secondaryW } from './registers'
import type { Signal } from './signal'

/** A meter is read at some instant of the second that it names, or of one beside it. */
const AROUND_S = [-1, 0, 1]

export class SimulatedMeter {
  readonly unit: number
  readonly model: SimulatedModel
  readonly #signal: Signal
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
    return registersOf(this.model, this.#signal.at(utc), scale)
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

  #at(second: number) {
    return this.#signal.at((second * 1000) as UnixMs)
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
