/**
 * What one meter shows, drawn from a seed. Pure: any second can be asked for, in any order. The powers jump from second to
 * second, so that a value of another second is found out.
 */
import type { UnixMs } from '../../../firmware/core/time'
import { dice, smooth } from '../noise'
import { BATTERY, type Moment, type Signal } from './signal'

export class RandomSignal implements Signal {
  readonly #seed: number

  constructor(seed: number, unit: number) {
    this.#seed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)
  }

  at(utc: UnixMs): Moment {
    const second = Math.floor(utc / 1000)
    // A BMS knows its current and voltage to a hundredth.
    const amperes = 100 * this.#wave(second, 3) - 50
    const batteryA = Math.round(100 * amperes) / 100
    const batteryV =
      Math.round(100 * (BATTERY.openCircuitV + batteryA * BATTERY.resistanceOhm)) / 100
    return {
      loadW: 0,
      pvW: 6000 * this.#wave(second, 2) - 500,
      batteryW: 0,
      gridW: 16_000 * this.#wave(second, 1) - 8000,
      batteryA,
      batteryV,
      stateOfChargeWh: BATTERY.capacityWh * (0.1 + 0.8 * smooth(this.#of(4), second / 5400)),
      importWh: second,
      exportWh: second,
      generatedWh: second,
    }
  }

  /** In [0, 1): slow, fast, and a jump in each second. */
  #wave(second: number, topic: number): number {
    return (
      0.7 * smooth(this.#of(topic), second / 600) +
      0.2 * smooth(this.#of(topic + 10), second / 17) +
      0.1 * dice(this.#of(topic + 20), second)
    )
  }

  #of(topic: number): number {
    return this.#seed ^ Math.imul(topic, 0x27d4eb2f)
  }
}
