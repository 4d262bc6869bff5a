import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { ReadPlan } from '../../../firmware/devices/poll/reads'
import type { RequiredRegister } from '../../../firmware/devices/poll/required'
import { READ_HOLDING_REGISTERS } from '../../../firmware/modbus/codes'
import {
  bus,
  float,
  framed,
  ScriptedLine,
  type Slave,
  slave,
} from '../../../tools/sim/modbus/scripted'
import { battery, line8N1, pace, rounds } from './rounds'

const NUMBER = {
  phase: 0,
  code: READ_HOLDING_REGISTERS,
  type: 'u16',
  order: 'msw',
  exponent: 0,
  offset: 0,
  mask: undefined,
  sentinels: undefined,
  width: 1,
  factor: -1,
  direction: -1,
} as const

describe('fixed registers that are apart', () => {
  const COST = { turnaroundMs: 100, registerMs: 2 }
  const registers: RequiredRegister[] = [
    { ...NUMBER, what: 'currentRatio', at: 0, fixed: true, isScale: true, power: true },
    { ...NUMBER, what: 'voltageRatio', at: 1000, fixed: true, isScale: true, power: true },
    { ...NUMBER, what: 'power', at: 2000, fixed: false, isScale: false, power: true },
  ]

  let now = 0

  /** Which addresses a round reads, if the device holds these values. */
  function round(plan: ReadPlan, held: { [address: number]: number }): number[] {
    const addresses: number[] = []
    plan.begin()
    for (let request = plan.request; request; request = plan.request) {
      addresses.push(request.address)
      const value = held[request.address]
      const at = ++now as MonotonicMs
      plan.take(Uint8Array.of(value >> 8, value & 0xff), 0, at, at)
    }
    return addresses
  }

  test('are read in every round, and a change ends the round', () => {
    const plan = new ReadPlan(registers, {
      limits: { maxRegisters: 125, barriers: [] },
      cost: COST,
      maxSpanMs: 1000,
    })
    const held = { 0: 40, 1000: 1, 2000: 7 }
    expect(round(plan, held)).toEqual([0, 1000, 2000])
    expect(round(plan, held)).toEqual([0, 1000, 2000])
    plan.forget()
    expect(round(plan, held)).toEqual([0, 1000, 2000])
    expect(round(plan, { ...held, 1000: 5 })).toEqual([0, 1000])
    expect(plan.hasChanged).toBe(true)
    expect(round(plan, held)).toEqual([0, 1000, 2000])
    expect(plan.hasChanged).toBe(false)
    expect(round(plan, { ...held, 0: 50 })).toEqual([0])
    expect(plan.hasChanged).toBe(true)
    expect(round(plan, { ...held, 0: 50 })).toEqual([0, 1000, 2000])
    expect([plan.hasChanged, ...plan.values]).toEqual([false, 50, 1, 7])
  })
})

// What the reply has in its place may be anything: what came before it, or what is left of a longer one.
test('a read that was cut brings nothing beside the power', () => {
  const number = { ...NUMBER, fixed: false, isScale: false }
  const plan = new ReadPlan(
    [
      { ...number, what: 'batteryPower', at: 0, power: true },
      { ...number, what: 'stateOfCharge', at: 9, power: false },
    ],
    {
      limits: { maxRegisters: 125, barriers: [] },
      cost: { turnaroundMs: 100, registerMs: 2 },
      maxSpanMs: 1000,
      map: [{ ...number, what: 'batteryVoltage', at: 5 }],
      beside: ['batteryVoltage'],
    },
  )
  const reply = Uint8Array.of(0, 7, 0, 7, 0, 7, 0, 7, 0, 7, 0, 51, 0, 7, 0, 7, 0, 7, 0, 60)
  plan.begin()
  plan.take(reply, 0, 1 as MonotonicMs, 2 as MonotonicMs)
  expect([...plan.values]).toEqual([7, 60, 51])
  plan.begin()
  expect(plan.split(false)).toBe(true)
  plan.take(reply, 0, 3 as MonotonicMs, 4 as MonotonicMs)
  plan.take(reply, 18, 5 as MonotonicMs, 6 as MonotonicMs)
  expect([...plan.values]).toEqual([7, 60, Number.NaN])
})

