/**
 * A device made of its entry in the catalogue: the inverse of what the firmware makes of the same entry, written apart
 * from it. What a register means is taken from its name, how the number is written from its type, scale, unit and order,
 * and the sign from the entry's words about it, not from its flows.
 */
import type { Entry, RegisterEntry } from '../../../firmware/devices/catalogue/entry'
import type { ReadRegisters } from '../modbus/slave'
import type { Random } from '../random'
import { type DeviceImage, type Part, type RegisterAddress, sums } from './image'
import { AddressSpace, type Manner } from './manner'
import {
  batteryW,
  FIRST_RATIO,
  gridW,
  PHASES,
  pvW,
  sharesOf,
  shownValue,
  signsOf,
  type Traits,
} from './quantities'
import { BATTERY, type Moment } from './signal'
import { errorOf, type WordFormat, wordCount, wordsOf, wordsOfNothing } from './words'

/** What the ratio, or the size of the battery, may be set to, as a factor of what it was. */
const RATIO_SCALES = [1 / FIRST_RATIO, 0.5, 1, 2]
const CAPACITY_SCALES = [0.5, 1, 2]
/** Of the battery. */
const MAX_V = 60
const MAX_A = 60
/** A total that overflows is shown overflowing. */
const OVERFLOWING_GAIN = 5

interface Field extends RegisterEntry {
  readonly at: number
  readonly code: 3 | 4
  /** Which phase or input, from 0. */
  readonly index: number
  /** Of so many phases, or inputs that the map has room for. */
  readonly phases: number
  readonly inputs: number
  readonly format: WordFormat
  /** Of an input that this device does not have. */
  readonly absent: boolean
}

type Absent = 'zeros' | 'nothing' | 'missing'

export class CatalogueImage implements DeviceImage {
  readonly model: string
  readonly parts: readonly Part[]
  readonly scales: readonly number[]
  readonly scaleMoves = false
  readonly hasPhases: boolean
  readonly isUnsigned: boolean
  readonly needsCapacity: boolean
  readonly identifies: boolean
  readonly #entry: Entry
  readonly #fields: Field[]
  readonly #fieldAt = new Map<number, { field: Field; word: number }>()
  readonly #identity = new Map<number, number>()
  readonly #space: AddressSpace
  /** How an input shows that it is not there. */
  readonly #absent: Absent
  readonly #traits: Traits

