/** What the simulated meters answer on their line: the moment of the site, what real ones refuse, and their faults. */
import { describe, expect, test } from '@jest/globals'
import { u16 } from '../../firmware/core/bytes'
import type { UnixMs } from '../../firmware/core/time'
import { crc16 } from '../../firmware/modbus/crc16'
import { RequestFramer } from '../../tools/sim/host/framer'
import type { MeterFault } from '../../tools/sim/modbus/slave'
import { House } from '../../tools/sim/site/house'
import { AskedLine, NOON, request } from './line'

const MOMENT = new House({ seed: 1, startsAt: NOON }).at(NOON)

function newLine(faults: Record<number, MeterFault> = {}): AskedLine {
  const line = new AskedLine()
  for (const [unit, fault] of Object.entries(faults))
    line.conditions.meters.get(Number(unit))!.fault = fault
  return line
}

/** The registers of an intact answer of `unit`. */
function registers(bytes: Uint8Array | undefined, unit: number, functionCode: number): number[] {
  if (!bytes) throw new Error('silence')
  expect([bytes[0], bytes[1], bytes[2], crc16(bytes, 0, bytes.length)]).toEqual([
    unit,
    functionCode,
    bytes.length - 5,
    0,
  ])
  return Array.from({ length: bytes[2] / 2 }, (_, i) => u16(bytes, 3 + 2 * i))
}

function float(high: number, low: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint16(0, high)
  view.setUint16(2, low)
  return view.getFloat32(0)
}

function signed(value: number): number {
  return value > 0x7fff ? value - 0x10000 : value
}

describe('what the meters show is the moment of the site', () => {
  test('SDM630: total power at 0x34, the phases at 0x0C add up to it', () => {
    const [high, low] = registers(newLine().answer(request(1, 4, 0x34, 2)), 1, 4)
    expect(float(high, low)).toBeCloseTo(MOMENT.gridW, 2)
    const p = registers(newLine().answer(request(1, 4, 0x0c, 6)), 1, 4)
    expect(float(p[0], p[1]) + float(p[2], p[3]) + float(p[4], p[5])).toBeCloseTo(MOMENT.gridW, 2)
  })

  test('SDM120: generation is negative', () => {
    const [high, low] = registers(newLine().answer(request(2, 4, 0x0c, 2)), 2, 4)
    expect(float(high, low)).toBeCloseTo(-MOMENT.pvW, 2)
    expect(float(high, low)).toBeLessThan(-100)
  })

  test('PACE: current, voltage, charge and capacities in hundredths', () => {
    const values = registers(newLine().answer(request(3, 3, 0, 8)), 3, 3)
    const powerW = (signed(values[0]) / 100) * (values[1] / 100)
    expect(Math.abs(powerW - MOMENT.batteryA * MOMENT.batteryV)).toBeLessThan(1)
    expect(values.slice(2)).toEqual([50, 100, 10_000, 20_000, 20_000, 12])
  })

  test('PACE: a discharging current is negative', () => {
    const evening = (NOON + 9 * 3_600_000) as UnixMs
    const house = new House({ seed: 1, startsAt: evening })
    const later = (evening + 60_000) as UnixMs
    const line = new AskedLine({ startsAt: evening, utc: () => later })
    const [current] = registers(line.answer(request(3, 3, 0, 1)), 3, 3)
    expect(house.at(later).batteryW).toBeLessThan(-100)
    expect(signed(current)).toBe(Math.round(house.at(later).batteryA * 100))
  })
})

