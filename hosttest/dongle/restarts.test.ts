import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { Journal } from '../../firmware/core/journal'
import type { MonotonicMs } from '../../firmware/core/time'
import { HoldOff, RestartRecord, STABLE_RUN_MS } from '../../firmware/dongle/restarts'
import { Flash } from '../../tools/sim/flash'

const ms = (value: number) => value as MonotonicMs
const MINUTE = 60_000

describe('the record of restarts', () => {
  test('holds the next run back after short ones, longer each time and not beyond a quarter of an hour', () => {
    const store = new Flash()
    const holds = Array.from({ length: 12 }, () => {
      new RestartRecord(store).begin()
      return new RestartRecord(store).holdMs / MINUTE
    })
    expect(holds).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15])
  })

  test('counts anew after a stable run', () => {
    const store = new Flash()
    for (let i = 0; i < 9; i++) new RestartRecord(store).begin()
    new RestartRecord(store).stable()
    expect(new RestartRecord(store).holdMs).toBe(0)
  })

  test('counts the assertions that did not hold, and none in a record of before that', () => {
    const store = new Flash()
    new Journal(store, 'restarts').write(1, utf8('[2,["a"]]'))
    expect(new RestartRecord(store).failedAssertions).toBe(0)
    for (const why of ['Error: assertion failed: x', 'b', 'Error: assertion failed: y'])
      new RestartRecord(store).end(why)
    const record = new RestartRecord(store)
    expect([record.failedAssertions, record.reasons]).toEqual([
      2,
      ['a', 'Error: assertion failed: x', 'b', 'Error: assertion failed: y'],
    ])
  })

  test('of another version is none', () => {
    const store = new Flash()
    new Journal(store, 'restarts').write(2, utf8('{"short":9}'))
    const record = new RestartRecord(store)
    expect([record.holdMs, record.reasons]).toEqual([0, []])
  })

  test('keeps the last eight reasons, each of a bounded length', () => {
    const store = new Flash()
    for (let i = 0; i < 10; i++) new RestartRecord(store).end(`${i} ${'x'.repeat(500)}`)
    const { reasons } = new RestartRecord(store)
    expect(reasons.map((why) => why[0])).toEqual(['2', '3', '4', '5', '6', '7', '8', '9'])
    expect(reasons[7]).toHaveLength(120)
  })
})

describe('a run', () => {
  test('that is held back begins when the hold-off is over, and becomes stable once', () => {
    const holdOff = new HoldOff(MINUTE)
    expect([holdOff.advance(ms(5)), holdOff.isOver, holdOff.until]).toEqual([
      false,
      false,
      MINUTE + 5,
    ])
    expect([holdOff.advance(ms(MINUTE + 4)), holdOff.isOver]).toEqual([false, false])
    expect([holdOff.advance(ms(MINUTE + 5)), holdOff.isOver, holdOff.until]).toEqual([
      false,
      true,
      MINUTE + 5 + STABLE_RUN_MS,
    ])
    expect(holdOff.advance(ms(MINUTE + 4 + STABLE_RUN_MS))).toBe(false)
    expect(holdOff.advance(ms(MINUTE + 5 + STABLE_RUN_MS))).toBe(true)
    expect(holdOff.advance(ms(10 * MINUTE))).toBe(false)
  })

  test('that is not held back begins at once', () => {
    const holdOff = new HoldOff(0)
    expect([holdOff.advance(ms(5)), holdOff.isOver]).toEqual([false, true])
  })
})
