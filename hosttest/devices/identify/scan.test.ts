import { describe, expect, test } from '@jest/globals'
import { findDevice } from '../../../firmware/devices/catalogue/find'
import { SCAN_LINES, type ScanOptions } from '../../../firmware/devices/identify/scan'
import { bus, float, type Slave, slave } from '../../../tools/sim/modbus/scripted'
import { em24 as em24At5, sdm120 as sdm120At5 } from './play'
import { alone, type Scanned, scanLine } from './scanning'

interface Device {
  baud: number
  parity: 'none' | 'even' | 'odd'
  slave: Slave
}

/** Scans a line with these devices, each of which hears only its own line settings. */
function scan(devices: Device[], options: ScanOptions = {}): Scanned {
  return scanLine(({ baud, parity }) => {
    const present = devices.filter((one) => one.baud === baud && one.parity === parity)
    return bus(
      present.map((one) => one.slave),
      baud,
    )
  }, options)
}

const at9600 = (one: Slave): Device => ({ baud: 9600, parity: 'none', slave: one })
const zeros = (count: number): number[] => new Array(count).fill(0)

const sdm630 = slave(1, {
  0: [...float(231), ...float(229), ...float(230), ...float(4), ...float(2), ...float(1)],
  12: [...float(900), ...float(400), ...float(-200), ...zeros(62)],
  52: float(1100),
  70: [...float(50), ...float(1), ...float(2)],
  342: float(3),
})
const em24: Slave = { ...em24At5(), unit: 2 }
const sdm120 = sdm120At5()
const pace = slave(7, { 0: [0x10000 - 2500, 5120, 60, 100, 6000, 10000, 10000, 12] })
/** Answers every address with 0, as an SDM630 does for holding registers. */
const zeroed = slave(9, { 0: zeros(0x4000) })

