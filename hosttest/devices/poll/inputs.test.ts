/** Devices with several inputs of a kind: those that they have are added up, those that they lack count as nothing. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { bus, float, ScriptedLine, type Slave, slave } from '../../../tools/sim/modbus/scripted'
import { line8N1, rounds } from './rounds'

const capacityWh = 10_000
const deye: DeviceConfig = {
  model: 'deye-3p',
  unit: 1,
  role: 'resource',
  part: 'battery',
  capacityWh,
}

/** W and Wh of one round, or why there is none. */
function reading(config: DeviceConfig, one: Slave): unknown[] {
  return rounds([config], [one], 1).log[0].slice(2)
}

describe('two batteries', () => {
  /** Registers 588 to 595 of two towers: 60 % and 50 %, discharging. */
  const towers = [60, 50, 610, 1190, 0, 5120, 1090, 560]

  test('are added up: 610 W and 560 W are 1170 W, and their charge is that of both', () => {
    expect(reading(deye, slave(1, { 588: towers }))).toEqual([-1170, 5500])
  })

  test('of which one answers 0, because it is not there, are the other alone', () => {
    expect(reading(deye, slave(1, { 588: [60, 0, 610, 1190, 0, 0, 0, 0] }))).toEqual([-610, 6000])
  })

  test('of which one shows 0 since its BMS restarted are no reading, until that has lasted for four minutes', () => {
    const one = slave(1, { 588: towers })
    const machine = new Bus({ line: line8N1(), devices: [deye] })
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => answer(frame, now))
    let answer = bus([one])
    const told: unknown[] = []
    for (let round = 0; round < 62; round++) {
      if (round === 1) answer = bus([slave(1, { 588: [60, 0, 610, 1190, 0, 0, 0, 0] })])
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) =>
        told.push(output.kind === 'measured' ? output.stateOfChargeWh : output.kind),
      )
    }
    expect(told.slice(0, 3)).toEqual([5500, 'failed', 'failed'])
    expect(told.indexOf(6000)).toBe(60)
  })

  // The device was lost for a while: its first reading afterwards began the count anew.
  test('of which one shows 0 as the device comes back are no reading', () => {
    const machine = new Bus({ line: line8N1(), devices: [deye] })
    const both = bus([slave(1, { 588: towers })])
    const one = bus([slave(1, { 588: [60, 0, 610, 1190, 0, 0, 0, 0] })])
    let round = 0
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      if (round < 2 || round > 30) return both(frame, now)
      return round < 12 ? [] : one(frame, now)
    })
    const told: unknown[] = []
    for (; round < 40; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) =>
        told.push(output.kind === 'measured' ? output.stateOfChargeWh : output.kind),
      )
    }
    expect(new Set(told)).toEqual(new Set([5500, 'failed']))
    expect(told.at(-1)).toBe(5500)
  })

  // Rounds without a reading counted as two batteries, so that the other was missed for four minutes.
  test('of which one answers 0, because it is not there, are the other alone from the first reading on', () => {
    const machine = new Bus({ line: line8N1(), devices: [deye] })
    const answer = bus([slave(1, { 588: [60, 0, 610, 1190, 0, 0, 0, 0] })])
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      now < 4000 ? [] : answer(frame, now),
    )
    const told: unknown[] = []
    for (let round = 0; round < 6; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) =>
        told.push(output.kind === 'measured' ? output.stateOfChargeWh : output.kind),
      )
    }
    expect(told[0]).toBe('failed')
    expect(told).toContain(6000)
  })

  test('of which one has no reading, as the device marks it, are the other alone', () => {
    const none = [60, 0xffff, 610, 1190, 0, 0xffff, 0x7fff, 0x8000]
    expect(reading(deye, slave(1, { 588: none }))).toEqual([-610, 6000])
  })

  test('of which one is refused, because it is not there, are the other alone', () => {
    expect(reading(deye, slave(1, { 588: [60], 590: [610] }))).toEqual([-610, 6000])
  })

  test('of which one is refused have taken no longer to read for that', () => {
    const machine = new Bus({ line: line8N1(), devices: [deye], maxSpanMs: 1000 })
    const line = new ScriptedLine<BusOutput>(machine, bus([slave(1, { 588: [60], 590: [610] })]))
    line.now = 3_600_000
    machine.measure(line.now as MonotonicMs)
    const outputs: BusOutput[] = []
    line.run(line.now + 4000, (output) => outputs.push(output))
    expect(outputs).toMatchObject([{ kind: 'measured', powerW: -610, stateOfChargeWh: 6000 }])
  })

  test('of which one is silent are no reading: half a power is worse than none', () => {
    const machine = new Bus({ line: line8N1(), devices: [deye] })
    const answer = bus([slave(1, { 588: towers })])
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      const last = frame[2] * 256 + frame[3] + frame[5] - 1
      return last < 595 ? answer(frame, now) : []
    })
    const kinds: string[] = []
    for (let round = 0; round < 6; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, ({ kind }) => kinds.push(kind))
    }
    expect(kinds).toContain('failed')
    expect(kinds).not.toContain('measured')
  })

  test('of which the first is missing are no reading', () => {
    expect(reading(deye, slave(1, { 589: [50], 595: [560] }))).toEqual([
      'exception 2 (illegal data address)',
    ])
  })

  test('a high-voltage one counts in 10 W', () => {
    expect(reading({ ...deye, model: 'deye-3p-hv' }, slave(1, { 588: towers }))).toEqual([
      -11_700, 5500,
    ])
  })
})

