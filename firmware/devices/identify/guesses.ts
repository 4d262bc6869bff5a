/**
 * Which models a device may be that does not say it: those whose telling registers it all has, with values that such a
 * device can show. Three quantities that are plausible together make a model plausible; with fewer it is only possible.
 */
import { findDevice } from '../catalogue/find'
import type { Device } from '../model'
import type { ReadFailure, ReadRequest, ReadSequence } from '../query'
import { PLAUSIBLE, PlausibilityCheck, type QuantityReading } from './plausibility'

/** A voltage alone never makes a model plausible. */
const MIN_QUANTITIES = 3
/** A meter's power cannot exceed what its voltages and currents make, within their rounding. */
const POWER_MARGIN = 1.1
const POWER_MARGIN_W = 20

export interface PlausibleModel {
  readonly device: Device
  /** In words, which quantities are plausible together. */
  readonly why: string
  readonly readings: readonly QuantityReading[]
}

export class ModelGuesses implements ReadSequence {
  readonly plausible: PlausibleModel[] = []
  /** Ids of models that nothing contradicts, though too little speaks for them. */
  readonly possible: string[] = []
  readonly #models: readonly string[]
  readonly #likely: number
  /** The reads that the device refuses or leaves unanswered. */
  readonly #absent: number[] = []
  #isSilent: boolean
  #next = 0
  #device: Device | undefined
  #check: PlausibilityCheck | undefined

  /** If the device is silent and one of the first `likely` models is plausible, no other is asked for. */
  constructor(models: readonly string[], likely: number, isSilent: boolean) {
    this.#models = models
    this.#likely = likely
    this.#isSilent = isSilent
    this.#begin()
    this.#advance()
  }

  begin(): void {}

  get request(): ReadRequest | undefined {
    return this.#check?.request
  }

  take(bytes: Uint8Array, start: number): void {
    this.#check?.take(bytes, start)
    this.#advance()
  }

  skip(why: ReadFailure): void {
    const { request } = this
    if (request && why !== 'unclear') this.#absent.push(keyOf(request))
    if (why === 'silent') this.#isSilent = true
    this.#check?.skip(why)
    this.#advance()
  }

  split(): boolean {
    return false
  }

  /** To the next read; past what is known to be absent. */
  #advance(): void {
    while (this.#device && this.#check) {
      const { request } = this.#check
      if (!request) {
        this.#conclude(this.#device, this.#check)
        this.#begin()
      } else if (this.#absent.includes(keyOf(request))) this.#check.skip('refused')
      else return
    }
  }

  #conclude(device: Device, { isContradicted, readings }: PlausibilityCheck): void {
    if (isContradicted || exceedsApparent(readings)) return
    const quantities = plausibleQuantities(readings)
    if (quantities.length >= MIN_QUANTITIES)
      this.plausible.push({ device, why: `plausible ${quantities.join(', ')}`, readings })
    else if (readings.some(({ value }) => value !== 0)) this.possible.push(device.id)
  }

  /** With the next model that does not say itself what it is. */
  #begin(): void {
    this.#device = this.#check = undefined
    while (this.#next < this.#models.length) {
      if (this.#isSilent && this.plausible.length > 0 && this.#next >= this.#likely) return
      const device = findDevice(this.#models[this.#next++])
      if (!device || device.identification.length > 0) continue
      this.#device = device
      this.#check = new PlausibilityCheck(device)
      return
    }
  }
}

function keyOf({ code, address, count }: ReadRequest): number {
  return (code * 0x10000 + address) * 256 + count
}

function plausibleQuantities(readings: readonly QuantityReading[]): string[] {
  const quantities: string[] = []
  for (const { what } of readings)
    if (PLAUSIBLE[what] && !quantities.includes(what)) quantities.push(what)
  const power = powerOf(readings)
  const apparent = apparentOf(readings)
  if (power !== undefined && apparent !== undefined && apparent > POWER_MARGIN_W)
    quantities.push('power within voltage x current')
  return quantities
}

/** Whether the power is more than the voltages and currents make. */
function exceedsApparent(readings: readonly QuantityReading[]): boolean {
  const power = powerOf(readings)
  const apparent = apparentOf(readings)
  if (power === undefined || apparent === undefined) return false
  return Math.abs(power) > apparent * POWER_MARGIN + POWER_MARGIN_W
}

function powerOf(readings: readonly QuantityReading[]): number | undefined {
  return readings.find(({ what }) => what === 'power')?.value
}

/** Apparent power in VA, summed over the phases; undefined without a voltage and a current of one phase. */
function apparentOf(readings: readonly QuantityReading[]): number | undefined {
  let apparent: number | undefined
  for (const voltage of readings)
    for (const current of readings)
      if (
        voltage.what === 'voltage' &&
        current.what === 'current' &&
        voltage.phase === current.phase
      )
        apparent = (apparent ?? 0) + Math.abs(voltage.value * current.value)
  return apparent
}
