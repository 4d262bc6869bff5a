import { describe, expect, test } from '@jest/globals'
import { Estimate } from '../../firmware/sntp/estimate'
import { Timeline } from '../../firmware/sntp/timeline'
import { random } from '../../tools/sim/random'
import { HOUR, ms, SECOND, utc } from '../../tools/sim/sntp/world'

describe('the timeline', () => {
  test('slews no faster than 500 ppm, and arrives', () => {
    const line = new Timeline(ms(0), utc(1000), 1)
    line.slew(ms(0), utc(1100), 1)
    expect(line.utc(ms(100 * SECOND))).toBeCloseTo(1000 + 100_000 + 50, 6)
    expect(line.utc(ms(200 * SECOND))).toBeCloseTo(1100 + 200_000, 6)
    expect(line.utc(ms(300 * SECOND))).toBeCloseTo(1100 + 300_000, 6)
  })

  test('has no jump: only its rate changes', () => {
    const line = new Timeline(ms(0), utc(0), 1.00004)
    for (let at = 0; at < 1000; at++) {
      const before = line.utc(ms(at * SECOND))
      line.slew(ms(at * SECOND), utc(at * SECOND + (at % 7) * 20), 1)
      expect(line.utc(ms(at * SECOND))).toBeCloseTo(before, 6)
    }
  })

  test('is inverted by monotonic, before, in and after the bend', () => {
    const line = new Timeline(ms(5000), utc(1_767_225_600_000), 1)
    line.slew(ms(5000), utc(1_767_225_600_080), 1.00004)
    for (const at of [0, 5000, 6000, 165_000, 165_001, 900_000])
      expect(line.monotonic(line.utc(ms(at)))).toBeCloseTo(at, 2)
  })
})

describe('the estimate', () => {
  test('learns 40 ppm in an hour from samples that jitter by milliseconds, and how sure that is', () => {
    const seed = 7
    const dice = random(seed)
    const estimate = new Estimate(ms(0), utc(0), 5, undefined)
    for (let at = 16 * SECOND; at <= HOUR; at += 16 * SECOND) {
      const errorMs = at * 1.00004 - estimate.utc(ms(at)) + (dice.next() - 0.5) * 6
      estimate.correct(ms(at), errorMs, 2)
    }
    expect([seed, Math.abs(estimate.driftPpm - 40) < 1]).toEqual([seed, true])
    const dayMs = 24 * HOUR
    const offMs = Math.abs(estimate.utc(ms(HOUR + dayMs)) - (HOUR + dayMs) * 1.00004)
    expect(offMs).toBeLessThan(3 * estimate.sigmaMs(ms(HOUR + dayMs)))
    expect(3 * estimate.sigmaMs(ms(HOUR + dayMs))).toBeLessThan(1000)
  })

  test('does not take a crystal for further off than crystals are', () => {
    const estimate = new Estimate(ms(0), utc(0), 5, undefined)
    for (let at = 1; at < 500; at++) estimate.correct(ms(at * SECOND), 100, 0.1)
    expect(estimate.driftPpm).toBeCloseTo(300, 6)
  })

  test('does not take a jump for the crystal, and is less sure of the crystal after it', () => {
    const estimate = new Estimate(ms(0), utc(0), 5, undefined)
    const poll = (at: number, errorMs: number) => estimate.correct(ms(at), errorMs, 1)
    for (let at = 16 * SECOND; at <= HOUR; at += 16 * SECOND) poll(at, 0)
    const before = 3 * estimate.sigmaMs(ms(25 * HOUR))
    estimate.doubt(ms(HOUR + 16 * SECOND), 100)
    poll(HOUR + 16 * SECOND, 100)
    expect(estimate.utc(ms(HOUR + 16 * SECOND)) - HOUR - 16 * SECOND).toBeCloseTo(100, 0)
    expect(Math.abs(estimate.driftPpm)).toBeLessThan(0.01)
    expect(3 * estimate.sigmaMs(ms(25 * HOUR))).toBeGreaterThan(before)
  })

  test('is hardly moved by one measurement that nothing explains', () => {
    const estimate = new Estimate(ms(0), utc(0), 1, 0)
    for (let at = 16 * SECOND; at <= HOUR; at += 16 * SECOND) estimate.correct(ms(at), 0, 1)
    estimate.correct(ms(HOUR), 100, 1)
    expect(Math.abs(estimate.driftPpm)).toBeLessThan(0.05)
    expect(estimate.utc(ms(HOUR)) - HOUR).toBeLessThan(0.1)
  })

  test('begins with what an earlier run learnt', () => {
    const estimate = new Estimate(ms(0), utc(0), 1, -12)
    expect(estimate.utc(ms(1_000_000))).toBeCloseTo(1_000_000 - 12, 6)
  })
})