describe('a scan', () => {
  test('identifies by identification registers, says by which, and gives a live reading', () => {
    const { found } = scan([at9600(em24), { baud: 2400, parity: 'none', slave: sdm120 }])
    expect(
      found.map(({ unit, model, matchedBy, certain, line }) => [
        unit,
        model,
        matchedBy,
        certain,
        line.baud,
      ]),
    ).toEqual([
      [2, 'cg-em24-rs485', 'register 11: 72', true, 9600],
      [5, 'eastron-sdm120', 'register 64514: 32', true, 2400],
    ])
    expect(found[0].readings.find(({ what }) => what === 'power')?.value).toBe(500)
  })

  test('is not certain of a model whose identifying number is a reading of this device', () => {
    const found = (currentA: number) =>
      scan([at9600(slave(7, { 0: [100 * currentA, 5120, 60, 100, 6000, 10000, 10000, 12] }))]).found
    // The current of a PACE battery is where a Deye says its type, and 12.80 A is the number of one.
    for (const currentA of [12.8, 12.81])
      expect(found(currentA).map(({ model, certain }) => [model, certain])).toEqual([
        ['pace-modbus', false],
      ])
  })

  test('names what may be there if it has too few quantities to be guessed by', () => {
    const marstek = slave(1, { 32104: [55], 32202: [0, 800], 33002: [0, 1234] })
    const [found] = scan([{ baud: 115_200, parity: 'none', slave: marstek }]).found
    expect(found.model).toBe(undefined)
    expect(found.candidates).toEqual(['marstek-venus-e2'])
  })

  test('names a model whose number is there and whose values are not', () => {
    // The grid is down.
    const deye = slave(1, { 0: [512], 63: [0, 0], 73: [0], 79: [0], 86: [0, 0] })
    const [found] = scan([at9600(deye)]).found
    expect([found.model, found.candidates]).toEqual([undefined, ['deye-string']])
  })

  test('guesses by several quantities together if a model has no identification', () => {
    const { found } = scan([at9600(sdm630), at9600(pace)])
    const models = (at: number) =>
      found.filter(({ unit }) => unit === at).map(({ model = 'unknown' }) => model)
    expect(models(1)).toContain('eastron-sdm630')
    expect(models(1)).toContain('eastron-sdm230')
    expect(models(7)).toEqual(['pace-modbus'])
    // Whatever else the catalogue knows with the same map.
    for (const model of models(1)) {
      const voltage = findDevice(model)?.registers.find(({ what }) => what === 'voltage')
      expect([model, voltage?.at, voltage?.type]).toEqual([model, 0, 'f32'])
    }
    expect(found.filter(({ certain }) => certain)).toEqual([])
    expect(found[0].matchedBy).toBe('plausible voltage, frequency, power within voltage x current')
  })

  test('a device that answers zeros, or a voltage and nothing else, stays unknown', () => {
    const voltageOnly = slave(3, { 0: float(230) })
    const { found } = scan([at9600(zeroed), at9600(voltageOnly)])
    expect(
      found.map(({ unit, model, matchedBy, candidates }) => [unit, model, matchedBy, candidates]),
    ).toEqual([
      [3, undefined, 'it answers', []],
      [9, undefined, 'it answers', []],
    ])
  })

  test('of a silent line, with the defaults, is over within two minutes', () => {
    const { found, progress, tookMs, line } = scan([])
    console.log(`a silent line: ${line.sent.length} requests in ${(tookMs / 1000).toFixed(1)} s`)
    expect(found).toEqual([])
    expect(tookMs).toBeLessThan(120_000)
    for (const unit of [1, 9, 16]) {
      const baudsAsked = line.sent.filter(({ bytes }) => bytes[0] === unit).length
      expect(baudsAsked).toBeGreaterThanOrEqual(2 * SCAN_LINES.length)
    }
    expect(progress[0]).toBe(0)
    expect(progress[progress.length - 1]).toBe(1)
    expect(progress.every((done, i) => i === 0 || done >= progress[i - 1])).toBe(true)
  })

  test('is told which lines and units to try', () => {
    const lines = [{ baud: 19_200, parity: 'even', stopBits: 1 }] as const
    const { found, line } = scan([{ baud: 19_200, parity: 'even', slave: em24 }], {
      lines,
      units: [2],
    })
    expect(found.map(({ model }) => model)).toEqual(['cg-em24-rs485'])
    expect(line.sent.every(({ bytes }) => bytes[0] === 2)).toBe(true)
  })

  test('is bounded for a device that nobody knows and that is silent on what it does not have', () => {
    const shy = alone({
      unit: 4,
      wordAt: (code, at) => (code === 3 && at === 0 ? 1 : undefined),
      silent: true,
    })
    const options = { lines: SCAN_LINES.slice(0, 1), units: [4] }
    const { found, line, tookMs } = scanLine(() => shy, options)
    expect(found.map(({ model, candidates }) => [model, candidates])).toEqual([[undefined, []]])
    // Each silence is waited for, and then for a late answer.
    const MAX_SILENCES = 20
    expect(line.sent.length).toBeLessThan(3 * MAX_SILENCES)
    expect(tookMs).toBeLessThan(3000 * MAX_SILENCES)
  })

  test('meets a device that refuses later than it is waited for', () => {
    const late: Slave = { ...em24, unit: 1, latencyMs: 300 }
    const { found } = scan([at9600(late)], { lines: SCAN_LINES.slice(0, 1) })
    expect(found.map(({ unit, model }) => [unit, model])).toEqual([[1, 'cg-em24-rs485']])
  })

  test('asks all units for what most have before it asks for what is shipped with few', () => {
    const { line } = scan([], { lines: SCAN_LINES.slice(0, 1) })
    const reads = line.sent.map(({ bytes }) => bytes.subarray(1, 6).join(' '))
    const units = line.sent.map(({ bytes }) => bytes[0])
    expect(new Set(reads.slice(0, 32)).size).toBe(2)
    expect(new Set(units.slice(0, 16)).size).toBe(16)
    // What is shipped at unit 247.
    expect(units.indexOf(247)).toBeGreaterThanOrEqual(32)
  })
})
