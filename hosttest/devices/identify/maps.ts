/** What devices have in their registers while they are scanned: models of the catalogue, and devices that nobody knows. */
import { listFingerprints } from '../../../firmware/devices/identify/fingerprint'
import { ModelMatching } from '../../../firmware/devices/identify/matching'
import type {
  Device,
  IdentificationRule,
  Quantity,
  Register,
} from '../../../firmware/devices/model'
import { widthOf } from '../../../firmware/devices/value'
import { type Random, random } from '../../../tools/sim/random'

/** The word in a register, by function and address; undefined if the device has no such register. */
export type WordAt = (code: number, at: number) => number | undefined

const FINGERPRINTS = listFingerprints()
/** Of models that a number identifies. The marker of a SunSpec map is a text of four letters, which is read as one. */
const RULES = FINGERPRINTS.filter(({ model, text }) => text === undefined && model !== 'sunspec')

/** What it shows in any case. */
type Shown = { readonly [what in Quantity]?: number }

/** A device of this model that has what the catalogue knows of it, and nothing else. */
export class OwnMap {
  readonly #words = new Map<number, number>()

  constructor(device: Device, draw: Random, shown: Shown = {}) {
    const moment = momentOf(draw, shown)
    for (const register of device.registers)
      if (!register.optional)
        this.#put(register.code, register.at, encode(register, moment(register)))
    const { identification } = device
    const rule = device.kind === 'sunspec' ? identification[0] : pick(draw, identification)
    if (rule) this.#put(rule.code, rule.at, matching(rule, draw))
    // Behind its marker a map of no models.
    if (device.kind === 'sunspec' && rule) this.#put(rule.code, rule.at + 2, [0xffff, 0])
  }

  readonly wordAt: WordAt = (code, at) => this.#words.get(keyOf(code, at))

  /** Sets a reading to the number by which another model is identified there; false if there is none such. */
  coincide(device: Device, draw: Random): boolean {
    const isOwn = ({ code, at }: IdentificationRule): boolean =>
      device.identification.some((own) => own.code === code && own.at === at)
    const others = RULES.filter(
      (rule) => rule.length === 1 && this.wordAt(rule.code, rule.at) !== undefined && !isOwn(rule),
    )
    const rule = pick(draw, others)
    if (rule) this.#put(rule.code, rule.at, matching(rule, draw))
    return rule !== undefined
  }

  #put(code: number, at: number, words: readonly number[]): void {
    words.forEach((word, i) => {
      this.#words.set(keyOf(code, at + i), word)
    })
  }
}

export const STRANGERS = ['uniform', 'small', 'sparse', 'uniform with gaps', 'small with gaps']

/** Random registers. Every second one has, by chance, the number by which some model is identified. */
export function stranger(seed: number): { kind: string; wordAt: WordAt } {
  const draw = random(seed)
  const kind = STRANGERS[seed % STRANGERS.length]
  const limit = [10, 100, 1000, 6000, 20_000][draw.below(5)]
  const bait = new Map<number, number>()
  if (draw.chance(0.5)) {
    const rule = RULES[draw.below(RULES.length)]
    matching(rule, draw).forEach((word, i) => {
      bait.set(keyOf(rule.code, rule.at + i), word)
    })
  }
  const has = (code: number, at: number): boolean =>
    !kind.endsWith('gaps') || hash(seed, keyOf(code, at >> 4) + 0x8000_0000) < 0.7
  return {
    kind,
    wordAt: (code, at) => {
      const baited = bait.get(keyOf(code, at))
      if (baited !== undefined) return baited
      if (!has(code, at)) return undefined
      const share = hash(seed, keyOf(code, at))
      if (kind.startsWith('uniform')) return Math.floor(share * 0x10000)
      if (kind === 'sparse' && share < 0.8) return 0
      return Math.floor(hash(seed + 1, keyOf(code, at)) * limit)
    },
  }
}

