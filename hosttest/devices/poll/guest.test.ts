/** Who asks in the time that the rounds leave is asked for in no other. */
import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import type { BusGuest } from '../../../firmware/devices/query'
import type { Answer } from '../../../firmware/modbus/exchange'
import { bus, ScriptedLine } from '../../../tools/sim/modbus/scripted'
import { battery, grid, line8N1, pace, pv, sdm120, sdm630 } from './rounds'

const PERIOD_MS = 4000
/** Its timeout and both frames. */
const PATIENCE_MS = 215
/** Nobody answers there. */
const UNIT = 77

class Asking implements BusGuest {
  notBefore = 0 as MonotonicMs
  readonly answers: Answer[] = []

  ask() {
    return {
      request: { unit: UNIT, code: 3 as const, address: 0, count: 1 },
      timeoutMs: 200,
      acceptsLate: true,
    }
  }

  take(answer: Answer): void {
    this.answers.push(answer)
  }
}

function play(rounds: number, guest: Asking | undefined) {
  const machine = new Bus({ line: line8N1(), devices: [grid, pv, battery] })
  const line = new ScriptedLine<BusOutput>(machine, bus([sdm630(1500), sdm120(-2000), pace()]))
  machine.guest = guest
  const log: string[] = []
  for (let round = 0; round < rounds; round++) {
    machine.measure(line.now as MonotonicMs)
    const began = round * PERIOD_MS
    line.run(began + PERIOD_MS - 1, (output, at) => {
      if (output.kind !== 'wait') log.push(`${Math.round(at - began)} ${JSON.stringify(output)}`)
    })
    line.now = began + PERIOD_MS
  }
  return { log: log.map((text) => text.replace(/"at":[^,}]+/, '')), line }
}

test('a guest changes nothing in the rounds, and is asked for in no other time', () => {
  const guest = new Asking()
  const { log, line } = play(10, guest)
  expect(log).toEqual(play(10, undefined).log)
  const asked = line.sent.filter(({ bytes }) => bytes[0] === UNIT).map(({ at }) => at % PERIOD_MS)
  // Between 0.3 s and 3.7 s, in all rounds but the first, of which nobody knows when it ends.
  expect(asked.length).toBeGreaterThan(9 * 12)
  expect(Math.min(...asked)).toBeGreaterThan(200)
  expect(Math.max(...asked)).toBeLessThanOrEqual(PERIOD_MS - PATIENCE_MS)
  expect(guest.answers.map(({ result }) => result.kind)).toEqual(asked.map(() => 'silent'))
  expect(line.sent.findIndex(({ bytes }) => bytes[0] === UNIT)).toBeGreaterThan(3)
})

test('without rounds it has all of the time, and when it does not want to ask none is taken', () => {
  const machine = new Bus({ line: line8N1(), devices: [] })
  const line = new ScriptedLine<BusOutput>(machine, () => [])
  const guest = new Asking()
  machine.guest = guest
  line.run(2400)
  expect(line.sent.length).toBeGreaterThanOrEqual(11)
  guest.notBefore = 5000 as MonotonicMs
  line.run(4999)
  const { length } = line.sent
  line.run(5001)
  expect(line.sent).toHaveLength(length + 1)
})
