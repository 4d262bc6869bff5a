import { describe, expect, test } from '@jest/globals'
import { select } from '../../firmware/sntp/select'

const claims = (...intervals: [low: number, high: number][]) =>
  intervals.map(([low, high], slot) => ({
    slot,
    centre: (low + high) / 2,
    distanceMs: (high - low) / 2,
  }))

describe('the vote', () => {
  test('believes a single server', () => {
    expect(select(claims([10, 20]))).toEqual({ centre: 15, distanceMs: 5, slots: [0] })
  })

  test('believes nobody where nobody speaks, and neither of two that disagree', () => {
    expect(select([])).toBeUndefined()
    expect(select(claims([10, 20], [21, 30]))).toBeUndefined()
  })

  test('places UTC where two agree, and bounds it by either', () => {
    const verdict = select(claims([10, 20], [16, 30]))!
    expect(verdict.slots).toEqual([0, 1])
    expect(verdict.centre).toBeGreaterThanOrEqual(16)
    expect(verdict.centre).toBeLessThanOrEqual(20)
    for (const instant of [10, 20, 16, 30])
      expect(Math.abs(instant - verdict.centre)).toBeLessThanOrEqual(verdict.distanceMs)
  })

  test.each([0, 1, 2, 3])('outvotes one liar of four, wherever it stands: %i', (liar) => {
    const intervals = claims([10, 20], [11, 21], [12, 22], [13, 23])
    intervals[liar].centre += 3_600_000
    expect(select(intervals)!.slots).toEqual([0, 1, 2, 3].filter((slot) => slot !== liar))
  })

  test('names first who knows best', () => {
    expect(select(claims([0, 20], [8, 12], [0, 14]))!.slots).toEqual([1, 2, 0])
  })

  test('believes nobody where two of four lie together', () => {
    expect(select(claims([10, 20], [11, 21], [50, 60], [51, 61]))).toBeUndefined()
  })

  test('gives a server that knows little no weight', () => {
    expect(select(claims([10, 20], [12, 18], [-1000, 1000]))!.centre).toBeCloseTo(15, 0)
  })

  test('counts intervals that touch, at the size that UTC has', () => {
    const at = 1_767_225_600_000
    expect(select(claims([at, at + 1.3], [at + 1.3, at + 2]))!.slots).toEqual([1, 0])
  })
})
