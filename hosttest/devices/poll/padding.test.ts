/** Which reads may bring more registers than they need, and what becomes of devices that do not like it. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import type { Register } from '../../../firmware/devices/model'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { layoutOf, paddingsOf } from '../../../firmware/devices/poll/padding'
import {
  bus,
  float,
  framed,
  ScriptedLine,
  type Slave,
  slave,
} from '../../../tools/sim/modbus/scripted'
import { battery, grid, line8N1, pace, rounds, sdm630 } from './rounds'

const register = (at: number, type: Register['type'], code: Register['code'] = 3): Register => ({
  what: 'power',
  phase: 0,
  at,
  code,
  type,
  order: 'msw',
  exponent: 0,
  offset: 0,
  mask: undefined,
  sentinels: undefined,
  fixed: false,
})
const LIMITS = { maxRegisters: 125, barriers: [] }

describe('a read of registers 10 and 11', () => {
  const paddings = (map: Register[], limits = LIMITS): string =>
    paddingsOf(layoutOf([register(10, 'u32'), ...map]), limits, 3, {
      address: 10,
      count: 2,
      first: 0,
      last: 1,
    })
      .toString(2)
      .padStart(5, '0')

  test.each([
    ['brings one to four registers that are known', [12, 13, 14, 15], '11111'],
    ['brings what lies between it and a register that is known', [20], '11111'],
    ['brings what is known rather than what is not', [12, 13], '00111'],
    ['tries what is behind the end of the map if nothing else is there', [9], '11111'],
    ['tries it too if the next register is far', [100], '11111'],
  ])('%s', (_, at, expected) => {
    expect(paddings(at.map((one) => register(one, 'u16')))).toBe(expected)
  })

  test('never brings half a value', () => {
    expect(paddings([register(12, 'u32'), register(14, 'u16')])).toBe('01101')
  })

  test('brings pairs only from a device that has only pairs', () => {
    expect(paddings([register(12, 'f32'), register(14, 'f32')])).toBe('10101')
    expect(paddings([register(12, 'f32'), register(14, 'f32'), register(8, 'u16', 4)])).toBe(
      '10101',
    )
  })

  test('goes across no barrier and above no maximum', () => {
    const map = [12, 13, 14, 15].map((at) => register(at, 'u16'))
    expect(paddings(map, { ...LIMITS, barriers: [13] as never[] })).toBe('00011')
    expect(paddings(map, { ...LIMITS, maxRegisters: 3 })).toBe('00011')
    expect(paddings(map, { ...LIMITS, maxRegisters: 2 })).toBe('00001')
  })

  test('brings nothing more if no map is known', () => {
    expect(paddingsOf(layoutOf([]), LIMITS, 3, { address: 10, count: 2, first: 0, last: 1 })).toBe(
      1,
    )
  })
})

describe('a device', () => {
  const counts = (one: Slave, count: number) => {
    const { log, line } = rounds([grid], [one], count)
    return { log, counts: line.sent.map(({ bytes }) => bytes[5]) }
  }

  /** What is asked and reported from round `to` on, until when the device has been dead since round `from`. */
  const away = (one: Slave, from: number, to: number, count: number) => {
    const { log, line } = rounds([grid], [one], count, 4000, (round) => {
      one.mute = round >= from && round < to
    })
    const isBack = (at: number) => at >= to * 4000
    return {
      counts: line.sent.filter(({ at }) => isBack(at)).map(({ bytes }) => bytes[5]),
      log: log
        .map(([, , what]) => what)
        .slice(log.findIndex(([at, , what]) => isBack(at) && !/for \d+ rounds/.test(`${what}`))),
    }
  }

  test('is asked for replies of another length in each round', () => {
    expect(counts(sdm630(7), 5).counts).toEqual([2, 4, 2, 4, 2])
  })

  test('that refuses more registers is asked without from then on', () => {
    const { log, counts: asked } = counts(slave(1, { 52: float(7) }), 5)
    expect(asked).toEqual([2, 4, 2, 2, 2, 2])
    expect(log.map(([, , powerW]) => powerW)).toEqual([7, 7, 7, 7, 7])
  })

  test('that gives two more and refuses three loses no reading by it, and its read is not split', () => {
    const respond = bus([slave(3, { 0: [1000, 5000, 0, 0, 6000, 0, 0] })])
    const machine = new Bus({ line: line8N1(), devices: [battery] })
    let round = 0
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      // Replies that are lost may be late: lengths that were not asked for yet are taken instead.
      round >= 2 && round < 5 && frame[5] <= 7 ? [] : respond(frame, now),
    )
    const log: unknown[] = []
    for (; round < 12; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) => {
        if (output.kind === 'measured') log.push(output.powerW)
        if (output.kind === 'failed') log.push(output.why.split(' ')[0])
      })
    }
    expect(line.sent.some(({ bytes }) => bytes[5] === 8)).toBe(true)
    expect(line.sent.every(({ bytes }) => bytes[3] === 0)).toBe(true)
    expect(log).toEqual([500, 500, 'no', 'no', 'no', 500, 500, 500, 500, 500, 500, 500])
  })

  test('that is silent on more registers is asked without after six such silences, and no reading is missed', () => {
    const { log, counts: asked } = counts({ ...sdm630(7), silentAbove: 2 }, 30)
    const tried = [4, 2, 2, 2]
    expect(asked).toEqual([2, ...new Array(6).fill(tried).flat(), ...new Array(11).fill(2)])
    expect(log.map(([, , powerW]) => powerW)).toEqual(new Array(30).fill(7))
  })

  // It starts up, or it is behind a gateway that does not reach it.
  test.each([2, 4, 11])(
    'that refused everything, with exception %i, is asked for more again',
    (code) => {
      const respond = bus([sdm630(7)])
      const machine = new Bus({ line: line8N1(), devices: [grid] })
      let round = 0
      const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
        round === 1 || round === 2
          ? [{ afterMs: 20, bytes: framed(frame[0], frame[1] | 0x80, code) }]
          : respond(frame, now),
      )
      for (; round < 7; round++) {
        if (round === 3) line.sent.length = 0
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 4000)
      }
      // 2 is kept for reads that have this length only, as this one seemed to be.
      expect(line.sent.map(({ bytes }) => bytes[5])).toEqual([4, 6, 4, 6])
    },
  )

  // Refused with padding and without, and answered in the second attempt.
  test('that was busy with itself for one request is read in each round after that', () => {
    let requests = 0
    const respond = bus([sdm630(7)])
    const machine = new Bus({ line: line8N1(), devices: [grid] })
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      [2, 3].includes(++requests)
        ? [{ afterMs: 20, bytes: framed(frame[0], frame[1] | 0x80, 4) }]
        : respond(frame, now),
    )
    const kinds: string[] = []
    for (let round = 0; round < 5; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, ({ kind }) => kinds.push(kind))
    }
    expect(kinds.filter((kind) => kind === 'measured')).toHaveLength(5)
    expect(line.sent.map(({ bytes }) => bytes[5])).toEqual([2, 4, 2, 2, 2, 2, 2])
  })

  test('that is silent on more registers, and has two reads of one length, is read in each round', () => {
    const dtsu = { model: 'chint-dtsu666', unit: 1, role: 'site' } as const
    const strict = { ...slave(1, { 6: [40, 10], 8210: float(1000) }), silentAbove: 2 }
    const { log, line } = rounds([dtsu], [strict], 40)
    expect(log.map(([, , powerW]) => powerW)).toEqual(new Array(40).fill(4000))
    expect(line.sent.slice(-24).every(({ bytes }) => bytes[5] === 2)).toBe(true)
  })

  test('that was silent once on more registers is asked for more again', () => {
    const once = sdm630(7)
    const { line } = rounds([battery], [{ ...pace(), silentAbove: 5 }, once], 6)
    expect(line.sent.map(({ bytes }) => bytes[5])).toEqual([5, 6, 5, 5, 5, 6, 5, 5])
  })

  test('that is silent on more registers is back with the first request once it answers again', () => {
    const strict = { ...sdm630(7), silentAbove: 2 }
    const { log, counts: asked } = away(strict, 12, 36, 60)
    expect(asked[0]).toBe(2)
    expect(log.filter((entry) => entry === 7)).toHaveLength(log.length)
    expect(log.length).toBeGreaterThanOrEqual(8)
  })

  test('that is silent on more registers is not asked for them again after it was away', () => {
    const strict = { ...sdm630(7), silentAbove: 2 }
    const { counts: asked } = away(strict, 70, 80, 110)
    expect(asked.length).toBeGreaterThan(20)
    expect(asked).toEqual(new Array(asked.length).fill(2))
  })

  test('that is put in the place of one that gave more, and is silent on them, is asked without, and no reading is missed', () => {
    const one: Slave = sdm630(7)
    const { log, line } = rounds([grid], [one], 120, 4000, (round) => {
      if (round === 20) one.silentAbove = 2
    })
    expect(log.map(([, , powerW]) => powerW)).toEqual(new Array(120).fill(7))
    expect(line.sent.slice(-20).map(({ bytes }) => bytes[5])).toEqual(new Array(20).fill(2))
  })

  // Of each that is silent a late reply takes a length from the other reads.
  test('that is silent on more registers is asked for them six times in all, by one of its reads at a time', () => {
    const dtsu = { model: 'chint-dtsu666', unit: 1, role: 'site' } as const
    const strict = { ...slave(1, { 6: [40, 10], 8210: float(1000) }), silentAbove: 2 }
    const { line } = rounds([dtsu], [strict], 60)
    const longer = line.sent.filter(({ bytes }) => bytes[5] > 2)
    expect(longer).toHaveLength(6)
  })

  test('that is silent on registers that it does not have loses no reading of its three reads by it', () => {
    const unit = 51
    const devices: DeviceConfig[] = [
      { model: 'marstek-venus-a', unit, role: 'resource', part: 'battery', capacityWh: 5000 },
      { model: 'marstek-venus-a', unit, role: 'resource', part: 'pv' },
    ]
    const venus = slave(unit, { 30001: [100], 30037: [10, 20, 30, 40], 32104: [50] })
    const { log } = rounds(devices, [{ ...venus, silentOutside: true }], 100)
    expect(log.filter(([, device]) => device === 0).map(([, , powerW]) => powerW)).toEqual(
      new Array(100).fill(100),
    )
    expect(log.filter(([, device]) => device === 1).map(([, , powerW]) => powerW)).toEqual(
      new Array(100).fill(-10),
    )
  })

  const hybrid: DeviceConfig = {
    model: 'solis-hybrid',
    unit: 1,
    role: 'resource',
    part: 'battery',
    capacityWh: 10_000,
  }
  /** The direction of its power, how full it is, and the power: with `gap` registers behind each that it has beside. */
  const strictHybrid = (gap: number): Slave => {
    const padded = (...values: number[]) => [...values, ...new Array(gap).fill(0)]
    const one = slave(1, { 33135: padded(0), 33139: padded(50), 33149: [0, 1200] })
    return { ...one, silentOutside: true }
  }

  // Its direction is read before and behind its power.
  test.each([0, 3])(
    'that is silent on registers that it does not have, %i of them being there between two, is read from the fourth round on',
    (gap) => {
      const { log } = rounds([hybrid], [strictHybrid(gap)], 60)
      const readings = log.filter(([at]) => at >= 3 * 4000)
      expect(readings.map(([, , powerW]) => powerW)).toEqual(new Array(57).fill(1200))
    },
  )

  test('that is silent on registers that it does not have is read by its own from the first answer on after it was away', () => {
    const one = strictHybrid(0)
    const { line, log } = rounds([hybrid], [one], 60, 4000, (round) => {
      one.mute = round >= 20 && round < 30
    })
    const isBack = log.findIndex(([at, , powerW]) => at >= 30 * 4000 && powerW === 1200)
    expect(log.slice(isBack).map(([, , powerW]) => powerW)).toEqual(
      new Array(log.length - isBack).fill(1200),
    )
    // It sits out sixteen rounds at most.
    expect(log.length - isBack).toBeGreaterThanOrEqual(60 - 30 - 16)
    expect(line.sent.every(({ at, bytes }) => at < 20 * 4000 || bytes[5] <= 2)).toBe(true)
  })

  test('that is silent on more registers leaves the length of each read to it while another one is tried', () => {
    const config: DeviceConfig = {
      model: 'sungrow-sh',
      unit: 1,
      role: 'resource',
      part: 'battery',
      capacityWh: 10_000,
    }
    const one = slave(1, { 5213: [0, 0], 5638: [1000], 13022: [500] })
    const { line } = rounds([config], [{ ...one, silentOutside: true }], 40)
    const longer = line.sent.filter(
      ({ bytes }) => bytes[5] > ((bytes[2] << 8) + bytes[3] === 5213 ? 2 : 1),
    )
    expect(longer).toHaveLength(6)
  })

  // Its one read has one length, so that a second try comes rounds later than the first.
  test('that is silent on more registers, and then on those between its values too, is read part by part', () => {
    // Two batteries: 100 W, 10 kWh, 50 %.
    const powers: { [at: number]: number[] } = {}
    const between: { [at: number]: number[] } = {}
    for (const at of [57716, 57972]) {
      Object.assign(powers, {
        [at]: [0, 0x42c8],
        [at + 10]: [0, 0x461c],
        [at + 16]: [0, 0x4248],
      })
      Object.assign(between, { [at + 2]: new Array(8).fill(0), [at + 12]: new Array(4).fill(0) })
    }
    const config = { model: 'solaredge-battery', unit: 1, role: 'resource' } as const
    const one: Slave = { ...slave(1, { ...powers, ...between }), silentOutside: true }
    const { log } = rounds([config], [one], 90, 4000, (round) => {
      one.mute = round >= 40 && round < 45
      if (round === 45) one.registers = slave(1, powers).registers
    })
    const last = log.filter(([at]) => at > 70 * 4000)
    expect(last.map(([, , powerW]) => powerW)).toEqual(new Array(20).fill(200))
  })

  // It was asked again at once, with the same padding, for as long as its shortest reply could be late.
  test.each([4, 11])(
    'that fails with exception %i takes no more than two requests of a round',
    (code) => {
      const respond = bus([sdm630(7), pace()])
      const machine = new Bus({ line: line8N1(), devices: [battery, grid] })
      let round = 0
      const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
        if (frame[0] !== battery.unit || round < 2) return respond(frame, now)
        return round === 2 ? [] : [{ afterMs: 20, bytes: framed(frame[0], frame[1] | 0x80, code) }]
      })
      for (; round < 6; round++) {
        line.sent.length = 0
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 4000)
        expect(line.sent.length).toBeLessThanOrEqual(3)
      }
    },
  )
})
