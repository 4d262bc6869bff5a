import { describe, expect, test } from '@jest/globals'
import { findDevice, listDevices } from '../../../firmware/devices/catalogue/find'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { listFingerprints } from '../../../firmware/devices/identify/fingerprint'
import { float, type Responder, type Slave, slave } from '../../../tools/sim/modbus/scripted'
import { random } from '../../../tools/sim/random'
import { zeros } from '../poll/rounds'
import { auto, em24, exception, orno, pace, play, sdm120, seplos } from './play'

const different = (words: unknown[]): unknown[] => words.filter((one, i) => one !== words[i - 1])
const READS_ON = 'read from the next round on'
/** One for each register, however many models have it. */
const READS = new Set(listFingerprints().map(({ code, at, length }) => `${code} ${at} ${length}`))
  .size
const BUSY = 'its model is being identified'

describe('a device whose model is auto', () => {
  test('is identified within some rounds, reported once with what it was identified by, and then read', () => {
    const { of, machine, asked } = play({ devices: [auto], slaves: [sdm120()], count: 9 })
    expect(different(of(0))).toEqual([
      BUSY,
      `identified as eastron-sdm120 (register 64514: 32): ${READS_ON}`,
      700,
    ])
    expect(of(0)).toHaveLength(9)
    expect(machine.model(0)).toBe('auto: eastron-sdm120')
    for (let round = 0; round < 9; round++)
      expect(asked(5).filter((one) => one === round).length).toBeLessThanOrEqual(4)
  })

  test('asks each register once, whichever models share it', () => {
    const { line } = play({ devices: [auto], slaves: [sdm120()], count: 4 })
    const questions = line.sent.map(({ bytes }) => bytes.subarray(1, 6).join(' '))
    expect(new Set(questions).size).toBe(questions.length)
  })

  test('is identified by a text too', () => {
    const battery: DeviceConfig = { model: 'auto', unit: 5, role: 'resource' }
    const { machine } = play({ devices: [battery], slaves: [seplos()], count: 6 })
    expect(machine.model(0)).toBe('auto: seplos-v3')
  })

  test('is not identified by values, however plausible they are', () => {
    const unlisted = slave(5, { 0: float(231), ...zeros(2, 80), 70: float(50), 52: float(900) })
    const { of, machine, asked } = play({ devices: [auto], slaves: [unlisted], count: 60 })
    const told = different(of(0))
    const unknown =
      'no model of the catalogue identifies itself at this unit: name it in devices[0].model'
    expect(told.slice(0, 4)).toEqual([BUSY, unknown, BUSY, unknown])
    expect(new Set(told).size).toBe(2)
    expect(machine.model(0)).toBe('auto')
    // A minute lies between two passes, and each asks every register once at most.
    const passes = told.filter((what) => what === BUSY).length
    expect(passes).toBeLessThanOrEqual(4)
    expect(asked(5).length).toBeLessThanOrEqual(passes * READS)
  })

  test('is not identified if two models match', () => {
    const both = slave(5, { ...zeros(0, 11), 11: [162], 64514: [0x20] })
    const { of } = play({ devices: [auto], slaves: [both], count: 8 })
    expect(of(0)[7]).toBe(
      'eastron-sdm120 and orno-we514 identify themselves at this unit: name it in devices[0].model',
    )
  })

  test('is not taken for a model whose one identifying number is a reading of this device', () => {
    const { of } = play({
      devices: [{ ...auto, role: 'resource', capacityWh: 5000 }],
      slaves: [pace()],
      count: 12,
    })
    expect(of(0)[11]).toBe(
      'register 0: 1280 says deye-3p, and other registers of it do not: name it in devices[0].model',
    )
    expect(of(0).every((what) => typeof what === 'string')).toBe(true)
  })

  test.each([
    ['of two registers', { 64524: [0, 2] }, 'register 64524: 2 says eltako-dsz15'],
    // An SG inverter has a power there, and this device any value.
    [
      'of one that nothing confirms',
      { 4999: [9270], ...zeros(5018, 5118) },
      'register 4999: 9270 says sungrow-sg',
    ],
  ])('is not taken for a model because of one number %s', (_, registers, says) => {
    const { of } = play({ devices: [auto], slaves: [slave(5, registers)], count: 12 })
    expect(of(0)[11]).toBe(`${says}, and other registers of it do not: name it in devices[0].model`)
  })

  test('is read by its SunSpec map if it has one', () => {
    const map = slave(5, {
      40000: [0x5375, 0x6e53, 203, 105, ...new Array(105).fill(0), 0xffff, 0],
    })
    map.registers.set(40002 + 18, 0x10000 - 1234)
    map.registers.set(40002 + 22, 0xffff)
    const { of, machine } = play({ devices: [auto], slaves: [map], count: 8 })
    expect(of(0).slice(-2)).toEqual([-123.4, -123.4])
    expect(machine.model(0)).toBe('auto: sunspec')
  })

  test('is not identified if it is silent on registers that it does not have', () => {
    const shy: (respond: Responder) => Responder = (respond) => (frame, now) =>
      frame[2] === 0xc3 ? [] : respond(frame, now)
    const { of } = play({ devices: [auto], slaves: [sdm120()], count: 12, through: shy })
    expect(of(0)).toContain(
      'it stays silent where models identify themselves: name it in devices[0].model',
    )
    expect(of(0).every((what) => typeof what === 'string')).toBe(true)
  })

  test('is asked again if it is busy or fails', () => {
    for (const code of [4, 6, 11]) {
      let spoilt = 0
      const { of } = play({
        devices: [auto],
        slaves: [sdm120()],
        count: 24,
        // Its own register answers so three times, and then as it should.
        through: (respond) => (frame, now) => {
          const replies = respond(frame, now)
          if (frame[2] !== 0xfc || spoilt++ >= 3) return replies
          return replies.map(({ afterMs, bytes }) => ({ afterMs, bytes: exception(bytes, code) }))
        },
      })
      expect(of(0).at(-1)).toBe(700)
    }
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('is never refused because of noise (seed %d)', (seed) => {
    const draw = random(seed)
    const { of } = play({
      devices: [auto],
      slaves: [sdm120()],
      count: 90,
      through: (respond) => (frame, now) =>
        respond(frame, now).map(({ afterMs, bytes }) => {
          const damaged = bytes.slice()
          if (draw.chance(0.15)) damaged[draw.below(damaged.length)] ^= 1 << draw.below(8)
          return { afterMs, bytes: damaged }
        }),
    })
    expect(of(0).filter((what) => String(what).startsWith('no model'))).toEqual([])
    expect(of(0)).toContain(700)
  })

  test('costs one read a round if it is silent, and counts as lost like any other', () => {
    const { asked, of } = play({
      devices: [auto],
      slaves: [{ ...sdm120(), mute: true }],
      count: 12,
    })
    expect(asked(5)).toEqual([0, 1, 2, 4, 7])
    expect(of(0)[11]).toMatch(/^no answer for \d+ rounds$/)
  })

  test('is identified anew when it comes back: it may be another device', () => {
    const { of, machine } = play({
      devices: [auto],
      slaves: [sdm120()],
      count: 40,
      change: (round, slaves) => {
        if (round === 8) slaves[0] = { ...sdm120(), mute: true }
        if (round === 16) slaves[0] = em24()
      },
    })
    expect(of(0)[7]).toBe(700)
    expect(
      of(0)
        .slice(8)
        .filter((what) => what === 700),
    ).toEqual([])
    expect(machine.model(0)).toBe('auto: cg-em24-rs485')
    expect(of(0).at(-1)).toBe(500)
  })

  test('fails with the field and the fix if its configuration does not fit what it is', () => {
    const why = (config: Partial<DeviceConfig>, device: Slave): unknown =>
      play({ devices: [{ ...auto, ...config }], slaves: [device], count: 9 }).of(0)[8]
    expect(why({ phases: [1, 2] }, sdm120())).toBe(
      'it is eastron-sdm120 (register 64514: 32): phases: none: this device does not tell the power of those phases',
    )
    expect(why({ role: 'resource', capacityWh: 5000 }, sdm120())).toMatch(/: capacityWh: none/)
    expect(why({ direction: 'import' }, sdm120())).toMatch(/: direction: none/)
    expect(why({}, seplos())).toMatch(/^it is seplos-v3 .*: role: resource/)
    expect(why({}, orno())).toBe(
      'it is orno-we514 (register 11: 162): direction: import or export, because this meter cannot tell them apart',
    )
    expect(why({ direction: 'export' }, orno())).toBe(-500)
  })
})

describe('the catalogue', () => {
  test('has fingerprints of every model with identification registers, and of no other', () => {
    const models = new Set(listFingerprints().map(({ model }) => model))
    const known = listDevices().filter((id) => findDevice(id)?.identification.length)
    expect([...models].sort()).toEqual(known.sort())
  })

  test('has no model that needs more silence than a device of unknown model is given', () => {
    const quiet = listDevices().map((id) => findDevice(id)?.quietMs ?? 0)
    const { line } = play({ devices: [auto], slaves: [sdm120()], count: 2 })
    const [first, second] = line.sent
    const answeredAt = first.at + ((8 + 5) * 10_000) / 9600 + 20
    expect(second.at - answeredAt).toBeGreaterThanOrEqual(Math.max(...quiet) - 1)
  })
})