describe('a merged read', () => {
  const asks = ({ sent }: { sent: readonly { bytes: Uint8Array }[] }): number[][] =>
    sent.map(({ bytes }) => [bytes[3], bytes[5]])

  test('that is refused is split once and for all', () => {
    const refusing = { ...slave(3, { 0: [1000, 5000], 4: [6000, 0, 0, 0, 0] }), latencyMs: 20 }
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

  test('that meets silence for its length is split once the device answers a short one', () => {
    const deaf: Slave = { ...pace(), silentAbove: 3 }
    const { log, line } = rounds([battery], [deaf], 10)
    // Once silent, it answers a short read in the next round; then it is asked once no late reply can come any more.
    expect(log.filter(([, , why]) => typeof why === 'string')).toHaveLength(1)
    const readings = log.filter(([at]) => at >= 3 * 4000)
    expect(readings.map(([, , powerW, energyWh]) => [powerW, energyWh])).toEqual(
      new Array(7).fill([-1280, 3072]),
    )
    expect(line.sent.slice(-4).map(({ bytes }) => [bytes[3], bytes[5]])).toEqual([
      [0, 2],
      [4, 1],
      [0, 2],
      [4, 1],
    ])
  })

  test('that one device answered and another in its place does not is split', () => {
    const machine = new Bus({ line: line8N1(), devices: [battery] })
    let device = pace()
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => bus([device])(frame, now))
    const kinds: string[] = []
    for (let round = 0; round < 16; round++) {
      if (round === 1) device = { ...pace(), mute: true }
      if (round === 5) device = { ...pace(), silentAbove: 3 }
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, ({ kind }) => kinds.push(kind))
    }
    expect(kinds[0]).toBe('measured')
    expect(kinds.slice(-3)).toEqual(['measured', 'measured', 'measured'])
  })

  describe('is not split by what is no refusal:', () => {
    const dtsu = slave(1, { 6: [40, 10], 8212: [...float(100), ...float(200), ...float(300)] })
    const meter: DeviceConfig = { model: 'chint-dtsu666', unit: 1, role: 'site', phases: [1, 3] }
    type Spoil = (reply: Uint8Array) => Uint8Array | undefined

    /** The reads of the last of `count` rounds, if the answers to the read of six (or more, with padding) are spoiled in rounds [from, to). */
    function spoiled(spoil: Spoil, from: number, to: number, count: number): number[] {
      const machine = new Bus({ line: line8N1(), devices: [meter] })
      const answer = bus([dtsu])
      let round = 0
      const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
        answer(frame, now).flatMap(({ afterMs, bytes }) => {
          const sent = round >= from && round < to && frame[5] >= 6 ? spoil(bytes) : bytes
          return sent ? [{ afterMs, bytes: sent }] : []
        }),
      )
      for (; round < count; round++) {
        if (round === count - 1) line.sent.length = 0
        machine.measure(line.now as MonotonicMs)
        line.run((round + 1) * 11_000)
      }
      return line.sent.map(({ bytes }) => bytes[5])
    }

    test.each<[string, Spoil]>([
      [
        'a bad checksum',
        (reply) => {
          const bad = reply.slice()
          bad[6] ^= 1
          return bad
        },
      ],
      ['exception 4', () => framed(1, 0x83, 4)],
      ['exception 11', () => framed(1, 0x83, 11)],
      ['exception 1', () => framed(1, 0x83, 1)],
    ])('%s in every attempt of two rounds', (_, spoil) => {
      expect(spoiled(spoil, 0, 2, 3)).toEqual([2, 6])
    })

    test('silence in every attempt of one round', () => {
      // The device may be silent on longer reads: the ratio is asked as it is, too.
      expect(spoiled(() => undefined, 0, 1, 2)).toEqual([2, 6])
      expect(spoiled(() => undefined, 0, 1, 3)).toEqual([2, 6])
    })

    test('silence in any number of rounds on a read that was answered before', () => {
      // Busy once in each round, which shows that it lives.
      let answers = 0
      const busyThenSilent: Spoil = () => (answers++ % 3 === 0 ? framed(1, 0x83, 6) : undefined)
      expect(spoiled(busyThenSilent, 1, 5, 6)).toEqual([2, 6])
      expect(answers).toBe(12)
    })

    test('but silence in two rounds splits, from a device that answers other reads', () => {
      // Nor is it asked with padding from then on.
      expect(spoiled(() => undefined, 0, 9, 5)).toEqual([2, 2, 2])
    })
  })

  test('that met silence is first asked for its shortest part, in a round without another answer', () => {
    const machine = new Bus({ line: line8N1(), devices: [battery] })
    const answer = bus([pace()])
    let asked = 0
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => {
      asked++
      // Busy, which shows that it lives; then twice silent.
      if (asked === 1) return [{ afterMs: 30, bytes: framed(3, 0x83, 6) }]
      return asked <= 3 ? [] : answer(frame, now)
    })
    for (let round = 1; round <= 3; round++) {
      machine.measure(line.now as MonotonicMs)
      line.run(round * 11_000)
    }
    // 5 again only once no reply to the first requests can come any more.
    expect(asks(line).map(([, count]) => count)).toEqual([5, 5, 6, 1, 5, 5])
  })

  test('stays split if one part is refused and the other answered', () => {
    const { log, line } = rounds([battery], [slave(3, { 0: [1000, 5000] })], 3)
    // The battery tells its power and not its charge.
    const why = 'exception 2 (illegal data address)'
    expect(log.map(([, , what]) => what)).toEqual([why, why, why])
    expect(asks(line)).toEqual([
      [0, 5],
      [0, 2],
      [4, 1], // refused, but perhaps by a copy of the refusal of the whole
      [4, 3],
      [4, 1],
      [0, 2],
      [4, 1],
      [0, 3], // as long as the last one that was answered; refused: 2 does not exist here
      [0, 2],
      [4, 1],
    ])
  })

  test('is put together again only after all its parts have been refused', () => {
    const machine = new Bus({ line: line8N1(), devices: [battery] })
    const line = new ScriptedLine<BusOutput>(machine, bus([slave(3, { 4: [6000, 0, 0, 0, 0] })]))
    // The first round ends when all parts but the last have been refused.
    for (const until of [1000, 4000, 8000]) {
      line.sent.length = 0
      machine.measure(line.now as MonotonicMs)
      line.run(until)
    }
    const refused = asks(line).slice(0, -1)
    // The second refusal of a part is no copy of the one before.
    expect(refused.filter(([, count]) => count < 3)).toEqual([
      [0, 2],
      [0, 1],
      [0, 1],
      [1, 1],
      [1, 1],
    ])
    // Each of them was tried with padding first.
    expect(refused).toHaveLength(9)
    expect(asks(line).at(-1)?.[0]).toBe(4)
  })

  test('is asked whole if a device that returns refuses its shortest part', () => {
    const picky = { ...pace(), mute: true }
    const machine = new Bus({ line: line8N1(), devices: [battery] })
    const answer = bus([picky])
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      frame[5] === 1 && !picky.mute
        ? [{ afterMs: 30, bytes: framed(3, 0x83, 3) }]
        : answer(frame, now),
    )
    const log: unknown[] = []
    for (let round = 0; round < 7; round++) {
      picky.mute = round < 4
      if (round === 4) line.sent.length = 0
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) => {
        if (output.kind === 'measured') log.push(output.powerW)
      })
    }
    expect(log).toEqual([-1280, -1280, -1280])
    expect(asks(line).map(([, count]) => count)).toEqual([1, 5, 6, 5])
  })

  test('is put together again if a device that starts up refused everything', () => {
    const starting: Slave = { ...pace(), registers: new Map() }
    const machine = new Bus({ line: line8N1(), devices: [battery] })
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) => bus([starting])(frame, now))
    const log: unknown[] = []
    for (let round = 0; round < 4; round++) {
      if (round === 2) starting.registers = pace().registers
      if (round === 3) line.sent.length = 0
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) =>
        log.push(output.kind === 'measured' ? output.powerW : output.kind),
      )
    }
    expect(log).toEqual(['failed', 'failed', -1280, -1280])
    // The whole, with a register that the length of its reply is told apart by.
    expect(line.sent.map(({ bytes }) => bytes[5])).toEqual([6])
  })
})

