/**
 * A house with sun and a battery, whose numbers add up: grid = load - pv + battery, second after second.
 * Pure: the same seed and the same times give the same site. Powers in W as the site's meters see them,
 * consumption positive, injection negative.
 */
import type { UnixMs } from '../../../firmware/core/time'

/** Everything true about the site during one second, which is also how often its meters refresh. */
export interface Moment {
  loadW: number
  /** What the panels give: never negative. */
  pvW: number
  /** At the inverter's AC side: charging positive. */
  batteryW: number
  /** At the connection: import positive. */
  gridW: number
  /** At the battery's terminals, as its BMS measures: charging positive. */
  batteryA: number
  batteryV: number
  stateOfChargeWh: number
  /** Counters since the start. */
  importWh: number
  exportWh: number
  generatedWh: number
}

/** 16 LiFePO4 cells of 3.2 V and 200 Ah. */
export const BATTERY = {
  openCircuitV: 51.2,
  capacityAh: 200,
  capacityWh: 10_240,
  resistanceOhm: 0.01,
  /** The inverter's, each way; the rest of the loss is the resistance's heat. */
  inverterEfficiency: 0.95,
  mostW: 3000,
  /** How much of what it lacks the inverter makes up in a second: the grid carries the rest meanwhile. */
  response: 0.4,
  /** Of the capacity: the inverter discharges no further. */
  reserve: 0.1,
} as const

const PANELS_PEAK_W = 5000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export class Site {
  readonly #seed: number
  readonly #longitudeDeg: number
  #second: number
  #moment: Moment

  /** `longitudeDeg` east says when noon is: solar time runs 1 h ahead of UTC for every 15 degrees. */
  constructor(options: {
    seed: number
    startsAt: UnixMs
    longitudeDeg?: number
    stateOfChargeWh?: number
  }) {
    this.#seed = options.seed
    this.#longitudeDeg = options.longitudeDeg ?? 4
    this.#second = Math.floor(options.startsAt / 1000)
    const stateOfChargeWh = options.stateOfChargeWh ?? BATTERY.capacityWh / 2
    this.#moment = this.#next({
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

  /** The site at `utc`. It only goes forward: an earlier time than the last asked for gives the last moment. */
  at(utc: UnixMs): Moment {
    const second = Math.floor(utc / 1000)
    while (this.#second < second) {
      this.#second++
      this.#moment = this.#next(this.#moment)
    }
    return this.#moment
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
  const { mostW, response, capacityWh, reserve } = BATTERY
  const wantedW = Math.min(mostW, Math.max(-mostW, surplusW))
  const nextW = lastW + response * (wantedW - lastW)
  // One second at full power is 1 Wh: stop that much before the limit.
  if (nextW > 0 && stateOfChargeWh > capacityWh - 1) return 0
  if (nextW < 0 && stateOfChargeWh < capacityWh * reserve + 1) return 0
  return nextW
}

/** From the AC side to the terminals: P = U I there, and U = open circuit + I R, solved for I. */
function terminals(batteryW: number): { batteryA: number; batteryV: number } {
  const { openCircuitV, resistanceOhm, inverterEfficiency } = BATTERY
  const dcW = batteryW > 0 ? batteryW * inverterEfficiency : batteryW / inverterEfficiency
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
  return PANELS_PEAK_W * height * (0.35 + 0.65 * noise(seed, 1, second / 240))
}

function load(seed: number, second: number, hour: number): number {
  const alwaysOnW = 180 + 60 * noise(seed, 2, second / 30) + 30 * dice(seed, 7, second)
  const fridgeW = noise(seed, 3, second / 600) > 0.5 ? 95 : 0
  const peopleW = 500 * bump(hour, 7.5, 1) + 900 * bump(hour, 19, 2)
  // Once in a while somebody makes tea: 2 kW for one to four minutes.
  const slot = Math.floor(second / 300)
  const teaS = dice(seed, 4, slot) < 0.15 ? 60 + 180 * dice(seed, 5, slot) : 0
  const teaW = second - slot * 300 < teaS ? 2000 : 0
  return alwaysOnW + fridgeW + peopleW * (0.7 + 0.6 * noise(seed, 6, second / 120)) + teaW
}

function bump(hour: number, centre: number, width: number): number {
  return Math.exp(-(((hour - centre) / width) ** 2))
}

/** Smooth noise in [0, 1): a throw of the dice at each whole `x`, eased in between. */
function noise(seed: number, topic: number, x: number): number {
  const whole = Math.floor(x)
  const part = x - whole
  const eased = part * part * (3 - 2 * part)
  return dice(seed, topic, whole) * (1 - eased) + dice(seed, topic, whole + 1) * eased
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function dice(seed: number, topic: number, index: number): number {
  let mixed = Math.imul(seed ^ Math.imul(topic, 0x9e3779b1), 0x85ebca6b) ^ index
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000
}
