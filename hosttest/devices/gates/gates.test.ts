/** What each gate keeps from the platform, and what it lets through: whole rounds of a bus over a line. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import {
  bus,
  float,
  long,
  ScriptedLine,
  type Slave,
  slave,
} from '../../../tools/sim/modbus/scripted'
import { grid, line8N1, pace, pv, sdm120, sdm630, zeros } from '../poll/rounds'

/** For each round what the first device comes to: W (with Wh of a battery), or why there is none. */
function outcomes(
  devices: DeviceConfig[],
  slaves: Slave[],
  count: number,
  change: (round: number) => void,
  baud = 9600,
): (number | string | undefined)[][] {
  const machine = new Bus({ line: line8N1(baud), devices })
  const line = new ScriptedLine<BusOutput>(machine, bus(slaves, baud))
  const log: (number | string | undefined)[][] = []
  for (let round = 0; round < count; round++) {
    change(round)
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * 4000, (output) => {
      if (output.kind === 'measured' && output.device === 0) {
        const { powerW, stateOfChargeWh, note } = output
        log.push(note ? [powerW, stateOfChargeWh, note] : [powerW, stateOfChargeWh])
      } else if (output.kind === 'failed' && output.device === 0) log.push([output.why])
    })
  }
  return log
}

function put({ registers }: Slave, address: number, words: readonly number[]): void {
  words.forEach((word, i) => {
    registers.set(address + i, word)
  })
}

/** What one register shows in a row of rounds, and what comes of it. */
function played(
  config: DeviceConfig,
  device: Slave,
  address: number,
  row: readonly (readonly number[])[],
) {
  return outcomes([config], [device], row.length, (round) => put(device, address, row[round])).map(
    ([first]) => first,
  )
}

describe('limits', () => {
  const meter = () => slave(1, zeros(0, 80))
  const sdm230: DeviceConfig = { ...grid, model: 'eastron-sdm230' }

  test.each<[string, DeviceConfig, number, number, unknown]>([
    ['4 MW at a grid connection', grid, 52, 4e6, 4e6],
    ['no more at a grid connection', grid, 52, 4.1e6, '4100000 W, and 4000000 W are possible'],
    ['twice what the model is rated at', sdm230, 12, -46_000, -46_000],
    ['no more of a rated model', sdm230, 12, -47_000, '-47000 W, and 46000 W are possible'],
    ['the rating behind a transformer', { ...sdm230, ctRatio: 2 }, 12, 45_000, 90_000],
    ['twice what the installer says', { ...grid, ratedW: 10_000 }, 52, 20_000, 20_000],
    [
      'no more than the installer says',
      { ...grid, ratedW: 10_000 },
      52,
      20_001,
      '20001 W, and 20000 W are possible',
    ],
    ['and that before the rating', { ...sdm230, ratedW: 40_000 }, 12, 50_000, 50_000],
  ])('%s', (_, config, address, powerW, expected) => {
    expect(played(config, meter(), address, [float(powerW)])).toEqual([expected])
  })

  test('a gate that fails for a minute says which settings to look at', () => {
    const row = new Array(15).fill(float(9000))
    const whys = played({ ...grid, ratedW: 4000 }, meter(), 52, row)
    expect(whys[13]).toBe('9000 W, and 8000 W are possible')
    expect(whys[14]).toBe(
      '9000 W, and 8000 W are possible; for 15 readings: see ratedW, ctRatio, model',
    )
  })

  test('after an impossible number two possible ones are awaited', () => {
    const row = [500, 5e6, 500, 500, 500].map(float)
    const wait = 'possible again: awaiting more like it'
    expect(played(grid, meter(), 52, row)).toEqual([
      500,
      '5000000 W, and 4000000 W are possible',
      wait,
      wait,
      500,
    ])
  })
})

describe('swapped words', () => {
  const em24: DeviceConfig = { ...grid, model: 'cg-em24-rs485' }
  const wrong = (powerW: number) => `${powerW} W: two words in the wrong order`

  // Its register has tenths of a watt, low word first.
  test.each([
    [long(2000).reverse(), 200],
    [long(2000), '13107200 W, and 4000000 W are possible'],
    [long(500), wrong(3_276_800)],
    [long(-500).reverse(), -50],
    [long(-500), wrong(-3_270_246.5)],
    [long(700_000).reverse(), 70_000],
  ])('whole numbers: %j is %j', (words, expected) => {
    expect(played(em24, slave(1, { 40: words }), 40, [words])).toEqual([expected])
  })

  // The bench found it: 100 random days, seed 7, second 1,306,172.
  test('a power that comes to 65,536 of its units, or grows to a multiple, passes', () => {
    const row = [650_000, 65_536, 1_900_000, 30 * 65_536].map((raw) => long(raw).reverse())
    expect(played(em24, slave(1, { 40: [0, 0] }), 40, row)).toEqual([
      65_000, 6553.6, 190_000, 196_608,
    ])
    expect(played(em24, slave(1, { 40: [0, 0] }), 40, row.slice(1, 2))).toEqual([6553.6])
  })

  test('a float', () => {
    const [high, low] = float(1234.5)
    expect(played(grid, sdm630(0), 52, [[low, high], float(0)])[0]).toMatch(
      /^[0-9.e+]+ W, and 4000000 W are possible$/,
    )
    // Of a whole number the low word is often 0.
    const [one, none] = float(1000)
    expect(played(grid, sdm630(0), 52, [[none, one]])[0]).toMatch(/: two words in the wrong order$/)
  })
})

