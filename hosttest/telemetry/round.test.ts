import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Round } from '../../firmware/telemetry/round'

const ms = (value: number) => value as MonotonicMs
const PERIOD_MS = 4000

function begun(count: number): Round {
  const round = new Round(Array.from({ length: count }, (_, device) => device))
  round.begin()
  return round
}

describe('a round', () => {
  test('fails for its first failure', () => {
    const round = begun(2)
    round.fail(0, 'no answer')
    round.fail(1, 'exception 4')
    expect([round.isComplete, round.rejection(ms(0), PERIOD_MS)]).toEqual([true, 'no answer'])
  })

  test('knows nothing of the one before', () => {
    const round = begun(2)
    round.add(0, 10, 500, ms(1000))
    round.fail(1, 'no answer')
    round.begin()
    round.add(0, 100, undefined, ms(100))
    round.add(1, 200, undefined, ms(300))
    expect(round.rejection(ms(400), PERIOD_MS)).toBe('')
    expect([round.powerW, round.stateOfChargeWh, round.at]).toEqual([300, undefined, 200])
  })

  test('takes each device once, and none that is not its own', () => {
    const round = begun(1)
    round.add(1, 10, undefined, ms(0))
    expect(round.isComplete).toBe(false)
    round.add(0, 20, undefined, ms(0))
    round.add(0, 30, undefined, ms(0))
    expect(round.powerW).toBe(20)
  })

  test('does not count a second answer of one device for the other', () => {
    const round = begun(2)
    round.add(0, 10, undefined, ms(0))
    expect(() => round.add(0, 20, undefined, ms(0))).toThrow('answered twice')
    round.begin()
    round.fail(0, 'no answer')
    expect(() => round.fail(0, 'no answer')).toThrow('answered twice')
  })

  test('keeps the state of charge of the one battery among its devices', () => {
    const round = begun(3)
    round.add(0, 1, undefined, ms(0))
    round.add(1, 1, 500, ms(0))
    round.add(2, 1, undefined, ms(0))
    expect(round.stateOfChargeWh).toBe(500)
  })

  test.each([
    [[0, 0, 751], 'its meters were read too far apart'],
    [[0, 0, 750], ''],
    [[0, 751, 751], 'its meters were read too far apart'],
    [[0, 750, 750], ''],
  ])('of devices that were read at %j ms: %j', (times, why) => {
    const round = begun(3)
    for (const [device, at] of times.entries()) round.add(device, 1, undefined, ms(at))
    expect(round.rejection(ms(1000), PERIOD_MS)).toBe(why)
  })

  test('is as old as its oldest device', () => {
    const round = begun(2)
    round.add(0, 1, undefined, ms(0))
    round.add(1, 1, undefined, ms(500))
    expect(round.rejection(ms(PERIOD_MS), PERIOD_MS)).toBe('')
    expect(round.rejection(ms(PERIOD_MS + 1), PERIOD_MS)).toMatch(/older than a period/)
  })
})