describe('a power, and a charge in a read of its own', () => {
  const registers: RequiredRegister[] = [
    { ...NUMBER, what: 'batteryPower', at: 0, fixed: false, isScale: false, power: true },
    { ...NUMBER, what: 'stateOfCharge', at: 1000, fixed: false, isScale: false, power: false },
  ]

  /** Which addresses a round reads, if each answer takes so long. */
  function addresses(...answersMs: number[]): number[] {
    const plan = new ReadPlan(registers, {
      limits: { maxRegisters: 125, barriers: [] },
      cost: { turnaroundMs: 100, registerMs: 2 },
      maxSpanMs: 1000,
    })
    const asked: number[] = []
    let now = 1
    plan.begin()
    for (let request = plan.request; request; request = plan.request) {
      const sentAt = now as MonotonicMs
      now += answersMs[asked.length] ?? 50
      asked.push(request.address)
      plan.take(Uint8Array.of(0, 1), 0, sentAt, now as MonotonicMs)
    }
    return asked
  }

  test('are read once', () => {
    expect(addresses(50, 900)).toEqual([0, 1000])
  })

  // A BMS that started showed no current yet, and its charge two seconds later: 0 W were sent.
  test('are of one moment: the power is read again if the charge came long after it', () => {
    expect(addresses(50, 2000)).toEqual([0, 1000, 0])
  })
})

