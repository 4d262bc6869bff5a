/**
 * SunSpec devices: maps of models at any of the addresses where a map may begin, as inverters, meters and batteries have
 * them. Offsets: https://github.com/sunspec/models; makers: https://github.com/evcc-io/evcc, templates of sunspec.
 */
import type { ReadRegisters } from '../modbus/slave'
import type { Random } from '../random'
import { type DeviceImage, type Part, type RegisterAddress, sums } from './image'
import { AddressSpace, type Manner } from './manner'
import { batteryW, PHASES, pvW } from './quantities'
import { BATTERY, type Moment } from './signal'
import { wordsOf } from './words'

const BASES = [40_000, 50_000, 0]
const COMMON_LENGTH = 65
/** A scale factor of powers may move between these. */
const MAX_FACTOR = 2
/** Fewer registers at once than some models have between a value and its scale factor. */
const MAX_REGISTERS = [125, 100] as const

interface Shown {
  moment: Moment
  factor: number
}

/** What stands where in a model, by the offset from its id. */
type Points = (shown: Shown) => { [offset: number]: readonly number[] }

interface Block {
  id: number
  length: number
  points: Points
}

const INVERTER: Block = {
  id: 103,
  length: 50,
  points: ({ moment, factor }) => ({ 14: s16(pvW(moment), factor), 15: s16(factor, 0) }),
}
const FLOAT_INVERTER: Block = {
  id: 113,
  length: 60,
  points: ({ moment }) => ({ 22: float(pvW(moment)) }),
}
const DER: Block = {
  id: 701,
  length: 153,
  points: ({ moment, factor }) => ({ 10: s16(pvW(moment), factor), 116: s16(factor, 0) }),
}
const METER: Block = {
  id: 203,
  length: 105,
  points: ({ moment: { gridW }, factor }) => ({
    18: s16(gridW, factor),
    19: PHASES.flatMap((share) => s16(gridW * share, factor)),
    22: s16(factor, 0),
  }),
}
const TURNED_METER: Block = {
  ...METER,
  points: ({ moment, factor }) =>
    METER.points({ moment: { ...moment, gridW: -moment.gridW }, factor }),
}
const FLOAT_METER: Block = {
  id: 213,
  length: 124,
  points: ({ moment: { gridW } }) => ({
    28: float(gridW),
    30: PHASES.flatMap((share) => float(gridW * share)),
  }),
}
const BATTERY_MODEL: Block = {
  id: 802,
  length: 62,
  points: ({ moment, factor }) => ({
    3: s16(BATTERY.capacityWh, 1),
    11: s16(percent(moment), -1),
    // Discharging is positive.
    47: s16(-batteryW(moment), factor),
    53: s16(1, 0),
    56: s16(-1, 0),
    63: s16(factor, 0),
  }),
}
const STORED: Block = {
  id: 713,
  length: 7,
  points: ({ moment }) => ({
    2: s16(BATTERY.capacityWh, 1),
    3: s16(moment.stateOfChargeWh, 1),
    4: s16(percent(moment), -1),
    7: s16(1, 0),
    8: s16(-1, 0),
  }),
}
const STORAGE_CONTROLS: Block = {
  id: 124,
  length: 24,
  points: ({ moment }) => ({ 8: s16(percent(moment), -2), 22: s16(-2, 0) }),
}
/** Two strings, then what the battery takes and gives, each in a block of 20 registers behind the first ten. */
const INPUTS: Block = {
  id: 160,
  length: 88,
  points: ({ moment, factor }) => ({
    4: s16(factor, 0),
    21: s16(pvW(moment) / 2, factor),
    41: s16(pvW(moment) / 2, factor),
    61: s16(Math.max(0, batteryW(moment)), factor),
    81: s16(Math.max(0, -batteryW(moment)), factor),
  }),
}

const DEVICES: readonly { maker: string; parts: readonly Part[]; blocks: readonly Block[] }[] = [
  { maker: 'SMA', parts: ['pv'], blocks: [DER] },
  { maker: 'Kostal', parts: ['pv'], blocks: [INVERTER] },
  { maker: 'Fronius', parts: ['pv', 'power'], blocks: [FLOAT_INVERTER, FLOAT_METER] },
  { maker: 'Fronius', parts: ['power'], blocks: [METER] },
  { maker: 'SolarEdge', parts: ['pv', 'power'], blocks: [INVERTER, TURNED_METER] },
  { maker: 'Some', parts: ['battery'], blocks: [BATTERY_MODEL] },
  { maker: 'Some', parts: ['battery', 'pv'], blocks: [DER, STORED, BATTERY_MODEL] },
  { maker: 'Fronius', parts: ['battery', 'pv'], blocks: [INVERTER, STORAGE_CONTROLS, INPUTS] },
]