describe('what the real slaves refuse, these refuse', () => {
  test.each([
    ['an odd start cuts a float', request(1, 4, 0x35, 2), [1, 0x84, 2]],
    ['an odd count cuts a float', request(1, 4, 0x34, 3), [1, 0x84, 3]],
    ['the SDM630 gives at most 80', request(1, 4, 0, 82), [1, 0x84, 3]],
    ['the SDM120 gives at most 20', request(2, 4, 0, 22), [2, 0x84, 3]],
    ['no count', request(1, 4, 0, 0), [1, 0x84, 3]],
    ['beyond the last register', request(1, 4, 0x400, 2), [1, 0x84, 2]],
    ['the BMS has no input registers', request(3, 4, 0, 2), [3, 0x84, 1]],
    ['the BMS knows no register 12', request(3, 3, 12, 1), [3, 0x83, 2]],
    ['writing is not simulated', request(1, 6, 0, 1), [1, 0x86, 1]],
  ])('%s', (_why, bytes, expected) => {
    const answer = newLine().answer(bytes)
    expect(answer && [...answer.subarray(0, 3)]).toEqual(expected)
    expect(answer && crc16(answer, 0, 5)).toBe(0)
  })

  test('SDM holding registers that do not exist read as zeros', () => {
    expect(registers(newLine().answer(request(1, 3, 0x1000, 2)), 1, 3)).toEqual([0, 0])
    expect(registers(newLine().answer(request(2, 3, 0xfc02, 2)), 2, 3)).toEqual([0x20, 0])
    expect(registers(newLine().answer(request(2, 3, 0xfc02, 1)), 2, 3)).toEqual([0x20])
  })
})

describe('what no meter answers', () => {
  const damaged = request(1, 4, 0x34, 2)
  damaged[3] ^= 1
  test.each([
    ['another unit', request(9, 4, 0, 2)],
    ['a broadcast', request(0, 4, 0, 2)],
    ['a damaged request', damaged],
    ['a short one', request(1, 4, 0, 2).subarray(0, 3)],
    ['nothing', new Uint8Array(0)],
  ])('%s', (_why, bytes) => {
    expect(newLine().answer(bytes)).toBeUndefined()
  })
})

describe('faults', () => {
  const ask = request(2, 4, 0x0c, 2)

  test('a dead meter is silent, and the others answer', () => {
    const line = newLine({ 2: 'dead' })
    expect(line.answer(ask)).toBeUndefined()
    expect(registers(line.answer(request(1, 4, 0x34, 2)), 1, 4)).toHaveLength(2)
  })

  test('the wrong unit answers, intact', () => {
    expect(registers(newLine({ 2: 'wrong unit' }).answer(ask), 3, 4)).toHaveLength(2)
  })

  test('a bad checksum', () => {
    const answer = newLine({ 2: 'bad crc' }).answer(ask)
    expect(answer && crc16(answer, 0, answer.length) !== 0).toBe(true)
  })

  test('an exception: device failure', () => {
    const answer = newLine({ 2: 'exception' }).answer(ask)
    expect(answer && [...answer.subarray(0, 3)]).toEqual([2, 0x84, 4])
  })

  test('a fault that is cleared is gone', () => {
    const line = newLine({ 2: 'dead' })
    line.conditions.meters.get(2)!.fault = undefined
    expect(registers(line.answer(ask), 2, 4)).toHaveLength(2)
  })
})

describe('frames are cut from a stream without timing', () => {
  const first = request(1, 4, 0x34, 2)
  const second = request(2, 4, 0x0c, 2)

  test.each([1, 3, 8, 16])('in pieces of %i bytes', (size) => {
    const both = Uint8Array.of(...first, ...second)
    const framer = new RequestFramer({ silenceMs: 20 })
    const frames: number[][] = []
    for (let start = 0; start < both.length; start += size) {
      framer.receive(both.subarray(start, start + size), 100, (frame) => frames.push([...frame]))
    }
    expect(frames).toEqual([[...first], [...second]])
  })

  test('silence ends what was begun', () => {
    const framer = new RequestFramer({ silenceMs: 20 })
    const frames: number[][] = []
    const note = (frame: Uint8Array) => frames.push([...frame])
    framer.receive(first.subarray(0, 5), 100, note)
    framer.receive(second, 120, note)
    expect(frames).toEqual([[...second]])
  })
})
