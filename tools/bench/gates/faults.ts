/** Faults, one kind after the other, on devices that were honest until then: which readings the gates keep back. */
import type { UnixMs } from '../../../firmware/core/time'
import type { Register } from '../../../firmware/devices/model'
import type { Random } from '../../sim/random'
import { RandomSignal } from '../../sim/site/random-signal'
import { BATTERY, type Moment } from '../../sim/site/signal'
import { batteryOf, gridOf, PERIOD_MS } from './days'
import { BenchDevice, catalogued, type Disturb, type Shown, sunspec } from './device'

const HONEST_ROUNDS = 5
const STILL_MS = 900_000

/** True if the faulty reading is kept back (or reported, if that is what its gate does). */
type Fault = (random: Random) => boolean

const grid = { role: 'site' } as const
const store = { role: 'resource', part: 'battery', capacityWh: BATTERY.capacityWh } as const

function isPower({ what }: Register): boolean {
  return what === 'power' || what === 'batteryPower'
}

/** Some honest readings, then one of `shown` with its registers disturbed. */
function strike(
  random: Random,
  device: BenchDevice,
  honest: (moment: Moment) => Shown,
  faulty: (moment: Moment) => Shown,
  disturb?: Disturb,
  afterMs = PERIOD_MS,
): boolean {
  const signal = new RandomSignal(random.below(2 ** 31), 1)
  const from = random.below(1e9) * 1000
  let atMs = 0
  for (let i = 0; i < HONEST_ROUNDS; i++, atMs += PERIOD_MS)
    device.check(honest(signal.at((from + atMs) as UnixMs)), atMs)
  atMs += afterMs - PERIOD_MS
  return device.check(faulty(signal.at((from + atMs) as UnixMs)), atMs, disturb) !== ''
}

function swap(words: number[], register: Register): void {
  if (isPower(register)) words.reverse()
}

function randomWords(random: Random): Disturb {
  return (words, register) => {
    if (isPower(register)) for (let i = 0; i < words.length; i++) words[i] = random.below(0x10000)
  }
}

/** W or a share of the battery, far enough off to be a fault. */
function otherCharge(random: Random): (moment: Moment) => Shown {
  return (moment) => {
    const share = random.next()
    const away = Math.abs(share - moment.stateOfChargeWh / BATTERY.capacityWh)
    return away < 0.1
      ? otherCharge(random)(moment)
      : batteryOf({ ...moment, stateOfChargeWh: share * BATTERY.capacityWh })
  }
}

function restarted(keeps: 'voltage' | 'nothing'): (moment: Moment) => Shown {
  return ({ batteryV }) => ({ batteryVoltage: keeps === 'voltage' ? batteryV : 0 })
}

/** One of the numbers ten times or a tenth of itself, as after a scale factor of another reading. */
function scaled(random: Random, moment: Moment): Shown {
  const shown = gridOf(moment)
  const factor = random.chance(0.5) ? 10 : 0.1
  return random.chance(0.5)
    ? { ...shown, power: (shown.power as number) * factor }
    : { ...shown, phasePower: (shown.phasePower as number[]).map((watts) => watts * factor) }
}

function large(moment: Moment): Moment {
  const gridW = moment.gridW < 0 ? moment.gridW - 1000 : moment.gridW + 1000
  const batteryA = moment.batteryA < 0 ? moment.batteryA - 20 : moment.batteryA + 20
  return { ...moment, gridW, batteryA }
}

/** Import or export that grows over what 16 bits hold, by some kW from reading to reading. */
function overflows(random: Random): boolean {
  const device = new BenchDevice(catalogued('deye-3p'), grid)
  const sign = random.chance(0.5) ? 1 : -1
  let powerW = 20_000
  let kept = true
  for (let atMs = 0; powerW < 48_000; atMs += PERIOD_MS, powerW += 500 + 6000 * random.next()) {
    const why = device.check({ power: Math.round(sign * powerW) }, atMs)
    if (Math.round(powerW) > 0x7fff && why === '') kept = false
  }
  return kept
}