  constructor(entry: Entry, manner: Manner, random: Random) {
    const { id, power, battery, pv, registers } = entry
    this.#entry = entry
    this.model = id
    this.parts = [
      ...(battery ? ['battery'] : []),
      ...(pv ? ['pv'] : []),
      ...(power ? ['power'] : []),
    ] as Part[]
    const absents: Absent[] =
      manner.absent === 'exception' ? ['zeros', 'nothing', 'missing'] : ['zeros', 'nothing']
    this.#absent = absents[random.below(absents.length)]
    const tellsRatio = power?.times?.includes('currentRatio') ?? false
    const tellsSize = battery !== undefined && this.#has('fullEnergy')
    this.scales = tellsRatio ? RATIO_SCALES : tellsSize ? CAPACITY_SCALES : []
    this.hasPhases = power?.phases !== undefined
    this.isUnsigned = power?.unsigned ?? false
    this.needsCapacity =
      battery !== undefined &&
      !tellsSize &&
      !this.#has('remainingEnergy') &&
      !this.#has('remainingCapacity')
    this.#traits = {
      ...signsOf(entry),
      isUnsigned: this.isUnsigned,
      ratio: tellsRatio ? FIRST_RATIO : 1,
      gain: power?.nearest ? OVERFLOWING_GAIN : 1,
      discharging: battery?.sign?.negative,
      batteries: 1 + random.below(this.#inputs('stateOfCharge')),
      panels: 1 + random.below(this.#inputs('pvPower')),
    }
    this.#fields = registers.flatMap((register) => this.#fieldsOf(register))
    this.identifies = this.#identify(random) && manner.absent !== 'silence'
    this.#space = new AddressSpace(manner, entry, [
      ...this.#fields.map(({ code, at, format }) => ({ code, at, count: wordCount(format) })),
      ...[...this.#identity.keys()].map((key) => ({ code: key >> 16, at: key & 0xffff, count: 1 })),
    ])
    for (const field of this.#fields)
      for (let word = 0; word < wordCount(field.format); word++)
        this.#fieldAt.set(keyOf(field.code, field.at + word), { field, word })
  }

  get addresses(): readonly RegisterAddress[] {
    return this.#fields
  }

  has({ code, at }: RegisterAddress): boolean {
    return this.#space.has(code, at)
  }

  read(moment: Moment, scale: number): ReadRegisters {
    return this.#space.read((code, at) => {
      const key = keyOf(code, at)
      const found = this.#fieldAt.get(key)
      if (!found) return this.#identity.get(key)
      const { field, word } = found
      return this.#words(field, moment, scale)[word]
    })
  }

  powers(
    part: Part,
    phases: readonly number[] | undefined,
    at: readonly Moment[],
    scale: number,
  ): number[] {
    const { batteries, panels } = this.#traits
    if (part === 'pv') {
      const inputs = this.#inputs('pvPower') > 1 ? panels : 1
      return sums(sharesOf(inputs).map((share) => at.map((m) => -pvW(m) * share)))
    }
    if (part === 'power') {
      const power = (m: Moment) => gridW(m, this.#traits, scale)
      if (phases || !(this.#has('power') || this.#has('importPower')))
        return sums(
          (phases ?? [1, 2, 3]).map((phase) => at.map((m) => power(m) * PHASES[phase - 1])),
        )
      if (this.#has('power')) return at.map(power)
      return sums([at.map((m) => Math.max(0, power(m))), at.map((m) => Math.min(0, power(m)))])
    }
    if (this.#has('batteryPower')) {
      const inputs = this.#inputs('batteryPower') > 1 ? batteries : 1
      return sums(sharesOf(inputs).map((share) => at.map((m) => batteryW(m) * share)))
    }
    if (this.#has('chargePower'))
      return sums([
        at.map((m) => Math.max(0, batteryW(m))),
        at.map((m) => Math.min(0, batteryW(m))),
      ])
    return at.flatMap(({ batteryA }) => at.map(({ batteryV }) => batteryA * batteryV))
  }

  toleranceW(part: Part, scale: number): number {
    const half = (...whats: RegisterEntry['what'][]): number =>
      this.#fields
        .filter(({ what }) => whats.includes(what))
        .reduce((sum, { format }) => sum + errorOf(format), 0)
    if (part === 'pv') return half('pvPower')
    if (part === 'power') {
      const total = half(this.#has('power') ? 'power' : 'importPower', 'exportPower')
      const { ratio } = this.#traits
      return (ratio === 1 ? 1 : ratio * scale) * Math.max(total, half('phasePower'))
    }
    const product = MAX_V * half('batteryCurrent') + MAX_A * half('batteryVoltage')
    return this.#has('batteryPower')
      ? half('batteryPower')
      : half('chargePower', 'dischargePower') || product
  }

  stored({ stateOfChargeWh }: Moment, scale: number): { storedWh: number; fullWh: number } {
    const times = this.#traits.ratio === 1 ? scale : 1
    return { storedWh: stateOfChargeWh * times, fullWh: BATTERY.capacityWh * times }
  }

  #has(what: RegisterEntry['what']): boolean {
    return this.#entry.registers.some((register) => register.what === what)
  }

  #inputs(what: RegisterEntry['what']): number {
    const register = this.#entry.registers.find((one) => one.what === what)
    return 1 + (register?.also?.length ?? 0)
  }

  #fieldsOf(register: RegisterEntry): Field[] {
    const { at, also = [], what, code = this.#entry.code, order = this.#entry.order } = register
    const phases = typeof at === 'number' ? [at] : at
    const present = /^battery|^stateOfCharge|^fullEnergy/.test(what)
      ? this.#traits.batteries
      : this.#traits.panels
    return [...phases, ...also]
      .map((address, index) => ({
        ...register,
        at: address,
        code,
        index,
        phases: phases.length,
        inputs: 1 + also.length,
        format: { ...register, order },
        absent: index >= phases.length && index >= present,
      }))
      .filter(({ absent }) => !absent || this.#absent !== 'missing')
  }

  #words(field: Field, moment: Moment, scale: number): number[] {
    if (!field.absent) return wordsOf(shownValue(field, this.#traits, moment, scale), field.format)
    return this.#absent === 'nothing' ? wordsOfNothing(field.format) : wordsOf(0, field.format)
  }

  /** Puts what it says itself that it is into its registers. */
  #identify(random: Random): boolean {
    const rules = this.#entry.identification ?? []
    if (rules.length === 0) return false
    const { code, at, length, text, ranges = [] } = rules[random.below(rules.length)]
    const words: number[] = []
    if (text !== undefined) {
      const characters = text.padEnd(2 * length, random.chance(0.5) ? '\0' : ' ')
      for (let i = 0; i < length; i++)
        words.push((characters.charCodeAt(2 * i) << 8) | characters.charCodeAt(2 * i + 1))
    } else {
      const [low, high] = ranges[random.below(ranges.length)]
      const value = low + random.below(high - low + 1)
      words.push(...(length === 1 ? [value] : [Math.floor(value / 0x10000), value % 0x10000]))
    }
    words.forEach((word, i) => {
      this.#identity.set(keyOf(code, at + i), word)
    })
    return true
  }
}

function keyOf(code: number, at: number): number {
  return code * 0x10000 + at
}
