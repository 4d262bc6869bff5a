/**
 * What is true at a site, second by second. Two sources: the house (house.ts), whose numbers add up, and random signals
 * (random-signal.ts), of which no two seconds are alike.
 */
import type { UnixMs } from '../../../firmware/core/time'

/** Everything true during one second of UTC, which is also how often the meters refresh. Consumption positive. */
export interface Moment {
  loadW: number
  /** What the panels give: never negative in a house. */
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

export interface Signal {
  at(utc: UnixMs): Moment
}

/** The battery of every site: 16 LiFePO4 cells of 3.2 V and 200 Ah. */
export const BATTERY = {
  openCircuitV: 51.2,
  capacityAh: 200,
  capacityWh: 10_240,
  resistanceOhm: 0.01,
} as const
