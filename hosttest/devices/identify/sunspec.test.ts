import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { bus, ScriptedLine, type Slave } from '../../../tools/sim/modbus/scripted'
import { line8N1, pv, sdm120 } from '../poll/rounds'
import { type Block, sunspec } from '../sunspec'
import { exception } from './play'

function measure(device: Slave, config: Partial<DeviceConfig>, count = 1): unknown[][] {
  const machine = new Bus({
    line: line8N1(19_200),
    devices: [{ model: 'sunspec', unit: 1, role: 'site', ...config }],
  })
  const line = new ScriptedLine<BusOutput>(machine, bus([device], 19_200))
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

  test('a meter with floats, in a map at 50000 and at 0', () => {
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

  test('an inverter that generates is negative', () => {
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
    const storage: Block = { id: 124, length: 24, points: { 8: 5050, 22: -2 } }
    const gen24 = sunspec(40_000, 'Fronius', [inverter, storage, inputs])
    expect(measure(gen24, { role: 'resource', capacityWh: 10_000 })).toEqual([[2500, 5050]])
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

  test('the remaining energy of model 713 comes before any share of the rating', () => {
    const left: Block = { id: 713, length: 7, points: { 2: 1000, 3: 640, 4: 505, 7: 1, 8: -1 } }
    const battery = sunspec(40_000, 'BYD', [store, left])
    expect(measure(battery, { role: 'resource' })).toEqual([[-1500, 6400]])
  })

  test.each<[string, Block]>([
    ['101', { ...inverter, id: 101 }],
    ['102', { ...inverter, id: 102 }],
    ['111', { id: 111, length: 60, points: { 22: 0x45a0, 23: 0 } }],
    ['112', { id: 112, length: 60, points: { 22: 0x45a0, 23: 0 } }],
    ['113', { id: 113, length: 60, points: { 22: 0x45a0, 23: 0 } }],
    ['701', { id: 701, length: 153, points: { 10: 512, 116: 1 } }],
  ])('an inverter of model %s, behind models 702 and 703 without a power', (_, block) => {
    const others: Block[] = [702, 703].map((id) => ({ id, length: 50, points: { 10: 7, 14: 7 } }))
    const generator = sunspec(40_000, 'X', [...others, block])
    expect(measure(generator, { role: 'resource' })).toEqual([[-5120, undefined]])
  })

  test.each([201, 202, 203, 204])('a meter of model %d, in all and by phases', (id) => {
    const one = sunspec(40_000, 'X', [{ ...meter, id }])
    expect(measure(one, {})).toEqual([[-123.4, undefined]])
    expect(measure(one, { phases: [2, 3] })).toEqual([[-23.4, undefined]])
  })

  test.each([211, 212, 213, 214])('a meter of model %d, in all and by phases', (id) => {
    const points = { ...floatMeter.points, 30: 0x44_9a, 31: 0x5000, 32: 0x3f_80, 34: 0xc0_00 }
    const one = sunspec(40_000, 'X', [{ ...floatMeter, id, points }])
    expect(measure(one, {})).toEqual([[1234.5, undefined]])
    expect(measure(one, { phases: [2, 3] })).toEqual([[-1, undefined]])
  })

  test('what the installer wants and the map does not have is refused with the field', () => {
    const battery = sunspec(40_000, 'Fronius', [
      inverter,
      { id: 160, length: 88, points: { 4: -1, 8: 4, 61: 25000, 81: 0 } },
    ])
    const charged = sunspec(40_000, 'Fronius', [
      inverter,
      { id: 124, length: 24, points: { 8: 5050, 22: -2 } },
      { id: 160, length: 88, points: { 4: -1, 8: 4, 61: 25000, 81: 0 } },
    ])
    // The maker left out the phases: none of them may count as 0 W.
    const short = sunspec(40_000, 'X', [{ id: 213, length: 28, points: floatMeter.points }])
    const why = (device: Slave, config: Partial<DeviceConfig>): string =>
      String(measure(device, config)[0][0]).split(':')[0]
    expect(why(battery, { role: 'resource' })).toBe('part')
    expect(why(charged, { role: 'resource' })).toBe('capacityWh')
    expect(why(short, { phases: [1, 2] })).toBe('phases')
    expect(why(charged, { role: 'resource', part: 'pv', phases: [1] })).toBe('phases')
    expect(measure(short, {})).toEqual([[1234.5, undefined]])
  })

  test('a scale factor that does not fit into one read with its value is read on both sides of it', () => {
    const far = sunspec(40_000, 'X', [{ id: 701, length: 153, points: { 10: 512, 116: 1 } }])
    const VALUE = 40_000 + 69 + 10
    const FACTOR = 40_000 + 69 + 116
    const config: DeviceConfig = { model: 'sunspec', unit: 1, role: 'resource' }
    const machine = new Bus({ line: line8N1(19_200), devices: [config], maxSpanMs: 1000 })
    const respond = bus([{ ...far, maxRegisters: 40, latencyMs: 200 }], 19_200)
    let lost = false
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      const isLost = lost && (frame[2] << 8) + frame[3] === VALUE
      if (isLost) lost = false
      return isLost ? [] : respond(frame, now)
    })
    const log: unknown[] = []
    for (let round = 0; round < 3; round++) {
      lost = round === 1
      if (round > 0) line.sent.length = 0
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) => {
        if (output.kind === 'measured') log.push(output.powerW)
        if (output.kind === 'failed') log.push(output.why)
      })
    }
    const asked = line.sent.map(({ bytes }) => (bytes[2] << 8) + bytes[3])
    expect(asked).toEqual([FACTOR, VALUE, FACTOR])
    // The value was asked for twice: the factor could move and move back meanwhile.
    expect(log).toEqual([
      -5120,
      'a ratio, a rating, a scale factor or a direction may have changed',
      -5120,
    ])
  })

  test('a scale factor outside of the standard makes no reading', () => {
    const wild: Block = { ...meter, points: { ...meter.points, 22: 11 } }
    expect(measure(sunspec(40_000, 'X', [wild]), {})).toEqual([['no reading (sentinel)']])
  })

  test.each([50_000, 0])('a map at %d, of a device that is silent where it has none', (base) => {
    const device = sunspec(base, 'Fronius', [meter])
    const config: DeviceConfig = { model: 'sunspec', unit: 1, role: 'site' }
    const machine = new Bus({ line: line8N1(19_200), devices: [config] })
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      const isThere = device.registers.has(frame[2] * 256 + frame[3])
      return isThere ? bus([device], 19_200)(frame, now) : []
    })
    const log: unknown[] = []
    for (let round = 0; round < 12; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) =>
        log.push(output.kind === 'measured' ? output.powerW : output.kind),
      )
    }
    expect(log[log.length - 1]).toBe(-123.4)
  })

  test('the map of a device that was lost is walked anew', () => {
    const before = sunspec(40_000, 'Fronius', [meter])
    const after = sunspec(40_000, 'Fronius', [inverter, meter])
    const config: DeviceConfig = { model: 'sunspec', unit: 1, role: 'site' }
    const machine = new Bus({ line: line8N1(19_200), devices: [config] })
    let device: Slave = before
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      bus([device], 19_200)(frame, now),
    )
    const log: unknown[] = []
    for (let round = 0; round < 12; round++) {
      if (round === 1) device = { ...after, mute: true }
      if (round === 8) device = after
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) =>
        log.push(output.kind === 'measured' ? output.powerW : output.kind),
      )
    }
    expect(log[0]).toBe(-123.4)
    expect(log[log.length - 1]).toBe(-123.4)
    expect(new Set(log)).toEqual(new Set([-123.4, 'failed']))
  })

  test('a walk that waits for a device that is busy does not tell how long a round takes', () => {
    const respond = bus([sunspec(40_000, 'Fronius', [meter]), sdm120(2)], 19_200)
    const machine = new Bus({
      line: line8N1(19_200),
      devices: [{ model: 'sunspec', unit: 1, role: 'site' }, pv],
    })
    let busy = 4
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      const replies = respond(frame, now)
      if (frame[0] !== 2 || busy-- <= 0) return replies
      return replies.map(({ afterMs, bytes }) => ({ afterMs, bytes: exception(bytes, 6) }))
    })
    const measured: [device: number, atMs: number][] = []
    for (let round = 0; round < 2; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output, at) => {
        if (output.kind === 'measured') measured.push([output.device, at])
      })
    }
    expect(measured.map(([device]) => device)).toEqual([1, 0, 0, 1])
    expect(measured[1][1]).toBeGreaterThan(900)
    expect(machine.roundMs).toBeLessThan(400)
  })

  // A header that was asked for twice came late twice: the second time it was taken for that of the model before.
  test('is walked right though headers come late', () => {
    const respond = bus([sunspec(40_000, 'Fronius', [inverter, meter])], 19_200)
    const second = 40_069
    const wrong: string[] = []
    let readings = 0
    for (let lateMs = 300; lateMs < 9000; lateMs += 10) {
      const machine = new Bus({
        line: line8N1(19_200),
        devices: [{ model: 'sunspec', unit: 1, role: 'resource', part: 'pv' }],
      })
      let lates = 0
      const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
        const replies = respond(frame, now)
        if (frame[2] * 256 + frame[3] !== second || ++lates > 2) return replies
        return replies.map(({ bytes }) => ({ afterMs: lates === 1 ? 3500 : lateMs, bytes }))
      })
      for (let round = 0; round < 10; round++) {
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 4000, (output) => {
          if (output.kind !== 'measured') return
          readings++
          if (output.powerW !== -5120) wrong.push(`${output.powerW} W after ${lateMs} ms`)
        })
      }
    }
    expect(wrong).toEqual([])
    expect(readings).toBeGreaterThan(3000)
  })
})