/** Asks a device that refuses what it does not have. */
export function matchingOf(wordAt: WordAt): ModelMatching {
  const matching = new ModelMatching(FINGERPRINTS, { maxSilences: 1, essential: 0 })
  for (let request = matching.request; request; request = matching.request) {
    const { code, address, count } = request
    const bytes = new Uint8Array(2 * count)
    let isRefused = false
    for (let i = 0; i < count && !isRefused; i++) {
      const word = wordAt(code, address + i)
      if (word === undefined) isRefused = true
      else bytes.set([word >> 8, word & 0xff], 2 * i)
    }
    if (isRefused) matching.skip('refused')
    else matching.take(bytes, 0)
  }
  return matching
}

function keyOf(code: number, at: number): number {
  return code * 0x10000 + at
}

/** A number in [0, 1) for each seed and key: what a stranger has in a register, without a table of all. */
function hash(seed: number, key: number): number {
  let mixed = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(key + 1, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000
}

function pick<T>(draw: Random, items: readonly T[]): T | undefined {
  return items[draw.below(items.length)]
}

/** What a device that this rule identifies has in its registers. */
function matching({ length, ranges, text }: IdentificationRule, draw: Random): number[] {
  if (text !== undefined)
    return Array.from(
      { length },
      (_, i) => ((text.charCodeAt(2 * i) || 0) << 8) | (text.charCodeAt(2 * i + 1) || 0),
    )
  const [low, high] = ranges[draw.below(ranges.length)]
  const value = low + draw.below(high - low + 1)
  return length === 1 ? [value] : [Math.floor(value / 0x10000), value % 0x10000]
}

/** A house with its meter and its battery, at one moment: the powers follow from voltages and currents. */
function momentOf(draw: Random, shown: Shown): (register: Register) => number {
  const between = (low: number, high: number): number => low + draw.next() * (high - low)
  const volts = [between(222, 240), between(222, 240), between(222, 240)]
  const amperes = [between(0.5, 12), between(0.5, 12), between(0.5, 12)]
  const battery = { V: between(48, 54), A: between(-40, 40) }
  const phaseW = volts.map((V, i) => V * amperes[i] * between(0.9, 0.99))
  const energyWh = between(1e5, 2e7)
  const values: Partial<Record<Quantity, number>> = {
    frequency: between(49.9, 50.1),
    batteryVoltage: battery.V,
    batteryCurrent: battery.A,
    batteryPower: battery.V * battery.A,
    batteryMagnitude: battery.V * Math.abs(battery.A),
    chargePower: Math.max(0, battery.V * battery.A),
    dischargePower: Math.max(0, -battery.V * battery.A),
    pvPower: between(10, 4000),
    stateOfCharge: between(5, 100),
    stateOfHealth: between(90, 100),
    remainingCapacity: between(20, 100),
    fullCapacity: 100,
    designCapacity: 100,
    remainingEnergy: between(1000, 5000),
    fullEnergy: 5000,
    cells: 16,
    cycles: draw.below(900),
    temperature: 25,
    currentRatio: 1,
    voltageRatio: 1,
    ...shown,
  }
  return ({ what, phase }) => {
    const i = Math.max(0, phase - 1)
    if (what === 'voltage') return volts[i % 3]
    if (what === 'current') return amperes[i % 3]
    if (what === 'phasePower') return phaseW[i % 3]
    if (what === 'importPower') return phaseW[0]
    if (what === 'power') return phaseW[0]
    return values[what] ?? (what.endsWith('Energy') ? energyWh : 0)
  }
}

/** The words of a value; the highest that fits if it is too large for them. */
function encode({ type, order, exponent, offset, mask }: Register, value: number): number[] {
  const view = new DataView(new ArrayBuffer(8))
  const words = widthOf(type)
  const raw = (exponent < 0 ? value * 10 ** -exponent : value / 10 ** exponent) - offset
  if (type === 'f32') view.setFloat32(0, raw)
  else if (type === 'f64') view.setFloat64(0, raw)
  else {
    const bits = 16 * words
    const highest = 2 ** (type[0] === 'u' ? bits : bits - 1) - 2
    let whole = Math.min(highest, Math.round(mask === undefined ? raw : raw * (mask & -mask)))
    if (whole < 0) whole += 2 ** bits
    for (let i = words - 1; i >= 0; i--, whole = Math.floor(whole / 0x10000))
      view.setUint16(2 * i, whole % 0x10000)
  }
  const result = Array.from({ length: words }, (_, i) => view.getUint16(2 * i))
  return order === 'msw' ? result : result.reverse()
}
