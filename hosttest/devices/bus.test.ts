import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Bus, type DeviceSetup, type Output } from '../../firmware/devices/bus'
import { bus, float, framed, Line, long, type Slave, slave } from '../modbus/line'

const grid: DeviceSetup = { model: 'eastron-sdm630', unit: 1, role: 'site' }
const pv: DeviceSetup = { model: 'eastron-sdm120', unit: 2, role: 'resource' }
const battery: DeviceSetup = { model: 'pace-modbus', unit: 3, role: 'resource' }

const zeros = (from: number, to: number): { [address: number]: number[] } => ({
  [from]: new Array(to - from).fill(0),
})
const sdm630 = (powerW: number): Slave => slave(1, { ...zeros(0, 80), 52: float(powerW) })
const sdm120 = (powerW: number): Slave => slave(2, { ...zeros(0, 20), 12: float(powerW) })
/** -25.00 A, 51.20 V, 60 %, 100 %, 60.00 Ah of 100.00 Ah. */
const pace = (): Slave => slave(3, { 0: [0x10000 - 2500, 5120, 60, 100, 6000, 10000, 10000, 12] })

type Entry = [number, ...unknown[]]

function rounds(devices: DeviceSetup[], slaves: Slave[], count: number, everyMs = 4000) {
  const machine = new Bus({ baud: 9600, characterBits: 10, devices })
  const line = new Line<Output>(machine, bus(slaves))
  const log: Entry[] = []
  for (let round = 0; round < count; round++) {
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * everyMs, (output, at) => {
      if (output.kind === 'measured')
        log.push([Math.round(at), output.device, output.powerW, output.stateOfChargeWh])
      if (output.kind === 'failed') log.push([Math.round(at), output.device, output.why])
    })
  }
  return { machine, line, log }
}

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

  test('dates a reading in the middle of its own transaction', () => {
    const machine = new Bus({ baud: 9600, characterBits: 10, devices: [grid] })
    const line = new Line<Output>(machine, bus([sdm630(7)]))
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

  test('a silent meter fails alone, and is asked less often', () => {
    const dead = { ...sdm120(0), mute: true }
    const { log, line } = rounds([pv, grid], [dead, sdm630(9)], 12)
    expect(log.filter(([, device]) => device === 1)).toHaveLength(12)
    expect(log.filter(([, device]) => device === 0)).toHaveLength(12)
    const asked = line.sent
      .filter(({ bytes }) => bytes[0] === 2)
      .map(({ at }) => Math.floor(at / 4000))
    expect(asked).toEqual([0, 0, 1, 2, 4, 7])
    // Once it counts as lost, the living are asked first.
    expect(log.slice(-2).map(([, device]) => device)).toEqual([0, 1])
  })

  test('many silent devices never cost a living one its tick', () => {
    const dead: DeviceSetup[] = [5, 6, 7, 8, 9, 10].map((unit) => ({ ...pv, unit }))
    const { log } = rounds([...dead, grid], [sdm630(3)], 40)
    const late = log.filter(([at, device]) => device === 6 && at >= 4000 && at % 4000 > 600)
    expect(log.filter(([, device, powerW]) => device === 6 && powerW === 3)).toHaveLength(40)
    expect(late.map(([at]) => at)).toEqual([])
  })

  test('a meter that returns is asked in every round again', () => {
    const returning = { ...sdm120(5), mute: true }
    const machine = new Bus({ baud: 9600, characterBits: 10, devices: [pv] })
    const line = new Line<Output>(machine, bus([returning]))
    const measured: number[] = []
    for (let round = 0; round < 14; round++) {
      if (round === 6) returning.mute = false
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) => {
        if (output.kind === 'measured') measured.push(round)
      })
    }
    expect(measured).toEqual([7, 8, 9, 10, 11, 12, 13])
  })

  test('a round that is cut short is over, and the next begins where it ended', () => {
    const { log } = rounds([grid, pv, battery], [sdm630(1), sdm120(2), pace()], 2, 170)
    expect(log.map(([, device, value]) => [device, value])).toEqual([
      [0, 1],
      [1, 2],
      [2, -1280],
      [0, 1],
      [1, 2],
    ])
  })

  test('learns how long a round takes', () => {
    const { machine } = rounds([grid, pv, battery], [sdm630(1), sdm120(2), pace()], 40)
    expect(machine.roundMs).toBeGreaterThan(200)
    expect(machine.roundMs).toBeLessThan(260)
  })
})

