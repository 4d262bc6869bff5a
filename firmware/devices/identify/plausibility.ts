/** Whether a device can be a given model: the telling registers of the model, read one by one until one contradicts it. */
import type { Device, Quantity, Register } from '../model'
import { type ReadFailure, type ReadRequest, type ReadSequence, searchRead } from '../query'
import { decodeNumber, widthOf } from '../value'

/** What a device in use always shows; anything else means that the register map is that of another model. */
export const PLAUSIBLE: { readonly [what in Quantity]?: readonly [number, number] } = {
  voltage: [80, 480],
  frequency: [45, 65.5],
  batteryVoltage: [20, 1000],
  stateOfCharge: [0, 100],
  stateOfHealth: [1, 100],
}
/** In A and W. Any meter of the catalogue, with its transformers; the largest string inverter has 350 kW. */
const MAX_CURRENT_A = 10_000
const MAX_POWER_W = 10_000_000
const MAX_INVERTER_POWER_W = 500_000

/** In the order in which they are read. */
const TELLING: readonly Quantity[] = [
  'voltage',
  'frequency',
  'current',
  'power',
  'batteryVoltage',
  'stateOfCharge',
  'stateOfHealth',
  'batteryPower',
  'batteryCurrent',
  'chargePower',
  'dischargePower',
]
/** Last: not all devices of a model have them. A Growatt SPA has no panels. */
const TELLING_IF_THERE: readonly Quantity[] = ['pvPower', 'importPower', 'exportPower']

const INVERTER_POWERS: readonly Quantity[] = [
  'pvPower',
  'batteryPower',
  'chargePower',
  'dischargePower',
]

export interface QuantityReading {
  what: Quantity
  /** Which phase or input, from 1; 0 for the whole device. */
  phase: number
  /** In the unit of the quantity. */
  value: number
}

export class PlausibilityCheck implements ReadSequence {
  readonly #registers: readonly Register[]
  /** So many of them, the first, have to be there. */
  readonly #required: number
  #readings: QuantityReading[] = []
  #isContradicted = false
  #next = 0

  constructor(device: Device) {
    const surely = registersOf(device, TELLING)
    this.#registers = surely.concat(registersOf(device, TELLING_IF_THERE))
    this.#required = surely.length || this.#registers.length
  }

  begin(): void {}

  get request(): ReadRequest | undefined {
    const register = this.#isContradicted ? undefined : this.#registers[this.#next]
    return register && searchRead(register.code, register.at, widthOf(register.type))
  }

  /** Whether a register is missing, or shows what the model cannot show. */
  get isContradicted(): boolean {
    return this.#isContradicted
  }

  take(bytes: Uint8Array, start: number): void {
    const register = this.#registers[this.#next++]
    const value = decodeNumber(bytes, start, register)
    if (contradicts(register, value) || this.#isOpposed(register, value))
      this.#isContradicted = true
    else if (value !== undefined)
      this.#readings.push({ what: register.what, phase: register.phase, value })
  }

  skip(why: ReadFailure): void {
    if (why === 'unclear') return
    if (this.#next++ < this.#required) this.#isContradicted = true
  }

  split(): boolean {
    return false
  }

  /** No battery charges and discharges at once. */
  #isOpposed({ what }: Register, value: number | undefined): boolean {
    return (
      what === 'dischargePower' &&
      value !== 0 &&
      this.#readings.some((other) => other.what === 'chargePower' && other.value !== 0)
    )
  }

  /** What has been read; of a model that is contradicted up to that register. */
  get readings(): readonly QuantityReading[] {
    return this.#readings
  }

  /** How many registers show what only a device in use shows: a charge of 0 % is what any register may show. */
  get confirmations(): number {
    let confirmations = 0
    for (let i = 0; i < this.#readings.length; i++) {
      const { what, value } = this.#readings[i]
      const range = PLAUSIBLE[what]
      if (range && value !== 0 && value >= range[0] && value <= range[1]) confirmations++
    }
    return confirmations
  }
}

function registersOf({ registers }: Device, whats: readonly Quantity[]): Register[] {
  return registers
    .filter(({ what, optional }) => whats.includes(what) && !optional)
    .sort((a, b) => whats.indexOf(a.what) - whats.indexOf(b.what))
}

function contradicts({ what, phase }: Register, value: number | undefined): boolean {
  const range = PLAUSIBLE[what]
  if (!range) return value !== undefined && Math.abs(value) > maxOf(what)
  // A meter of one phase has no voltage on phases 2 and 3.
  if (phase > 1 && (value === undefined || (value >= 0 && value < range[0]))) return false
  return value === undefined || value < range[0] || value > range[1]
}

function maxOf(what: Quantity): number {
  if (what === 'current' || what === 'batteryCurrent') return MAX_CURRENT_A
  return INVERTER_POWERS.includes(what) ? MAX_INVERTER_POWER_W : MAX_POWER_W
}
