/** Devices whose powers are added up are read next to each other, wherever they stand in the settings. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { bus, type Responder, ScriptedLine, type Slave } from '../../../tools/sim/modbus/scripted'
import { line8N1, pv, sdm120 } from './rounds'

/** Units 1 to 4; the second and the fourth are of one stream. */
const GROUPS = [[1, 3], [0], [2]]
const devices: DeviceConfig[] = [1, 2, 3, 4].map((unit) => ({ ...pv, unit }))
const meters = (): Slave[] => devices.map(({ unit }) => ({ ...sdm120(unit), unit }))

interface Story {
  count: number
  everyMs?: number
  groups?: number[][]
  slaves?: Slave[]
  through?: (respond: Responder) => Responder
}

function play({ count, everyMs = 4000, groups = GROUPS, slaves = meters(), through }: Story) {
  const machine = new Bus({ line: line8N1(), devices, groups })
  const respond = bus(slaves)
  const line = new ScriptedLine<BusOutput>(machine, through ? through(respond) : respond)
  const rounds: { units: number[]; measured: Map<number, number>; failed: number[] }[] = []
  for (let round = 0; round < count; round++) {
    const from = line.sent.length
    const measured = new Map<number, number>()
    const failed: number[] = []
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * everyMs, (output) => {
      if (output.kind === 'measured') measured.set(output.device, output.at - round * everyMs)
      if (output.kind === 'failed') failed.push(output.device)
    })
    rounds.push({ units: line.sent.slice(from).map(({ bytes }) => bytes[0]), measured, failed })
  }
  return { machine, rounds }
}

/** Spoils those answers of the unit whose number, counted from 0, `when` picks. */
const spoiling =
  (unit: number, how: 'damaged' | 'lost', when: (answer: number) => boolean) =>
  (respond: Responder): Responder => {
    let answers = 0
    return (frame, now) => {
      const replies = respond(frame, now)
      if (frame[0] !== unit || !when(answers++)) return replies
      if (how === 'lost') return []
      return replies.map(({ afterMs, bytes }) => {
        const damaged = bytes.slice()
        damaged[damaged.length - 3] ^= 0x10
        return { afterMs, bytes: damaged }
      })
    }
  }

const apart = (measured: Map<number, number>): number =>
  Math.abs((measured.get(1) as number) - (measured.get(3) as number))

describe('devices of one stream', () => {
  test('are read in a row, and reported by their indexes', () => {
    const { rounds } = play({ count: 2 })
    for (const { units, measured } of rounds) {
      expect(units).toEqual([2, 4, 1, 3])
      expect([...measured.keys()]).toEqual([1, 3, 0, 2])
      expect(apart(measured)).toBeLessThan(60)
    }
  })

  test.each([2, 4])('are asked again at once if an answer is damaged (unit %d)', (unit) => {
    const { rounds, machine } = play({
      count: 30,
      through: spoiling(unit, 'damaged', (answer) => answer === 40 || answer === 2),
    })
    const retried = rounds.filter(({ units }) => units.length === 5)
    expect(retried.length).toBeGreaterThan(0)
    for (const { units, measured } of retried) {
      expect(units).toEqual(unit === 2 ? [2, 2, 4, 1, 3] : [2, 4, 4, 1, 3])
      expect(apart(measured)).toBeLessThan(700)
    }
    expect(machine.roundMs).toBeLessThan(700)
  })

  test('are asked again at once if an answer is lost: its length tells the late one apart', () => {
    const { rounds, machine } = play({ count: 4, through: spoiling(2, 'lost', (one) => one === 1) })
    const { units, measured } = rounds[1]
    expect(units).toEqual([2, 2, 4, 1, 3])
    expect(apart(measured)).toBeLessThan(60)
    // A round with a retry does not tell how long a round takes.
    expect(machine.roundMs).toBeLessThan(300)
  })

  test('do not wait for one that does not answer at all', () => {
    const slaves = meters()
    slaves[1].mute = true
    const { rounds } = play({ count: 12, slaves })
    for (const { measured } of rounds.slice(1)) expect(measured.get(3)).toBeLessThan(200)
  })
})

describe('rounds that are always cut short', () => {
  test.each([
    ['one read in each', 45],
    ['two', 100],
    ['three', 140],
  ])('leave no device out: %s', (_, everyMs) => {
    for (const groups of [GROUPS, [[0], [1], [2], [3]], [[0, 1, 2, 3]], [[3], [0, 1, 2]]]) {
      const { rounds } = play({ count: 40, everyMs, groups })
      for (const device of [0, 1, 2, 3]) {
        const times = rounds.filter(({ measured }) => measured.has(device)).length
        if (groups.every((group) => group.length === 1)) expect(times).toBeGreaterThan(8)
        // A group that never fits into a round is no sum anyway: only its first device is read.
        else if (groups.some(([first]) => first === device)) expect(times).toBeGreaterThan(8)
      }
    }
  })
})