export class SunSpecImage implements DeviceImage {
  readonly model = 'sunspec'
  readonly parts: readonly Part[]
  readonly scales: readonly number[]
  readonly scaleMoves: boolean
  readonly hasPhases: boolean
  readonly isUnsigned = false
  readonly needsCapacity: boolean
  readonly identifies: boolean
  readonly #maker: string
  readonly #base: number
  readonly #blocks: readonly Block[]
  readonly #space: AddressSpace
  readonly #end: number
  readonly #splitsBattery: boolean

  constructor(manner: Manner, random: Random) {
    const { maker, parts, blocks } = DEVICES[random.below(DEVICES.length)]
    this.parts = parts
    this.identifies = manner.absent !== 'silence'
    this.#maker = maker
    this.#blocks = blocks
    this.#base = BASES[random.below(BASES.length)]
    const has = (...ids: number[]) => blocks.some(({ id }) => ids.includes(id))
    this.hasPhases = has(203, 213)
    this.needsCapacity = has(124)
    this.#splitsBattery = has(160)
    this.scaleMoves = !has(113, 213)
    this.scales = this.scaleMoves ? [1, 10, 100] : []
    this.#end = blocks.reduce((at, { length }) => at + 2 + length, this.#base + 4 + COMMON_LENGTH)
    const count = this.#end + 2 - this.#base
    const maxRegisters = MAX_REGISTERS[random.below(MAX_REGISTERS.length)]
    this.#space = new AddressSpace(manner, { maxRegisters }, [{ code: 3, at: this.#base, count }])
  }

  get addresses(): readonly RegisterAddress[] {
    const count = this.#end + 2 - this.#base
    return Array.from({ length: count }, (_, i) => ({ code: 3, at: this.#base + i }))
  }

  has({ code, at }: RegisterAddress): boolean {
    return this.#space.has(code, at)
  }

  read(moment: Moment, scale: number): ReadRegisters {
    const words = this.#words({ moment, factor: factorOf(scale) })
    return this.#space.read((_, at) => words.get(at))
  }

  powers(
    part: Part,
    phases: readonly number[] | undefined,
    at: readonly Moment[],
    scale: number,
  ): number[] {
    if (part === 'pv') return at.map((moment) => -rounded(pvW(moment), scale))
    if (part === 'power')
      return phases
        ? sums(phases.map((phase) => at.map((m) => rounded(m.gridW * PHASES[phase - 1], scale))))
        : at.map(({ gridW }) => rounded(gridW, scale))
    const battery = at.map((moment) => rounded(batteryW(moment), scale))
    if (!this.#splitsBattery) return battery
    return sums([battery.map((w) => Math.max(0, w)), battery.map((w) => Math.min(0, w))])
  }

  /** Its rounding is in its powers, for it moves. */
  toleranceW(): number {
    return 0.5
  }

  stored({ stateOfChargeWh }: Moment): { storedWh: number; fullWh: number } {
    return { storedWh: stateOfChargeWh, fullWh: BATTERY.capacityWh }
  }

  #words(shown: Shown): Map<number, number> {
    const words = new Map<number, number>()
    const put = (at: number, ...more: readonly number[]) => {
      more.forEach((word, i) => {
        words.set(at + i, word)
      })
    }
    put(this.#base, 0x5375, 0x6e53, 1, COMMON_LENGTH)
    for (let i = 0; 2 * i < this.#maker.length; i++)
      put(
        this.#base + 4 + i,
        (this.#maker.charCodeAt(2 * i) << 8) | (this.#maker.charCodeAt(2 * i + 1) || 0),
      )
    let at = this.#base + 4 + COMMON_LENGTH
    for (const { id, length, points } of this.#blocks) {
      put(at, id, length)
      for (const [offset, values] of Object.entries(points(shown)))
        put(at + Number(offset), ...values)
      at += 2 + length
    }
    put(at, 0xffff, 0)
    return words
  }
}

function factorOf(scale: number): number {
  return Math.min(MAX_FACTOR, Math.round(Math.log10(scale)))
}

function rounded(value: number, scale: number): number {
  return Math.round(value / scale) * scale
}

function s16(value: number, factor: number): number[] {
  return wordsOf(value, { type: 's16', order: 'msw', scale: 10 ** factor })
}

function float(value: number): number[] {
  return wordsOf(value, { type: 'f32', order: 'msw' })
}

function percent({ stateOfChargeWh }: Moment): number {
  return (100 * stateOfChargeWh) / BATTERY.capacityWh
}
