import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { bus, float, long, ScriptedLine, slave } from '../../../tools/sim/modbus/scripted'
import { battery, grid, line8N1, pace, pv, rounds, sdm120, sdm630, zeros } from './rounds'

describe('the bus', () => {
  test('measures a grid meter, a PV meter and a battery in one round', () => {
    const { log, line } = rounds([grid, pv, battery], [sdm630(1500.5), sdm120(-2000), pace()], 1)
    expect(log).toEqual([
      [41, 0, 1500.5, undefined],
      [83, 1, -2000, undefined],
      [227, 2, -1280, 3072],
    ])
    expect(line.sent).toHaveLength(3)
  })

  test('dates a reading at the middle of its own transaction', () => {
    const machine = new Bus({ line: line8N1(), devices: [grid] })
    const line = new ScriptedLine<BusOutput>(machine, bus([sdm630(7)]))
    const at: number[] = []
    machine.measure(0 as MonotonicMs)
    line.run(1000, (output) => {
      if (output.kind === 'measured') at.push(output.at)
    })
    const sent = line.sent[0].at
    const tookMs = (17 * 10_000) / 9600 + 20
    expect(at).toHaveLength(1)
    expect(at[0]).toBeCloseTo(sent + tookMs / 2)
  })

  describe('a power of two reads', () => {
    const jk: DeviceConfig = { model: 'jk-pb', unit: 1, role: 'resource' }
    const VOLTAGE = 4752 & 0xff
    const CURRENT = 4760 & 0xff
    const ENERGY = 4776 & 0xff

    /** Which reads a round takes, and when, if so many reads of the current are not answered. */
    function measure(unanswered: number) {
      const pack = slave(1, {
        4752: long(50_000),
        4760: long(10_000),
        4774: [50],
        4776: long(100_000),
        4780: long(200_000),
      })
      const machine = new Bus({ line: line8N1(115_200), devices: [jk], maxSpanMs: 1000 })
      const answer = bus([pack], 115_200)
      let left = unanswered
      const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
        return frame[3] === CURRENT && left-- > 0 ? [] : answer(frame, now)
      })
      machine.measure(0 as MonotonicMs)
      const reports: BusOutput[] = []
      // Until no late reply can come that is as long: this pack answers no other length.
      line.run(14_000, (output) => reports.push(output))
      return { reads: line.sent.map(({ at, bytes }) => ({ at, what: bytes[3] })), reports }
    }

    test('is read in a row', () => {
      const { reads, reports } = measure(0)
      expect(reads.map(({ what }) => what)).toEqual([VOLTAGE, CURRENT, ENERGY])
      expect(reports).toMatchObject([{ kind: 'measured', powerW: 500 }])
    })

    test('has no part more than a second from its time', () => {
      const { reads, reports } = measure(1)
      const [report] = reports
      if (report.kind !== 'measured') throw new Error(report.kind)
      expect(report.powerW).toBe(500)
      // The voltage was read too long before the current.
      expect(reads.slice(-3).map(({ what }) => what)).toEqual([CURRENT, ENERGY, VOLTAGE])
      for (const what of [VOLTAGE, CURRENT]) {
        const { at } = reads.filter((read) => read.what === what).slice(-1)[0]
        expect(Math.abs(report.at - at)).toBeLessThan(1000)
      }
    })
  })

  test('a silent meter fails alone, and is asked in fewer and fewer rounds', () => {
    const dead = { ...sdm120(0), mute: true }
    const { log, line } = rounds([pv, grid], [dead, sdm630(9)], 12, 5000)
    expect(log.filter(([, device]) => device === 1)).toHaveLength(12)
    expect(log.filter(([, device]) => device === 0)).toHaveLength(12)
    const asked = line.sent
      .filter(({ bytes }) => bytes[0] === 2)
      .map(({ at }) => Math.floor(at / 5000))
    expect(asked).toEqual([0, 0, 1, 2, 4, 7])
    // It comes first in the settings; once it is lost, the other is asked first.
    expect(log.slice(-2).map(([, device]) => device)).toEqual([0, 1])
  })

  test('many silent devices never make another late', () => {
    const dead: DeviceConfig[] = [5, 6, 7, 8, 9, 10].map((unit) => ({ ...pv, unit }))
    const { log } = rounds([...dead, grid], [sdm630(3)], 40)
    const late = log.filter(([at, device]) => device === 6 && at >= 4000 && at % 4000 > 600)
    expect(log.filter(([, device, powerW]) => device === 6 && powerW === 3)).toHaveLength(40)
    expect(late.map(([at]) => at)).toEqual([])
  })

  test('a meter that answers again is asked in every round again', () => {
    const returning = { ...sdm120(5), mute: true }
    const machine = new Bus({ line: line8N1(), devices: [pv] })
    const line = new ScriptedLine<BusOutput>(machine, bus([returning]))
    const measured: number[] = []
    for (let round = 0; round < 14; round++) {
      if (round === 6) returning.mute = false
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 5000, (output) => {
        if (output.kind === 'measured') measured.push(round)
      })
    }
    expect(measured).toEqual([7, 8, 9, 10, 11, 12, 13])
  })

  test('a round that is cut short is over, and the next begins with the device that was left out', () => {
    const { log } = rounds([grid, pv, battery], [sdm630(1), sdm120(2), pace()], 2, 170)
    expect(log.map(([, device, value]) => [device, value])).toEqual([
      [0, 1],
      [1, 2],
      [2, -1280],
      [0, 1],
      [1, 2],
    ])
  })

  test('rounds that are always cut short leave no device out', () => {
    const four: DeviceConfig[] = [1, 2, 3, 4].map((unit) => ({ ...pv, unit }))
    const slaves = four.map(({ unit }) => ({ ...sdm120(unit), unit }))
    const { log } = rounds(four, slaves, 12, 110)
    for (const device of [0, 1, 2, 3])
      expect(log.filter(([, one]) => one === device).length).toBeGreaterThan(6)
  })

  test('a device that is lost again sits out as few rounds at first as before, and each silence lengthens its timeout', () => {
    const fickle = { ...sdm120(5), mute: true }
    const machine = new Bus({ line: line8N1(), devices: [pv] })
    const line = new ScriptedLine<BusOutput>(machine, bus([fickle]))
    const asked: number[] = []
    for (let round = 0; round < 40; round++) {
      fickle.mute = round !== 21
      if (round === 19) expect(machine.traffic(0).latency.timeoutMs).toBe(2000)
      const before = line.sent.length
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 5000)
      if (line.sent.length > before) asked.push(round)
    }
    // It answers in round 21 only.
    expect(asked).toEqual([0, 1, 2, 4, 7, 12, 21, 22, 23, 24, 26, 29, 34])
  })

  test('learns how long a round takes', () => {
    const { machine } = rounds([grid, pv, battery], [sdm630(1), sdm120(2), pace()], 40)
    expect(machine.roundMs).toBeGreaterThan(200)
    expect(machine.roundMs).toBeLessThan(260)
  })
})

describe("the installer's corrections", () => {
  const phases = { ...zeros(0, 80), 12: float(100), 14: float(-20), 16: float(3), 52: float(83) }
  const measure = (config: Partial<DeviceConfig>, words = phases): unknown =>
    rounds([{ ...grid, ...config }], [slave(1, words)], 1).log[0][2]

  test.each([
    [{}, 83],
    [{ ctRatio: 2.5 }, 207.5],
    [{ inverted: true }, -83],
    [{ phases: [1, 2] }, 80],
    [{ phases: [3], ctRatio: 10, inverted: true }, -30],
  ] as const)('%j', (config, powerW) => {
    expect(measure(config)).toBe(powerW)
  })

  test('a meter that cannot tell import from export counts as the installer says', () => {
    const pzem = slave(1, { 0: [2300, 0, 0, 5000, 0] })
    const meter: DeviceConfig = { model: 'peacefair-pzem016', unit: 1, role: 'site' }
    const powerOf = (direction: 'import' | 'export'): unknown =>
      rounds([{ ...meter, direction }], [pzem], 1).log[0][2]
    expect(powerOf('import')).toBe(500)
    expect(powerOf('export')).toBe(-500)
  })
})