describe("the installer's corrections", () => {
  const phases = { ...zeros(0, 80), 12: float(100), 14: float(-20), 16: float(3), 52: float(83) }
  const measure = (setup: Partial<DeviceSetup>, words = phases): unknown =>
    rounds([{ ...grid, ...setup }], [slave(1, words)], 1).log[0][2]

  test.each([
    [{}, 83],
    [{ ctRatio: 2.5 }, 207.5],
    [{ inverted: true }, -83],
    [{ phases: [1, 2] }, 80],
    [{ phases: [3], ctRatio: 10, inverted: true }, -30],
  ] as const)('%j', (setup, powerW) => {
    expect(measure(setup)).toBe(powerW)
  })

  test('a meter without direction counts as what the installer says', () => {
    const pzem = slave(1, { 0: [2300, 0, 0, 5000, 0] })
    const meter: DeviceSetup = { model: 'peacefair-pzem016', unit: 1, role: 'site' }
    const powerOf = (direction: 'import' | 'export'): unknown =>
      rounds([{ ...meter, direction }], [pzem], 1).log[0][2]
    expect(powerOf('import')).toBe(500)
    expect(powerOf('export')).toBe(-500)
  })
})

describe('how a device answers', () => {
  const only = (one: Slave, count = 1) => rounds([grid], [one], count)

  test('a sentinel is no reading', () => {
    expect(only(slave(1, { ...zeros(0, 80), 52: [0x7fc0, 0] })).log[0][2]).toBe(
      'no reading (sentinel)',
    )
  })

  test('an exception is told by its name', () => {
    expect(only(slave(1, {})).log[0][2]).toBe('exception 2 (illegal data address)')
  })

  test('a merged read that is refused is split once and for all', () => {
    const refusing = { ...slave(3, { 0: [1000, 5000], 4: [6000] }), latencyMs: 20 }
    const { log, line } = rounds([battery], [refusing], 3)
    expect(log.map(([, , powerW, energyWh]) => [powerW, energyWh])).toEqual([
      [500, 3000],
      [500, 3000],
      [500, 3000],
    ])
    expect(line.sent.map(({ bytes }) => [bytes[3], bytes[5]])).toEqual([
      [0, 5], // refused: 2 and 3 do not exist here
      [0, 2],
      [4, 1],
      [0, 2],
      [4, 1],
      [0, 2],
      [4, 1],
    ])
  })

  test('a device that stays silent on long reads is found out by a short one', () => {
    const deaf: Slave = { ...pace(), silentAbove: 3 }
    const { log } = rounds([battery], [deaf], 8)
    expect(log.slice(0, 4).every(([, , why]) => typeof why === 'string')).toBe(true)
    expect(log.slice(4).map(([, , powerW, energyWh]) => [powerW, energyWh])).toEqual([
      [-1280, 3072],
      [-1280, 3072],
      [-1280, 3072],
    ])
  })

  test('exceptions 5 and 6 mean wait, not dead', () => {
    let busy = 2
    const machine = new Bus({ baud: 9600, characterBits: 10, devices: [grid] })
    const meter = bus([sdm630(77)])
    const line = new Line<Output>(machine, (frame, now) =>
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

  test('what is set for life is read once, and the power every round', () => {
    const luna = slave(1, { 37758: [...long(10_000), 455, 0, 0, 0, 0, ...long(-1500)] })
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
})