describe('a direction and its magnitude in two reads', () => {
  // The hole between them is refused: 33135 says the direction, 33149 and 33150 the magnitude.
  const hybrid: DeviceConfig = {
    model: 'solis-hybrid',
    unit: 1,
    role: 'resource',
    part: 'battery',
    capacityWh: 10_000,
  }
  const zeros = { 33136: [0, 0, 0, 50, 0, 0, 0], 33151: [0, 0, 0, 0] }
  const charging = slave(1, { 33135: [0], 33149: [0, 500], ...zeros })
  const discharging = slave(1, { 33135: [1], 33149: [0, 5], ...zeros })

  /** Of a device that discharges if `turns` says so, before its nth answer of the round, of the registers from `at` on. */
  function play(turns: (round: number, nth: number, at: number) => boolean): unknown[] {
    let round = 0
    let nth = 0
    const machine = new Bus({ line: line8N1(), devices: [hybrid] })
    const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
      bus([turns(round, nth++, (frame[2] << 8) + frame[3]) ? discharging : charging])(frame, now),
    )
    const log: unknown[] = []
    for (; round < 6; round++) {
      nth = 0
      machine.measure(line.now as MonotonicMs)
      line.run((round + 1) * 4000, (output) => {
        if (output.kind === 'measured') log.push(output.powerW)
        if (output.kind === 'failed') log.push('failed')
      })
    }
    return log.slice(-4)
  }

  test('bring the power while it stays', () => {
    expect(play(() => false)).toEqual([500, 500, 500, 500])
    expect(play(() => true)).toEqual([-5, -5, -5, -5])
  })

  test('are read again if the direction is another one behind the magnitude', () => {
    expect(play((round, nth) => round === 4 && nth > 0)).toEqual([500, 500, -5, 500])
  })

  // The device answers in one length only: its direction, read again within three seconds, may be a copy.
  test('are read before slow meters, though what may be a copy is asked again', () => {
    const strict = slave(1, { 33135: [0], 33139: [50], 33149: [0, 500] })
    const slow = [2, 3, 4, 5].map((unit) => ({
      ...slave(unit, { 12: [...float(7), 0, 0, 0, 0] }),
      latencyMs: 300,
    }))
    const meters = slow.map(
      ({ unit }): DeviceConfig => ({
        model: 'eastron-sdm120',
        unit,
        role: 'resource',
      }),
    )
    const { log } = rounds([hybrid, ...meters], [strict, ...slow], 20)
    const readings = log.filter(([, device]) => device === 0).slice(-8)
    expect(readings.map(([, , powerW]) => powerW)).toEqual(new Array(8).fill(500))
    expect(readings.every(([at]) => at % 4000 < 300)).toBe(true)
  })

  test('bring none if it is another one behind each magnitude', () => {
    let isTurned = false
    const turns = (round: number, _: number, at: number) => {
      if (round === 4 && at === 33149) isTurned = !isTurned
      return round === 4 && isTurned
    }
    expect(play(turns)).toEqual([500, 500, 'failed', 500])
  })
})