describe('16 bits that overflow', () => {
  const deye: DeviceConfig = { ...grid, model: 'deye-3p' }
  const wrapped = (powerW: number) => `${powerW} W: a register of 16 bits has overflowed`
  const raw = (powerW: number) => [powerW & 0xffff]

  test('32,767 -> -32,336 and back', () => {
    const row = [30_000, 32_700, 33_200, 35_000, 32_000, 31_000].map(raw)
    expect(played(deye, slave(1, { 625: [0] }), 625, row)).toEqual([
      30_000,
      32_700,
      wrapped(-32_336),
      wrapped(-30_536),
      32_000,
      31_000,
    ])
  })

  test('the other way, and back past a reading that is missing', () => {
    const row = [-32_000, -33_000, -1000, -2000].map(raw)
    expect(played(deye, slave(1, { 625: [0] }), 625, row)).toEqual([
      -32_000,
      wrapped(32_536),
      -1000,
      -2000,
    ])
  })

  test('a device that cannot reach them is let change its direction', () => {
    const row = [-15_000, 15_000, -15_000].map(raw)
    expect(played({ ...deye, ratedW: 15_000 }, slave(1, { 625: [0] }), 625, row)).toEqual([
      -15_000, 15_000, -15_000,
    ])
  })
})

describe('values of one read that have to agree', () => {
  // Model 203 of SunSpec at 40002: the phases lie between the total and its scale factor.
  const map = (id: number, length: number, points: { [offset: number]: number }) => {
    const block = new Array(length + 2).fill(0)
    block[0] = id
    block[1] = length
    for (const [offset, value] of Object.entries(points)) block[Number(offset)] = value & 0xffff
    return slave(1, { 40000: [0x5375, 0x6e53, ...block, 0xffff, 0] })
  }
  const sunspec: DeviceConfig = { ...grid, model: 'sunspec' }
  const meter = (total: number, phases: number[]) =>
    map(203, 105, { 18: total, 19: phases[0], 20: phases[1], 21: phases[2], 22: 0 })

  test.each<[string, number, number[], unknown]>([
    ['they agree', 3000, [1000, 1500, 500], 3000],
    ['nearly', 3500, [1000, 1500, 500], 3500],
    ['one of them feeds in', -200, [1000, -1500, 300], -200],
    ['phases without signs', -3000, [1000, 1500, 500], -3000],
    ['phases that the meter does not fill in', 3000, [0, 0, 0], 3000],
    ['phases that are not implemented', 3000, [-32_768, 1500, 500], 3000],
    [
      'ten times the phases',
      30_000,
      [1000, 1500, 500],
      '30000 W, and its phases make another power',
    ],
    ['one phase for all', 500, [1000, 1500, 500], '500 W, and its phases make another power'],
  ])('phases and total: %s', (_, total, phases, expected) => {
    const device = meter(total, phases)
    expect(outcomes([sunspec], [device], 1, () => {})).toEqual(
      typeof expected === 'number' ? [[expected, undefined]] : [[expected]],
    )
  })

  test.each<[string, number, number, unknown]>([
    ['they agree', -1500, 300, 1500],
    ['the power is less', -1000, 300, 1000],
    ['no current is told', -1500, 0, 1500],
    ['ten times as much', -15_000, 300, '15000 W, and volts x amperes make less'],
  ])('volts x amperes and watts: %s', (_, power, tenthsA, expected) => {
    const points = { 3: 1024, 11: 505, 34: 512, 44: tenthsA, 47: power, 53: 1, 56: -1 }
    const device = map(802, 62, { ...points, 59: -1, 61: -1, 63: 0 })
    // At 9600 baud the power is cheaper in a read of its own.
    const battery: DeviceConfig = { ...sunspec, role: 'resource' }
    const [outcome] = outcomes([battery], [device], 1, () => {}, 19_200)
    expect(outcome[0]).toBe(expected)
  })

  test('neither costs a read', () => {
    const machine = new Bus({ line: line8N1(), devices: [sunspec] })
    const line = new ScriptedLine<BusOutput>(machine, bus([meter(300, [100, 100, 100])]))
    machine.measure(0 as MonotonicMs)
    line.run(4000)
    expect(line.sent.at(-1)?.bytes.subarray(0, 6)).toEqual(Uint8Array.of(1, 3, 0x9c, 0x54, 0, 5))
  })
})

