/** What each quantity of a device is during a moment, by its name and what is known of the device. */
import type { Entry } from '../../../firmware/devices/catalogue/entry'
import type { Quantity } from '../../../firmware/devices/model'
import { BATTERY, type Moment } from './signal'

/** How the power is spread over phases. */
export const PHASES = [0.5, 0.3, 0.2] as const
const MAINS_V = 230
/** Of a meter behind current transformers. */
export const FIRST_RATIO = 40
/** Between the charge of one battery and that of the next, in per cent of the full one. */
const CHARGE_APART = 4

export interface Traits {
  /** 1 or -1: which way the power flows of which a positive raw value tells. */
  readonly gridSign: number
  readonly batterySign: number
  /** Its power has no sign. */
  readonly isUnsigned: boolean
  /** Of the current transformers that its powers leave out, when it is new; 1 if it has none. */
  readonly ratio: number
  /** How much more flows there than at other devices. */
  readonly gain: number
  /** What tells of the battery's power, which has no sign, that it discharges. */
  readonly discharging: number | undefined
  readonly batteries: number
  readonly panels: number
}

/**
 * The signs are those of the entry's words: whether a positive raw value is import or export, charging or discharging. An
 * entry that says it in no such words is believed in its flows.
 */
export function signsOf({ sign, power, battery }: Entry): {
  gridSign: number
  batterySign: number
} {
  return {
    gridSign: signOf(/raw ([+-]) = (?:import|(export))/.exec(sign), power?.minus),
    batterySign: signOf(/([+-]) = (?:charging|(discharging))/.exec(sign), battery?.minus),
  }
}

function signOf(words: RegExpExecArray | null, minus: readonly string[] | undefined): number {
  if (!words) return minus && minus.length > 0 ? -1 : 1
  return (words[1] === '-') === (words[2] !== undefined) ? 1 : -1
}

/** Consumption positive; what is behind the transformers. */
export function gridW(
  { gridW }: Moment,
  { ratio, gain, isUnsigned }: Traits,
  scale: number,
): number {
  const primaryW = gridW * gain * (ratio === 1 ? 1 : scale)
  return isUnsigned ? Math.abs(primaryW) : primaryW
}

/** Panels give nothing at night, and never less. */
export function pvW(moment: Moment): number {
  return Math.max(0, moment.pvW)
}

/** Charging positive. */
export function batteryW({ batteryA, batteryV }: Moment): number {
  return batteryA * batteryV
}

/** How a power is spread over so many inputs. */
export function sharesOf(inputs: number): number[] {
  const sum = (inputs * (inputs + 1)) / 2
  return Array.from({ length: inputs }, (_, i) => (inputs - i) / sum)
}

/** In W, V, A and so on; `index`: which phase of so many, or which input, from 0. */
export function shownValue(
  {
    what,
    index,
    phases,
    inputs,
  }: { what: Quantity; index: number; phases: number; inputs: number },
  traits: Traits,
  moment: Moment,
  scale: number,
): number {
  const { gridSign, batterySign, ratio, batteries, panels, discharging } = traits
  const primaryW = gridW(moment, traits, scale)
  const secondaryW = ratio === 1 ? primaryW : primaryW / (ratio * scale)
  const shownW = traits.isUnsigned ? secondaryW : gridSign * secondaryW
  const battery = batteryW(moment)
  const charge = moment.stateOfChargeWh / BATTERY.capacityWh
  switch (what) {
    case 'voltage':
      return MAINS_V + index
    case 'current':
      return Math.abs(secondaryW * (phases > 1 ? PHASES[index] : 1)) / (MAINS_V + index)
    case 'power':
      return shownW
    case 'phasePower':
      return shownW * PHASES[index]
    case 'frequency':
      return 50
    case 'importPower':
      return Math.max(0, primaryW)
    case 'exportPower':
      return Math.max(0, -primaryW)
    case 'importEnergy':
    case 'phaseImportEnergy':
      return moment.importWh
    case 'exportEnergy':
    case 'totalEnergy':
    case 'dischargeEnergy':
      return moment.exportWh
    case 'currentRatio':
      return ratio === 1 ? 1 : ratio * scale
    case 'voltageRatio':
      return 1
    case 'pvPower':
      return pvW(moment) * (inputs > 1 ? sharesOf(panels)[index] : 1)
    // What somebody else measures: whoever takes it for the device's own is found out.
    case 'meterPower':
    case 'externalPower':
    case 'externalPhasePower':
      return 700 - primaryW / 3
    case 'batteryPower':
      return (
        (discharging === undefined ? batterySign * battery : Math.abs(battery)) *
        (inputs > 1 ? sharesOf(batteries)[index] : 1)
      )
    case 'batteryMagnitude':
      return Math.abs(battery)
    case 'batteryVoltage':
      return moment.batteryV
    case 'batteryCurrent':
      return batterySign * moment.batteryA * sharesOf(batteries)[0]
    case 'batteryDirection':
      return battery < 0 ? (discharging ?? 2) : 1 - ((discharging ?? 2) % 2)
    case 'chargePower':
      return Math.max(0, battery)
    case 'dischargePower':
      return Math.max(0, -battery)
    case 'stateOfCharge':
      // One battery holds more, one less; all together are at the charge.
      return charge === 0 ? 0 : 100 * charge + CHARGE_APART * (index - (batteries - 1) / 2)
    case 'stateOfHealth':
      return 98
    case 'remainingCapacity':
      return charge * BATTERY.capacityAh
    case 'fullCapacity':
    case 'designCapacity':
      return BATTERY.capacityAh
    case 'remainingEnergy':
      return moment.stateOfChargeWh * scale
    case 'fullEnergy':
      return (BATTERY.capacityWh * scale) / batteries
    case 'cells':
      return 16
    case 'cycles':
      return 12
    case 'status':
      return 0
    case 'temperature':
      return 25
  }
}
