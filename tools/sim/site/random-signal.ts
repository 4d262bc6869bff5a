/**
 * The truth of the simulated site: what each meter's registers show in each second of UTC. Pure: any second can be
 * asked for, in any order. The powers jump from second to second, so that a value of another second is found out.
 */
import type { UnixMs } from '../../../firmware/core/time'
import type { ReadRegisters } from '../modbus/slave'
import type { Moment } from './house'
import { BATTERY } from './house'
import { registersOf, type SimulatedModel } from './meters'

/** A meter is read at some instant of the second that it names, or of one beside it. */
const AROUND = [-1, 0, 1]

export class SimulatedMeter {
  readonly unit: number
  readonly model: SimulatedModel
  readonly #seed: number

  constructor({ unit, model, seed }: { unit: number; model: SimulatedModel; seed: number }) {
    this.unit = unit
    this.model = model
    this.#seed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)
  }

  registers(utc: UnixMs): ReadRegisters {
    return registersOf(this.model, this.#moment(Math.floor(utc / 1000)))
  }

  /**
   * The powers in W that it showed around that second: import, consumption and charging positive. Said once more and
   * not by the catalogue: the registers that it reads are not its own judge.
   */
  powersAround(second: number): number[] {
    const moments = AROUND.map((off) => this.#moment(second + off))
    switch (this.model) {
      case 'eastron-sdm630':
        return moments.map(({ gridW }) => Math.fround(gridW))
      case 'eastron-sdm120':
        return moments.map(({ pvW }) => Math.fround(-pvW))
      case 'pace-modbus':
        // Current and voltage may have come in two answers.
        return moments.flatMap(({ batteryA }) => moments.map(({ batteryV }) => batteryA * batteryV))
    }
  }

  /** The energy that is truly stored, in Wh; undefined where there is no battery. */
  storedWh(second: number): number | undefined {
    return this.model === 'pace-modbus' ? this.#moment(second).stateOfChargeWh : undefined
  }

  #moment(second: number): Moment {
    // A BMS knows its current and voltage to a hundredth.
    const amperes = 100 * this.#wave(second, 3) - 50
    const batteryA = Math.round(100 * amperes) / 100
    const batteryV = Math.round(100 * (BATTERY.openCircuitV + batteryA * 0.01)) / 100
    return {
      loadW: 0,
      pvW: 6000 * this.#wave(second, 2) - 500,
      batteryW: 0,
      gridW: 16_000 * this.#wave(second, 1) - 8000,
      batteryA,
      batteryV,
      stateOfChargeWh: BATTERY.capacityWh * (0.1 + 0.8 * this.#smooth(4, second / 5400)),
      importWh: second,
      exportWh: second,
      generatedWh: second,
    }
  }

  /** In [0, 1): slow, fast, and a jump in each second. */
  #wave(second: number, topic: number): number {
    return (
      0.7 * this.#smooth(topic, second / 600) +
      0.2 * this.#smooth(topic + 10, second / 17) +
      0.1 * this.#dice(topic + 20, second)
    )
  }

  #smooth(topic: number, x: number): number {
    const whole = Math.floor(x)
    const part = x - whole
    const eased = part * part * (3 - 2 * part)
    return this.#dice(topic, whole) * (1 - eased) + this.#dice(topic, whole + 1) * eased
  }

  /** A number in [0, 1) that depends on nothing but its arguments. */
  #dice(topic: number, index: number): number {
    let mixed = Math.imul(this.#seed ^ Math.imul(topic, 0x27d4eb2f), 0x85ebca6b) ^ index
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000
  }
}