describe('a state of charge', () => {
  const bms: DeviceConfig = { model: 'pace-modbus', unit: 3, role: 'resource' }
  const felicity: DeviceConfig = {
    model: 'felicity',
    unit: 3,
    role: 'resource',
    capacityWh: 10_000,
  }
  const jump = (wh: number) => `its charge jumps to ${wh} Wh`

  test('zeros of a BMS that has just restarted: 3,072 -> 0 -> 3,072 Wh', () => {
    const device = pace()
    const log = outcomes([bms], [device], 5, (round) => {
      put(
        device,
        0,
        round === 1 || round === 2 ? [0, 5120, 0, 0, 0] : [63_036, 5120, 60, 100, 6000],
      )
    })
    expect(log).toEqual([[-1280, 3072], [jump(0)], [jump(0)], [-1280, 3072], [-1280, 3072]])
  })

  test('zeros in all registers, and zeros from the start', () => {
    const device = slave(3, { 0: [0, 0, 0, 0, 0] })
    const log = outcomes([bms], [device], 3, (round) => {
      if (round === 1) put(device, 0, [0, 5120, 0, 0, 0])
      if (round === 2) put(device, 0, [63_036, 5120, 60, 100, 6000])
    })
    expect(log).toEqual([['a battery voltage of 0 V: it starts'], [jump(0)], [-1280, 3072]])
  })

  test('an empty battery is taken as that after five minutes', () => {
    const device = slave(3, { 0: [0, 4800, 0, 100, 0] })
    const log = outcomes([bms], [device], 76, () => {})
    expect(log[73]).toEqual(['its charge jumps to 0 Wh; for 74 readings: see capacityWh, model'])
    expect(log.slice(74)).toEqual([
      [0, 0, 'its charge stays at 0 Wh: taken'],
      [0, 0],
    ])
  })

  const percents = (row: number[]) => {
    const device = slave(3, { 4870: [5200, 0, 0, 0, 0, 50] })
    return outcomes([felicity], [device], row.length, (round) => put(device, 4875, [row[round]]))
  }

  test('some per cent at once pass, and more do not', () => {
    const row = percents([50, 51, 47, 60, 47])
    expect(row.map((outcome) => outcome.at(-1))).toEqual([5000, 5100, 4700, jump(6000), 4700])
  })

  test('a BMS that corrects itself is taken after eight readings, and the log says so', () => {
    const row = percents([92, ...new Array(9).fill(100)])
    expect(row.map((outcome) => outcome.at(-1))).toEqual([
      9200,
      ...new Array(7).fill(jump(10_000)),
      'its charge stays at 10000 Wh: taken',
      10_000,
    ])
  })

  test('a battery that was away for an hour may hold anything', () => {
    const device = slave(3, { 4870: [5200, 0, 0, 0, 0, 90] })
    const log = outcomes([felicity], [device], 900, (round) => {
      device.mute = round > 0 && round < 870
      put(device, 4875, [round === 0 ? 90 : 20])
    })
    const charges = log.flatMap(([, wh]) => (wh === undefined ? [] : [wh]))
    expect(charges[0]).toBe(9000)
    expect(new Set(charges.slice(1))).toEqual(new Set([2000]))
    expect(log.some(([why]) => `${why}`.startsWith('its charge'))).toBe(false)
  })

  test('a voltage that sags moves no charge', () => {
    const device = pace()
    const log = outcomes([bms], [device], 3, (round) => {
      put(device, 0, [0, [5700, 5000, 5700][round], 98, 100, 28_000])
    })
    expect(log.map(([, wh]) => wh)).toEqual([15_960, 14_000, 15_960])
  })
})

describe('a power that stands still', () => {
  const notes = (gridW: (round: number) => number, pvW: (round: number) => number) => {
    const meter = sdm630(0)
    const panels = sdm120(0)
    const log = outcomes([grid, pv], [meter, panels], 400, (round) => {
      put(meter, 52, float(gridW(round)))
      put(panels, 12, float(pvW(round)))
    })
    return log.flatMap(([, , note], round) => (note === undefined ? [] : [[round, note]]))
  }
  const moving = (round: number) => 1000 + round

  test('is reported once after ten minutes, and still sent', () => {
    expect(notes((round) => (round < 50 ? round : 900), moving)).toEqual([
      [200, 'it shows 900 W to the digit for 10 minutes, others move: frozen?'],
    ])
  })

  test.each<[string, (round: number) => number, (round: number) => number]>([
    ['if the others stand still too', () => 900, () => 700],
    ['if it is that of a night', () => 0, moving],
    ['if it is that of a device on standby', () => -12, moving],
    ['if it moves by a digit', (round) => 900 + (round % 100 === 0 ? 1 : 0), moving],
  ])('is not reported %s', (_, gridW, pvW) => {
    expect(notes(gridW, pvW)).toEqual([])
  })
})
