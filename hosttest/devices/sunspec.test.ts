import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Bus, type DeviceSetup, type Output } from '../../firmware/devices/bus'
import { bus, Line, type Slave } from '../modbus/line'

interface Block {
  id: number
  length: number
  points: { [offset: number]: number }
}

/** A SunSpec device of these models, with registers from `base` on. */
function sunspec(base: number, maker: string, blocks: Block[]): Slave {
  const registers = new Map<number, number>()
  let at = base
  const put = (...words: number[]): void => {
    for (const word of words) registers.set(at++, word & 0xffff)
  }
  put(0x5375, 0x6e53)
  const common: Block = { id: 1, length: 65, points: {} }
  for (let i = 0; i < 16; i++)
    common.points[2 + i] = (maker.charCodeAt(2 * i) << 8) | maker.charCodeAt(2 * i + 1)
  for (const { id, length, points } of [common, ...blocks]) {
    const start = at
    put(id, length)
    for (let offset = 2; offset < length + 2; offset++) put(points[offset] ?? 0)
    at = start + 2 + length
  }
  put(0xffff, 0)
  return { unit: 1, registers, latencyMs: 10 }
}

function measure(device: Slave, setup: Partial<DeviceSetup>, count = 1): unknown[][] {
  const machine = new Bus({
    baud: 19_200,
    characterBits: 10,
    devices: [{ model: 'sunspec', unit: 1, role: 'site', ...setup }],
  })
  const line = new Line<Output>(machine, bus([device], 19_200))
  const log: unknown[][] = []
  for (let round = 0; round < count; round++) {
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * 4000, (output) => {
      if (output.kind === 'measured') log.push([output.powerW, output.stateOfChargeWh])
      if (output.kind === 'failed') log.push([output.why])
    })
  }
  return log
}

const inverter: Block = { id: 103, length: 50, points: { 14: 512, 15: 1 } }
const meter: Block = {
  id: 203,
  length: 105,
  points: { 18: -1234, 19: -1000, 20: -300, 21: 66, 22: -1 },
}
const floatMeter: Block = { id: 213, length: 124, points: { 28: 0x44_9a, 29: 0x5000 } }
const store: Block = {
  id: 802,
  length: 62,
  points: { 3: 1024, 11: 505, 47: 150, 53: 1, 56: -1, 63: 1 },
}

describe('SunSpec', () => {
  test('a meter behind an inverter, with its scale factor', () => {
    expect(measure(sunspec(40_000, 'Fronius', [inverter, meter]), {})).toEqual([
      [-123.4, undefined],
    ])
  })

  test('one with floats, in a map at 50000 and at 0', () => {
    expect(measure(sunspec(50_000, 'Someone', [floatMeter]), {})).toEqual([[1234.5, undefined]])
    expect(measure(sunspec(0, 'Someone', [floatMeter]), {})).toEqual([[1234.5, undefined]])
  })

  test('SolarEdge counts export as positive', () => {
    expect(measure(sunspec(40_000, 'SolarEdge', [inverter, meter]), {})).toEqual([
      [123.4, undefined],
    ])
  })

  test('chosen phases', () => {
    const fronius = sunspec(40_000, 'Fronius', [meter])
    expect(measure(fronius, { phases: [1, 3] })).toEqual([[-93.4, undefined]])
  })

  test('an inverter generates', () => {
    const fronius = sunspec(40_000, 'Fronius', [inverter])
    expect(measure(fronius, { role: 'resource' })).toEqual([[-5120, undefined]])
  })

  test('a battery: discharging is positive there, energy from its rating', () => {
    const battery = sunspec(40_000, 'BYD', [store])
    expect(measure(battery, { role: 'resource' })).toEqual([[-1500, 5171.2]])
  })

  test('a hybrid of Fronius charges by its third input and discharges by its fourth', () => {
    const inputs: Block = {
      id: 160,
      length: 88,
      points: { 4: -1, 8: 4, 21: 30000, 41: 20000, 61: 25000, 81: 0 },
    }
    const gen24 = sunspec(40_000, 'Fronius', [inverter, inputs])
    expect(measure(gen24, { role: 'resource' })).toEqual([[2500, undefined]])
    expect(measure(gen24, { role: 'resource', part: 'pv' })).toEqual([[-5120, undefined]])
  })

  test('what is not implemented is no reading', () => {
    const dark: Block = { ...meter, points: { ...meter.points, 18: 0x8000 } }
    expect(measure(sunspec(40_000, 'Fronius', [dark]), {})).toEqual([['no reading (sentinel)']])
    const unscaled: Block = { ...meter, points: { ...meter.points, 22: 0x8000 } }
    expect(measure(sunspec(40_000, 'Fronius', [unscaled]), {})).toEqual([['no reading (sentinel)']])
  })

  test('is walked once, and a scale factor may change', () => {
    const device = sunspec(40_000, 'Fronius', [meter])
    expect(measure(device, {}, 2)).toEqual([
      [-123.4, undefined],
      [-123.4, undefined],
    ])
  })

  test('no map, no meter in it, or no end of it: fails with the reason', () => {
    expect(measure({ unit: 1, registers: new Map(), latencyMs: 10 }, {})).toEqual([
      ['no SunSpec map'],
    ])
    expect(measure(sunspec(40_000, 'Fronius', [inverter]), {})).toEqual([
      ['no SunSpec model for this role'],
    ])
    const endless = sunspec(40_000, 'X', new Array(60).fill({ id: 9, length: 1, points: {} }))
    expect(measure(endless, {})).toEqual([['a SunSpec map without end']])
  })
})
