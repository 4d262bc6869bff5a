/** What the firmware knows of a device model: its registers, what they mean, and how its power follows from them. */

import type { READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS } from '../modbus/codes'
import type { LineSettings } from '../ports/bytestream'
import type { NumberFormat } from './value'

/** The unit that the values of each quantity come in. The order is part of the packed catalogue: append only. */
export const UNITS = {
  voltage: 'V',
  current: 'A',
  power: 'W',
  phasePower: 'W',
  frequency: 'Hz',
  importPower: 'W',
  exportPower: 'W',
  importEnergy: 'Wh',
  phaseImportEnergy: 'Wh',
  exportEnergy: 'Wh',
  totalEnergy: 'Wh',
  currentRatio: '',
  voltageRatio: '',
  pvPower: 'W',
  meterPower: 'W',
  externalPower: 'W',
  externalPhasePower: 'W',
  batteryPower: 'W',
  /** Without a sign. */
  batteryMagnitude: 'W',
  batteryVoltage: 'V',
  batteryCurrent: 'A',
  batteryDirection: '',
  chargePower: 'W',
  dischargePower: 'W',
  dischargeEnergy: 'Wh',
  stateOfCharge: '%',
  stateOfHealth: '%',
  remainingCapacity: 'Ah',
  fullCapacity: 'Ah',
  designCapacity: 'Ah',
  remainingEnergy: 'Wh',
  fullEnergy: 'Wh',
  cells: '',
  cycles: '',
  status: '',
  temperature: 'C',
} as const
export type Quantity = keyof typeof UNITS
export const QUANTITIES = Object.freeze(Object.keys(UNITS)) as readonly Quantity[]

export type ReadCode = typeof READ_HOLDING_REGISTERS | typeof READ_INPUT_REGISTERS

export interface Register extends NumberFormat {
  readonly what: Quantity
  /** Which phase or input, from 1; 0 for the whole device. */
  readonly phase: number
  /** An input that the device may not have. */
  readonly optional?: boolean
  readonly at: number
  readonly code: ReadCode
  /** It scales other values and seldom changes: not read in every round (docs/devices.md). */
  readonly fixed: boolean
  /** SunSpec: the address of the exponent that this value is scaled by, as an s16. */
  readonly factorAt?: number | undefined
}

/**
 * How a power in W follows from registers: (sum of `plus` - sum of `minus`) * product of `times`. Import, consumption
 * and charging are positive.
 */
export interface Flow {
  readonly plus: readonly Quantity[]
  readonly minus: readonly Quantity[]
  readonly times: readonly Quantity[]
  /** The same power per phase, if the device tells it: for an installer who wants some phases only. */
  readonly phases: Quantity | undefined
  /** The power wraps at 16 bits: the one that the sum of these agrees with is meant. */
  readonly nearest?: Quantity | undefined
  /** Another register holds the sign: the power is negative if it reads `negative`. */
  readonly sign: { readonly what: Quantity; readonly negative: number } | undefined
  /** The registers cannot tell import from export. */
  readonly unsigned: boolean
}

/** The line's settings and the unit as the maker ships them; undefined if not known. */
export type FactoryLine = {
  readonly [Name in 'baud' | 'parity' | 'stopBits']: LineSettings[Name] | undefined
} & { readonly unit: number | undefined }

/** One register (or text of `length` registers) that tells the model. */
export interface IdentificationRule {
  readonly code: ReadCode
  readonly at: number
  readonly length: number
  /** Any of these ranges (equal ends for one value), of a register or of two, high word first... */
  readonly ranges: readonly (readonly [number, number])[]
  /** ...or a text that it begins with, in capitals or not. */
  readonly text: string | undefined
}

export interface Device {
  readonly id: string
  readonly kind: 'meter' | 'battery' | 'inverter' | 'sunspec'
  readonly line: FactoryLine
  readonly maxRegisters: number
  readonly barriers: readonly number[]
  /** Silence on the line that the device needs before it is addressed; 0 for the standard's 3.5 characters. */
  readonly quietMs: number
  /** How long it may take to answer until its own latency is learnt. */
  readonly timeoutMs: number
  /** The most that a meter measures, or that a battery or an inverter gives or takes; undefined if not known. */
  readonly ratedW: number | undefined
  readonly registers: readonly Register[]
  /** Power at the grid connection, or of the load behind a meter. */
  readonly power: Flow | undefined
  readonly battery: Flow | undefined
  readonly pv: Flow | undefined
  readonly identification: readonly IdentificationRule[]
}
