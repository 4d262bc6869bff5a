import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import {
  type Arrival,
  bus,
  float,
  framed,
  long,
  ScriptedLine,
  type Slave,
  slave,
} from '../../../tools/sim/modbus/scripted'
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
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
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
    const busy = new ScriptedLine<BusOutput>(machine, () => [
      { afterMs: 30, bytes: framed(1, 0x84, 6) },
    ])
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
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
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

  test('a copy of the reply to another read is no reading of a device that was lost', () => {
    const devices: DeviceConfig[] = [
      { model: 'saj-h2', unit: 1, role: 'site' },
      { model: 'saj-h2', unit: 1, role: 'resource', part: 'pv' },
    ]
    const machine = new Bus({ line: line8N1(), devices })
    const respond = bus([slave(1, { 16557: [500, 0, 0, 0, 0] })])
    // Replies come twice, the second time while the other device is asked, which is not there.
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      frame[3] === 0xa5
        ? []
        : respond(frame, now).flatMap(({ afterMs, bytes }) => [
            { afterMs, bytes },
            { afterMs: afterMs + 60, bytes },
          ]),
    )
    const measured = [0, 0]
    for (let round = 1; round <= 200; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run(round * 4000, (output) => {
        if (output.kind === 'measured') measured[output.device]++
      })
    }
    expect(measured).toEqual([200, 0])
  })

  // 0 W of a meter in 19 hours of a noisy line. Here a gate stops what was read.
  test('a copy that was skipped, and not asked for again in its round, is no reading of a later one', () => {
    const dtsu: DeviceConfig = { model: 'chint-dtsu666', unit: 1, role: 'site' }
    const machine = new Bus({ line: line8N1(), devices: [dtsu] })
    const respond = bus([slave(1, { 6: [40, 10], 8210: float(100) })])
    const normal = 60
    let round = 0
    // It is silent on longer reads. After four minutes only its ratio is heard, as it is and twice.
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      const isRatio = frame[3] === 6
      if (frame[5] !== 2 || (!isRatio && round >= normal)) return []
      const [reply] = respond(frame, now)
      return round < normal ? [reply] : [reply, { ...reply, afterMs: reply.afterMs + 60 }]
    })
    const told: unknown[] = []
    for (; round < normal + 20; round++) {
      line.now = round * 4000
      machine.measure(line.now as MonotonicMs)
      // The machine stands still before it can ask again.
      line.run(line.now + (round === normal ? 120 : 3990), (output) => {
        if (round >= normal) told.push(output.kind === 'failed' ? output.why : output)
      })
    }
    expect(told.length).toBeGreaterThan(4)
    for (const why of told) expect(why).toMatch(/^(no answer|a copy of another reply)/)
  })

  test('a device that answers with exceptions 5 and 6 is asked again after 200 ms', () => {
    let busy = 2
    const machine = new Bus({ line: line8N1(), devices: [grid] })
    const meter = bus([sdm630(77)])
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
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

  test('energy comes from charge and voltage, or from a share of the rating', () => {
    const luna = slave(4, { 37758: [...long(10_000), 455, 0, 0, 0, 0, ...long(-1500)] })
    const hybrid: DeviceConfig = { model: 'huawei-sun2000', unit: 4, role: 'resource' }
    const machine = new Bus({ line: line8N1(), devices: [battery, hybrid] })
    const line = new ScriptedLine<BusOutput>(machine, bus([pace(), luna]))
    const log: unknown[] = []
    machine.measure(0 as MonotonicMs)
    line.run(4000, (output) => {
      if (output.kind === 'measured') log.push(output.stateOfChargeWh)
    })
    expect(log).toEqual([3072, 4550])
  })

  test('a BMS that was lost and comes back with zeros is no reading', () => {
    const config = { ...battery, model: 'marstek-venus-e2', capacityWh: 5120 }
    const shows = (stateOfCharge: number, power: number) =>
      slave(3, { 32100: [0, 0, 0, 0, stateOfCharge], 32202: [0, power, 0, 0, 0, 0] })
    const machine = new Bus({ line: line8N1(), devices: [config] })
    let device = shows(60, 500)
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => bus([device])(frame, now))
    const log: unknown[] = []
    for (let round = 0; round < 24; round++) {
      if (round === 2) device = { ...device, mute: true }
      if (round === 7) device = shows(0, 0)
      if (round === 20) device = shows(60, 500)
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) => {
        if (output.kind === 'measured') log.push(output.powerW)
        if (output.kind === 'failed') log.push(output.why.slice(0, 20))
      })
    }
    expect(log.filter((what) => what === 0)).toEqual([])
    expect(log.slice(-3)).toEqual([-500, -500, -500])
  })

  test('a fixed register beside others is read with them, in every round', () => {
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
    expect(line.sent).toHaveLength(3)
  })

  describe('a fixed register', () => {
    const dtsu: DeviceConfig = { model: 'chint-dtsu666', unit: 1, role: 'site' }
    const meter = (ratio: number): Slave =>
      slave(1, { ...zeros(8, 12), 6: [ratio, 10], 8210: [...float(1000), 0, 0, 0, 0] })
    const RATIO = 6
    const POWER = 18
    const changed = 'a ratio, a rating, a scale factor or a direction may have changed'

    /** What comes of so many rounds, and which reads each takes; `hear` may change the meter, and answer for it. */
    function play(
      one: Slave,
      count: number,
      hear: (round: number, at: number) => Arrival[] | undefined,
    ) {
      const machine = new Bus({ line: line8N1(), devices: [dtsu] })
      const answer = bus([one])
      const log: unknown[] = []
      const reads: number[][] = []
      const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
        reads[reads.length - 1].push(frame[3])
        return hear(reads.length - 1, frame[3]) ?? answer(frame, now)
      })
      for (let round = 0; round < count; round++) {
        reads.push([])
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 4000, (output) => {
          if (output.kind === 'measured') log.push(output.powerW)
          else if (output.kind === 'failed') log.push(output.why)
        })
      }
      return { log, reads }
    }

    test('is read again in the next round while it has no reading', () => {
      const early = meter(0)
      const { log } = play(early, 3, (round) => {
        if (round === 1) early.registers.set(RATIO, 40)
        return undefined
      })
      expect(log).toEqual(['no reading (sentinel)', 4000, 4000])
    })

    test('is checked in every round: no reading if it has changed, and then by the new one', () => {
      const turned = meter(40)
      const { log, reads } = play(turned, 5, (round) => {
        if (round === 2) turned.registers.set(RATIO, 50)
        return undefined
      })
      expect(log).toEqual([4000, 4000, changed, 5000, 5000])
      expect(reads).toEqual([
        [RATIO, POWER],
        [RATIO, POWER],
        [RATIO],
        [RATIO, POWER],
        [RATIO, POWER],
      ])
    })

    test('makes no reading while it cannot be checked', () => {
      const { log } = play(meter(40), 3, (round, at) =>
        round === 1 && at === RATIO ? [{ afterMs: 30, bytes: framed(1, 0x83, 4) }] : undefined,
      )
      expect(log).toEqual([4000, 'exception 4 (server device failure)', 4000])
    })

    test('is read again behind the power if the meter was silent between the two', () => {
      const swapped = meter(40)
      let powers = 0
      const { log, reads } = play(swapped, 4, (round, at) => {
        if (at !== POWER) return undefined
        powers++
        if (round === 1 && powers === 3) swapped.registers.set(RATIO, 1)
        return powers === 1 || powers === 3 ? [] : undefined
      })
      expect(log).toEqual([4000, changed, 100, 100])
      expect(reads.slice(0, 3)).toEqual([
        [RATIO, POWER, POWER, RATIO],
        [RATIO, POWER, POWER, RATIO],
        [RATIO, POWER],
      ])
    })

    test('of a meter that comes back after silent rounds is read before a reading counts', () => {
      const swapped = meter(40)
      const { log } = play(swapped, 12, (round) => {
        swapped.mute = round > 0 && round < 6
        if (round >= 6) swapped.registers.set(RATIO, 1)
        return undefined
      })
      expect(new Set(log.filter((one) => typeof one === 'number'))).toEqual(new Set([4000, 100]))
      expect(log.filter((one) => one === 4000)).toHaveLength(1)
      expect(log.slice(-4)).toEqual([100, 100, 100, 100])
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
    expect(line.sent).toHaveLength(2)
  })
})
