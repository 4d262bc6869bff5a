/** One meter on the line: a model's registers over a signal, and what it truly showed. */
import type { UnixMs } from '../../../firmware/core/time'
import type { ReadRegisters } from '../modbus/slave'
import { FIRST_RATIO, registersOf, type SimulatedModel, secondaryW } from './registers'
import type { Signal } from './signal'

/** A meter is read at some instant of the second that it names, or of one beside it. */
const AROUND_S = [-1, 0, 1]

export class SimulatedMeter {
  readonly unit: number
  readonly model: SimulatedModel
  readonly #signal: Signal
  /** Of its current transformers, and since when; only a DTSU666 has one. */
  readonly #ratios = [{ since: 0, ratio: FIRST_RATIO }]

  constructor({ unit, model, signal }: { unit: number; model: SimulatedModel; signal: Signal }) {
    this.unit = unit
    this.model = model
    this.#signal = signal
  }

  registers(utc: UnixMs): ReadRegisters {
    const { ratio } = this.#ratios[this.#ratios.length - 1]
    return registersOf(this.model, this.#signal.at(utc), ratio)
  }

  /** It is set to another ratio, or another meter is put in its place. */
  setRatio(ratio: number, utc: UnixMs): void {
    this.#ratios.push({ since: utc, ratio })
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
        return this.#ratiosAround(second).flatMap((ratio) =>
          moments.map((moment) => secondaryW(moment) * ratio),
        )
    }
  }

  /** The energy that is truly stored, in Wh; undefined if there is no battery. */
  storedWh(second: number): number | undefined {
    return this.model === 'pace-modbus' ? this.#at(second).stateOfChargeWh : undefined
  }

  #ratiosAround(second: number): number[] {
    const from = (second + Math.min(...AROUND_S)) * 1000
    const to = (second + Math.max(...AROUND_S) + 1) * 1000
    return this.#ratios
      .filter(({ since }, i) => since < to && (this.#ratios[i + 1]?.since ?? to) >= from)
      .map(({ ratio }) => ratio)
  }

  #at(second: number) {
    return this.#signal.at((second * 1000) as UnixMs)
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
