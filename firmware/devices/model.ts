/** What the firmware knows of a device model: its registers, what they mean, and how power comes out of them. */
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
export const QUANTITIES = Object.keys(UNITS) as readonly Quantity[]

export type ReadCode = 3 | 4

export interface Register extends NumberFormat {
  readonly what: Quantity
  /** Which phase or input, from 1; 0 if it is of the whole device. */
  readonly phase: number
  /** An input that the device may not have. */
  readonly optional?: boolean
  readonly at: number
  readonly code: ReadCode
  /** Set once for the device's life: read once and then seldom. */
  readonly fixed: boolean
  /** SunSpec: the address of the exponent that this value is scaled by, as an s16. */
  readonly factorAt?: number
}

/**
 * How a power in W with the sign of this house (import, consumption, charging positive) comes out of registers:
 * (sum of `plus` - sum of `minus`) * product of `times`.
 */
export interface Flow {
  readonly plus: readonly Quantity[]
  readonly minus: readonly Quantity[]
  readonly times: readonly Quantity[]
  /** The same per phase, where the device has it: for the installer who wants some phases only. */
  readonly phases: Quantity | undefined
  /** The power wraps at 16 bits: it is the one that the sum of these agrees with. */
  readonly nearest?: Quantity | undefined
  /** Another register holds the sign: negative where it reads `negative`. */
  readonly sign: { readonly what: Quantity; readonly negative: number } | undefined
  /** The registers cannot tell import from export. */
  readonly unsigned: boolean
}

/** A line's settings as the maker ships them; undefined where not known. */
export interface FactoryLine {
  readonly baud: number | undefined
  readonly parity: 'none' | 'even' | 'odd' | undefined
  readonly stopBits: 1 | 2 | undefined
  readonly unit: number | undefined
}

/** One register (or text of `length` registers) that tells the model. */
export interface Identification {
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
  readonly name: string
  readonly kind: 'meter' | 'battery' | 'inverter' | 'sunspec'
  readonly line: FactoryLine
  readonly mostRegisters: number
  readonly barriers: readonly number[]
  /** Silence on the line that the device needs before it is addressed; 0 for the standard's 3.5 characters. */
  readonly quietMs: number
  /** How long it may think at first, until its own latency is learnt. */
  readonly timeoutMs: number
  readonly registers: readonly Register[]
  /** Power at the grid connection, or of the load behind a meter. */
  readonly power: Flow | undefined
  readonly battery: Flow | undefined
  readonly pv: Flow | undefined
  readonly identification: readonly Identification[]
}
