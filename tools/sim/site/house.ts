/**
 * A house with sun and a battery, whose numbers add up: grid = load - pv + battery, second after second.
 * Pure: the same seed and the same times give the same house.
 */
import type { UnixMs } from '../../../firmware/core/time'
import { dice, smooth } from '../noise'
import { BATTERY, type Moment, type Signal } from './signal'

/** Of the battery's inverter. */
export const INVERTER = {
  /** Each way; the rest of the loss is the battery's heat. */
  efficiency: 0.95,
  maxW: 3000,
  /** How much of what it lacks it makes up in a second: the grid carries the rest meanwhile. */
  response: 0.4,
  /** Of the battery's capacity: it discharges no further. */
  reserve: 0.1,
} as const

const PANELS_PEAK_W = 5000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** So far back a moment can be asked for again: a sample is held against the truth a few seconds after it was measured. */
const MAX_BACK_S = 60

export class House implements Signal {
  readonly #seed: number
  readonly #longitudeDeg: number
  readonly #firstSecond: number
  #second: number
  /** The last seconds' moments, each at its second modulo MAX_BACK_S. */
  readonly #recent: Moment[] = []

  /** `longitudeDeg` east says when noon is: solar time runs 1 h ahead of UTC for every 15 degrees. */
  constructor(options: {
    seed: number
    startsAt: UnixMs
    longitudeDeg?: number
    stateOfChargeWh?: number
  }) {
    this.#seed = options.seed
    this.#longitudeDeg = options.longitudeDeg ?? 4
    this.#firstSecond = Math.floor(options.startsAt / 1000)
    this.#second = this.#firstSecond
    const stateOfChargeWh = options.stateOfChargeWh ?? BATTERY.capacityWh / 2
    this.#step({
      loadW: 0,
      pvW: 0,
      batteryW: 0,
      gridW: 0,
      batteryA: 0,
      batteryV: BATTERY.openCircuitV,
      stateOfChargeWh,
      importWh: 0,
      exportWh: 0,
      generatedWh: 0,
    })
  }

  /** Before its start and further back than MAX_BACK_S, the oldest moment that is known. */
  at(utc: UnixMs): Moment {
    const asked = Math.floor(utc / 1000)
    while (this.#second < asked) {
      const last = this.#recent[this.#second % MAX_BACK_S]
      this.#second++
      this.#step(last)
    }
    const oldest = Math.max(this.#firstSecond, this.#second - MAX_BACK_S + 1)
    return this.#recent[Math.max(asked, oldest) % MAX_BACK_S]
  }

  #step(last: Moment): void {
    this.#recent[this.#second % MAX_BACK_S] = this.#next(last)
  }

  /** The moment after `last`, whose power has by now flowed for one second. */
  #next(last: Moment): Moment {
    const solarMs = this.#second * 1000 + (this.#longitudeDeg / 15) * HOUR_MS
    const loadW = load(this.#seed, this.#second, hourOfDay(solarMs))
    const pvW = sun(this.#seed, this.#second, hourOfDay(solarMs))
    const stateOfChargeWh = last.stateOfChargeWh + (last.batteryA * BATTERY.openCircuitV) / 3600
    const batteryW = control(pvW - loadW, last.batteryW, stateOfChargeWh)
    return {
      loadW,
      pvW,
      batteryW,
      gridW: loadW - pvW + batteryW,
      ...terminals(batteryW),
      stateOfChargeWh,
      importWh: last.importWh + Math.max(0, last.gridW) / 3600,
      exportWh: last.exportWh + Math.max(0, -last.gridW) / 3600,
      generatedWh: last.generatedWh + last.pvW / 3600,
    }
  }
}

/** Self-consumption: the battery takes the surplus and gives the deficit, as far as it can. */
function control(surplusW: number, lastW: number, stateOfChargeWh: number): number {
  const { maxW, response, reserve } = INVERTER
  const wantedW = Math.min(maxW, Math.max(-maxW, surplusW))
  const nextW = lastW + response * (wantedW - lastW)
  // One second at full power is 1 Wh: stop that much before the limit.
  if (nextW > 0 && stateOfChargeWh > BATTERY.capacityWh - 1) return 0
  if (nextW < 0 && stateOfChargeWh < BATTERY.capacityWh * reserve + 1) return 0
  return nextW
}

/** From the AC side to the terminals: P = U I there, and U = open circuit + I R, solved for I. */
function terminals(batteryW: number): { batteryA: number; batteryV: number } {
  const { openCircuitV, resistanceOhm } = BATTERY
  const dcW = batteryW > 0 ? batteryW * INVERTER.efficiency : batteryW / INVERTER.efficiency
  const root = Math.sqrt(openCircuitV * openCircuitV + 4 * resistanceOhm * dcW)
  const batteryA = (root - openCircuitV) / (2 * resistanceOhm)
  return { batteryA, batteryV: openCircuitV + batteryA * resistanceOhm }
}

function hourOfDay(ms: number): number {
  return (((ms % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS
}

/** Panels under an equinox sun, from 6 to 18 h solar time, with clouds that pass in minutes. */
function sun(seed: number, second: number, hour: number): number {
  const height = Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI))
  return PANELS_PEAK_W * height * (0.35 + 0.65 * smooth(topic(seed, 1), second / 240))
}

function load(seed: number, second: number, hour: number): number {
  const alwaysOnW =
    180 + 60 * smooth(topic(seed, 2), second / 30) + 30 * dice(topic(seed, 7), second)
  const fridgeW = smooth(topic(seed, 3), second / 600) > 0.5 ? 95 : 0
  const peopleW = 500 * bump(hour, 7.5, 1) + 900 * bump(hour, 19, 2)
  // Once in a while somebody makes tea: 2 kW for one to four minutes.
  const slot = Math.floor(second / 300)
  const teaS = dice(topic(seed, 4), slot) < 0.15 ? 60 + 180 * dice(topic(seed, 5), slot) : 0
  const teaW = second - slot * 300 < teaS ? 2000 : 0
  return alwaysOnW + fridgeW + peopleW * (0.7 + 0.6 * smooth(topic(seed, 6), second / 120)) + teaW
}

function bump(hour: number, centre: number, width: number): number {
  return Math.exp(-(((hour - centre) / width) ** 2))
}

function topic(seed: number, number: number): number {
  return seed ^ Math.imul(number, 0x9e3779b1)
}

/** In degrees east, where solar time is `hour` at `utc`. */
export function longitudeAtHour(hour: number, utc: UnixMs): number {
  return (hour - ((utc / HOUR_MS) % 24)) * 15
}
