import { describe, expect, test } from '@jest/globals'
import { select, UNTOLD_MS } from '../../firmware/sntp/select'

const candidates = (...intervals: [low: number, high: number][]) =>
  intervals.map(([low, high], slot) => ({
    slot,
    centre: (low + high) / 2,
    distanceMs: (high - low) / 2,
  }))

describe('the selection', () => {
  test('of a single server is what it says', () => {
    const agreement = { centre: 15, distanceMs: 5, widenedMs: 0, slots: [0] }
    expect(select(candidates([10, 20]))).toEqual(agreement)
  })

  test('of no server is nothing, and of two that disagree by more than servers are off', () => {
    expect(select([])).toBeUndefined()
    expect(select(candidates([10, 20], [20 + 2 * UNTOLD_MS, 300]))).toBeDefined()
    expect(select(candidates([10, 20], [21 + 2 * UNTOLD_MS, 300]))).toBeUndefined()
  })

  test('widens the intervals only if there is no majority without', () => {
    const [near, middle, far] = [
      [-17, -13],
      [-2, 2],
      [13, 17],
    ] as [number, number][]
    expect(select(candidates(near, middle, far))).toMatchObject({
      centre: 0,
      distanceMs: 17,
      widenedMs: UNTOLD_MS,
    })
    expect(select(candidates(near, middle, far, [-1, 3], [0, 4]))).toMatchObject({
      widenedMs: 0,
      slots: [1, 3, 4],
    })
  })

  test('of two that agree is within what they have in common, and its bound holds if either is right', () => {
    const agreement = select(candidates([10, 20], [16, 30]))!
    expect(agreement.slots).toEqual([0, 1])
    expect(agreement.centre).toBeGreaterThanOrEqual(16)
    expect(agreement.centre).toBeLessThanOrEqual(20)
    for (const instant of [10, 20, 16, 30])
      expect(Math.abs(instant - agreement.centre)).toBeLessThanOrEqual(agreement.distanceMs)
  })

  test.each([0, 1, 2, 3])('leaves out one falseticker of four, at any place: %i', (falseticker) => {
    const intervals = candidates([10, 20], [11, 21], [12, 22], [13, 23])
    intervals[falseticker].centre += 3_600_000
    expect(select(intervals)!.slots).toEqual([0, 1, 2, 3].filter((slot) => slot !== falseticker))
  })

  test('names the server with the least distance first', () => {
    expect(select(candidates([0, 20], [8, 12], [0, 14]))!.slots).toEqual([1, 2, 0])
  })

  test('is nothing if two of four are wrong together', () => {
    expect(select(candidates([10, 20], [11, 21], [550, 560], [551, 561]))).toBeUndefined()
  })

  test('gives a server with a great distance no weight', () => {
    expect(select(candidates([10, 20], [12, 18], [-1000, 1000]))!.centre).toBeCloseTo(15, 0)
  })

  test('counts intervals that touch, with numbers as great as UTC', () => {
    const at = 1_767_225_600_000
    expect(select(candidates([at, at + 1.3], [at + 1.3, at + 2]))!.slots).toEqual([1, 0])
  })
})