test('the second battery of a GoodWe is one if the device has its registers', () => {
  const goodwe: DeviceConfig = { ...deye, model: 'goodwe-et' }
  const one = { 35182: [0, 610], 37007: [60] }
  expect(reading(goodwe, slave(1, { ...one, 35264: [0, 560], 39005: [50] }))).toEqual([-1170, 5500])
  expect(reading(goodwe, slave(1, { ...one, 35264: [0xffff, 0xffff], 39005: [0xffff] }))).toEqual([
    -610, 6000,
  ])
  expect(reading(goodwe, slave(1, one))).toEqual([-610, 6000])
})

test('two towers of a Sofar are added up, and two inputs that are not there are not missed', () => {
  const sofar: DeviceConfig = { ...deye, model: 'sofar-g3' }
  // Voltage, current, power in 10 W, temperature, charge, health, cycles: 7 registers each.
  const tower = (power: number, percent: number): number[] => [4000, 0, power, 25, percent, 99, 7]
  const none = new Array(7).fill(0)
  const two = slave(1, { 1540: [...tower(61, 60), ...tower(56, 50), ...none, ...none] })
  expect(reading(sofar, two)).toEqual([1170, 5500])
  expect(reading(sofar, slave(1, { 1540: tower(61, 60) }))).toEqual([610, 6000])
})

describe('two batteries that tell what they hold when full', () => {
  const solaredge: DeviceConfig = { model: 'solaredge-battery', unit: 1, role: 'resource' }
  const lsw = (value: number): number[] => float(value).reverse()
  const tower = (at: number, powerW: number, fullWh: number, percent: number) => ({
    [at + 0x74]: lsw(powerW),
    [at + 0x7e]: lsw(fullWh),
    [at + 0x84]: lsw(percent),
  })
  const first = tower(0xe100, 1000, 9700, 50)

  test('hold both their charges', () => {
    const both = slave(1, { ...first, ...tower(0xe200, 500, 4600, 25) })
    expect(reading(solaredge, both)).toEqual([1500, 4850 + 1150])
  })

  test('of which one is not there are the other alone', () => {
    const [high, low] = [0xff7f, 0xffff]
    const none = { 57972: [low, high], 57982: [low, high], 57988: [low, high] }
    expect(reading(solaredge, slave(1, { ...first, ...none }))).toEqual([1000, 4850])
    expect(reading(solaredge, slave(1, first))).toEqual([1000, 4850])
  })
})

describe('the grid of a Deye with three phases, 16 bits on old firmware and 32 on new', () => {
  const site: DeviceConfig = { model: 'deye-3p', unit: 1, role: 'site' }
  const grid = (watts: number): number[] =>
    [watts / 3, watts / 3, watts / 3, watts].map((one) => one & 0xffff)

  test.each([36_000, -36_000, 3, -3])('is %d W on either', (watts) => {
    const old = slave(1, { 622: grid(watts), 690: [0] })
    const current = slave(1, { 622: grid(watts), 690: [watts < 0 ? 0xffff : 0] })
    expect(reading(site, old)).toEqual([watts, undefined])
    expect(reading(site, current)).toEqual([watts, undefined])
  })

  test('is the total, if the phases have the wrong sign or are not there', () => {
    expect(reading(site, slave(1, { 622: [7000, 7000, 7000, 0x10000 - 21_000] }))).toEqual([
      -21_000,
      undefined,
    ])
    expect(reading(site, slave(1, { 622: [0, 0, 0, 0x10000 - 30_000] }))).toEqual([
      -30_000,
      undefined,
    ])
  })

  test('is that of the phases that the installer wants', () => {
    const one = slave(1, { 622: [100, 200, 0xffff - 299, 0] })
    expect(reading({ ...site, phases: [1, 3] }, one)).toEqual([-200, undefined])
  })
})