/** A quarter of an hour: of two devices one stands still. */
function freezes(random: Random): boolean {
  const movement = { count: 0 }
  const frozen = new BenchDevice(catalogued('eastron-sdm630'), grid, movement)
  const other = new BenchDevice(catalogued('eastron-sdm120'), grid, movement)
  const signal = new RandomSignal(random.below(2 ** 31), 1)
  let isNoted = false
  for (let atMs = 0; atMs < STILL_MS; atMs += PERIOD_MS) {
    other.check(gridOf(signal.at(atMs as UnixMs)), atMs)
    frozen.check(gridOf(signal.at(0 as UnixMs)), atMs)
    isNoted ||= frozen.gates.note !== ''
  }
  return isNoted
}

const em24 = (): BenchDevice => new BenchDevice(catalogued('cg-em24-rs485'), grid)
const sdm630 = (): BenchDevice => new BenchDevice(catalogued('eastron-sdm630'), grid)
const sdm230 = (): BenchDevice => new BenchDevice(catalogued('eastron-sdm230'), grid)
const pace = (): BenchDevice => new BenchDevice(catalogued('pace-modbus'), store)
const felicity = (): BenchDevice => new BenchDevice(catalogued('felicity'), store)
const tenfold: Disturb = (words, register) => {
  if (isPower(register)) words[0] = ((((words[0] << 16) >> 16) * 10) & 0xffff) >>> 0
}

export const FAULTS: { readonly [kind: string]: Fault } = {
  'any words, whole number, no rating': (random) =>
    strike(random, em24(), gridOf, gridOf, randomWords(random)),
  'any words, float, no rating': (random) =>
    strike(random, sdm630(), gridOf, gridOf, randomWords(random)),
  'any words, float, rated 23 kW': (random) =>
    strike(random, sdm230(), gridOf, gridOf, randomWords(random)),
  'swapped words, whole number': (random) => strike(random, em24(), gridOf, gridOf, swap),
  'swapped words, float, no rating': (random) => strike(random, sdm630(), gridOf, gridOf, swap),
  'swapped words, float, rated 23 kW': (random) => strike(random, sdm230(), gridOf, gridOf, swap),
  'swapped from the start, float, no rating': (random) => steady(random, sdm630()),
  'swapped from the start, float, rated 23 kW': (random) => steady(random, sdm230()),
  '16 bits overflow': overflows,
  'phases or total by a factor of ten': (random) =>
    strike(
      random,
      new BenchDevice(sunspec(203, 105), grid),
      (moment) => gridOf(large(moment)),
      (moment) => scaled(random, large(moment)),
    ),
  'watts ten times volts x amperes': (random) =>
    strike(
      random,
      new BenchDevice(sunspec(802, 62), store, undefined, 19_200),
      (moment) => batteryOf(large(moment)),
      (moment) => batteryOf(large(moment)),
      tenfold,
    ),
  'charge of another reading, per cent': (random) =>
    strike(random, felicity(), batteryOf, otherCharge(random)),
  'charge of another reading, Ah': (random) =>
    strike(random, pace(), batteryOf, otherCharge(random)),
  'BMS restarts, all zeros': (random) =>
    strike(random, pace(), batteryOf, restarted('nothing'), undefined, 60_000),
  'BMS restarts, zeros but for its voltage': (random) =>
    strike(random, pace(), batteryOf, restarted('voltage'), undefined, 60_000),
  'BMS restarts, per cent, zeros but for its voltage': (random) =>
    strike(random, felicity(), batteryOf, restarted('voltage'), undefined, 60_000),
  'BMS restarts with the dongle': (random) =>
    pace().check(restarted('voltage')(momentOf(random)), 0) !== '',
  'frozen (reported)': freezes,
}

function momentOf(random: Random): Moment {
  return new RandomSignal(random.below(2 ** 31), 1).at(0 as UnixMs)
}

/** One reading of a device whose words were in the wrong order from the start, somewhere in its first five minutes. */
function steady(random: Random, device: BenchDevice): boolean {
  const signal = new RandomSignal(random.below(2 ** 31), 1)
  let isKept = false
  for (let left = 1 + random.below(75), atMs = 0; left > 0; left--, atMs += PERIOD_MS)
    isKept = device.check(gridOf(signal.at(atMs as UnixMs)), atMs, swap) !== ''
  return isKept
}

/** How many of `count` are kept back. */
export function caught(kind: string, random: Random, count: number): number {
  let kept = 0
  for (let i = 0; i < count; i++) if (FAULTS[kind](random)) kept++
  return kept
}
