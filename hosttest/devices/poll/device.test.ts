import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { bus, float, framed, Line, long, type Slave, slave } from '../../../tools/sim/modbus/line'
import { battery, grid, line8N1, pace, pv, rounds, sdm120, sdm630, zeros } from './rounds'

describe('how a device answers', () => {
  const only = (one: Slave, count = 1) => rounds([grid], [one], count)

  test('a sentinel is no reading', () => {
    expect(only(slave(1, { ...zeros(0, 80), 52: [0x7fc0, 0] })).log[0][2]).toBe(
      'no reading (sentinel)',
    )
  })

  test('an exception is reported by its name', () => {
    expect(only(slave(1, {})).log[0][2]).toBe('exception 2 (illegal data address)')
  })

  test('requests, timeouts, checksum errors and exceptions are counted for each device', () => {
    const machine = new Bus({ line: line8N1(), devices: [grid, pv] })
    const good = bus([sdm630(1), sdm120(2)])
    // The meter's answers: none, damaged, busy, good; those of the other device are good.
    let asked = 0
    const line = new Line<BusOutput>(machine, (frame, now) => {
      if (frame[0] === 2) return good(frame, now)
      // As long as it was asked for.
      const bad = framed(1, 4, 2 * frame[5], ...new Array(2 * frame[5]).fill(1))
      bad[7] ^= 1
      return (
        [[], [{ afterMs: 30, bytes: bad }], [{ afterMs: 30, bytes: framed(1, 0x84, 6) }]][
          asked++
        ] ?? good(frame, now)
      )
    })
    for (let round = 0; round < 2; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000)
    }
    const counts = (device: number) => machine.traffic(device).traffic
    expect(counts(0)).toEqual({ requests: 4, timeouts: 1, crcErrors: 1, exceptions: 1 })
    expect(counts(1)).toEqual({ requests: 2, timeouts: 0, crcErrors: 0, exceptions: 0 })
    expect(machine.busyMs).toBeGreaterThan(0)
  })

  test('a device that is always busy is asked five times in a round', () => {
    const { log, line } = rounds([grid], [{ ...sdm630(1), codes: [] }], 1)
    expect(log).toHaveLength(1)
    const machine = new Bus({ line: line8N1(), devices: [grid] })
    const busy = new Line<BusOutput>(machine, () => [{ afterMs: 30, bytes: framed(1, 0x84, 6) }])
    machine.measure(0 as MonotonicMs)
    const why: unknown[] = []
    busy.run(4000, (output) => why.push(output.kind === 'failed' && output.why))
    expect(why).toEqual(['exception 6 (server device busy)'])
    expect([line.sent.length, busy.sent.length]).toEqual([1, 5])
  })

  test('a round does not wait for a late answer to the round before', () => {
    // The read of the energy is never answered. Its retry goes out late in the round, so its answer may come in the next.
    const alpha: DeviceConfig = {
      model: 'alphaess-smile',
      unit: 1,
      role: 'resource',
      capacityWh: 10_000,
    }
    const machine = new Bus({ line: line8N1(), devices: [alpha, pv] })
    const answer = bus([slave(1, { 294: [5] }), sdm120(7)])
    const line = new Line<BusOutput>(machine, (frame, now) =>
      frame[0] === 1 && frame[3] === 2 ? [] : answer(frame, now),
    )
    const tookMs: number[] = []
    for (let round = 0; round < 5; round++) {
      const from = line.now
      machine.measure(from as MonotonicMs)
      line.run(from + 2400, (output, at) => {
        if (output.kind === 'measured' && output.device === 1) tookMs.push(Math.round(at - from))
      })
    }
    expect(tookMs).toHaveLength(5)
    expect(Math.max(...tookMs)).toBeLessThan(700)
  })

  test('a device that answers with exceptions 5 and 6 is asked again after 200 ms', () => {
    let busy = 2
    const machine = new Bus({ line: line8N1(), devices: [grid] })
    const meter = bus([sdm630(77)])
    const line = new Line<BusOutput>(machine, (frame, now) =>
      busy-- > 0 ? [{ afterMs: 30, bytes: framed(1, 0x84, 6 - busy) }] : meter(frame, now),
    )
    const log: unknown[] = []
    machine.measure(0 as MonotonicMs)
    line.run(4000, (output) => log.push(output.kind === 'measured' && output.powerW))
    expect(log).toEqual([77])
    expect(line.sent.map(({ at }) => Math.round(at))).toEqual([4, 234, 464])
    expect(machine.traffic(0).traffic).toEqual({
      requests: 3,
      timeouts: 0,
      crcErrors: 0,
      exceptions: 2,
    })
  })

  test.each([
    [1050, [-1500, 10_500]],
    [1060, ['no reading (sentinel)', undefined]],
    [0xffff, ['no reading (sentinel)', undefined]],
  ])('a battery with a state of charge of %d tenths of a per cent reads %j', (raw, reading) => {
    const luna = slave(1, { 37758: [...long(10_000), raw, 0, 0, 0, 0, ...long(-1500)] })
    const { log } = rounds([{ model: 'huawei-sun2000', unit: 1, role: 'resource' }], [luna], 1)
    expect(log.map(([, , powerW, wh]) => [powerW, wh])).toEqual([reading])
  })

  test('energy from charge and voltage is an estimate, and a share of the rating is none', () => {
    const luna = slave(4, { 37758: [...long(10_000), 455, 0, 0, 0, 0, ...long(-1500)] })
    const hybrid: DeviceConfig = { model: 'huawei-sun2000', unit: 4, role: 'resource' }
    const machine = new Bus({ line: line8N1(), devices: [battery, hybrid] })
    const line = new Line<BusOutput>(machine, bus([pace(), luna]))
    const log: unknown[] = []
    machine.measure(0 as MonotonicMs)
    line.run(4000, (output) => {
      if (output.kind === 'measured') log.push([output.stateOfChargeWh, output.estimated])
    })
    expect(log).toEqual([
      [3072, true],
      [4550, undefined],
    ])
  })

  test('a fixed register is read once, and the power in every round', () => {
    const luna = slave(1, { 37758: [...long(10_000), 455, 0, 0, 0, 0, ...long(-1500), 0, 0, 0, 0] })
    const { log, line } = rounds(
      [{ model: 'huawei-sun2000', unit: 1, role: 'resource' }],
      [luna],
      3,
    )
    expect(log.map(([, , powerW, energyWh]) => [powerW, energyWh])).toEqual([
      [-1500, 4550],
      [-1500, 4550],
      [-1500, 4550],
    ])
    expect(line.sent).toHaveLength(4)
  })

  describe('a fixed register', () => {
    const dtsu: DeviceConfig = { model: 'chint-dtsu666', unit: 1, role: 'site' }
    const meter = (ratio: number): Slave =>
      slave(1, { ...zeros(8, 12), 6: [ratio, 10], 8210: [...float(1000), 0, 0, 0, 0] })

    test('is read again in the next round while it has no reading', () => {
      const early = meter(0)
      const machine = new Bus({ line: line8N1(), devices: [dtsu] })
      const line = new Line<BusOutput>(machine, bus([early]))
      const log: unknown[] = []
      for (let round = 0; round < 3; round++) {
        if (round === 1) early.registers.set(6, 40)
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 4000, (output) =>
          log.push(output.kind === 'measured' ? output.powerW : output.kind),
        )
      }
      expect(log).toEqual(['failed', 4000, 4000])
      expect(line.sent).toHaveLength(5)
    })

    test('keeps its value while it cannot be read again, and then has the new one', () => {
      const turned = meter(40)
      const machine = new Bus({ line: line8N1(), devices: [dtsu] })
      const answer = bus([turned])
      let lost = false
      const line = new Line<BusOutput>(machine, (frame, now) =>
        lost && frame[3] === 6 ? [{ afterMs: 30, bytes: framed(1, 0x83, 4) }] : answer(frame, now),
      )
      const powers: unknown[] = []
      for (let round = 0; round < 230; round++) {
        lost = round > 200 && round < 228
        if (round === 1) turned.registers.set(6, 50)
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 4000, (output) =>
          powers.push(output.kind === 'measured' ? output.powerW : output.kind),
        )
      }
      expect(powers.slice(0, 228).every((powerW) => powerW === 4000)).toBe(true)
      expect(powers.slice(228)).toEqual([5000, 5000])
    })
  })

  // The platform takes no power of a battery without its energy.
  test('a battery whose full energy is 0 is no reading', () => {
    const none = slave(1, zeros(37758, 37771))
    const { log, line } = rounds(
      [{ model: 'huawei-sun2000', unit: 1, role: 'resource' }],
      [none],
      2,
    )
    expect(log.map(([, , why]) => why)).toEqual(['no reading (sentinel)', 'no reading (sentinel)'])
    // Its full energy is read again: it may be 0 only while the battery starts up.
    expect(line.sent).toHaveLength(4)
  })
})
