import { describe, expect, test } from '@jest/globals'
import { Discipline } from '../../firmware/sntp/discipline'
import { Filter, type Sample } from '../../firmware/sntp/filter'
import { BEGIN, DAY, HOUR, MINUTE, ms, SECOND, utc } from '../../tools/sim/sntp/world'

/** A sample that says UTC runs `aheadMs` ahead of the monotonic clock. */
const sample = (at: number, delayMs: number, aheadMs = 0): Sample => ({
  at: ms(at),
  utc: utc(BEGIN + at + aheadMs),
  delayMs,
  rootMs: 1,
  leap: 0,
})

describe('the filter', () => {
  test('prefers the exchange with the least delay', () => {
    const filter = new Filter()
    for (const [i, delayMs] of [30, 4, 20, 25].entries()) filter.push(sample(i * 16_000, delayMs))
    expect(filter.best(ms(MINUTE), 1)!.delayMs).toBe(4)
  })

  test('of exchanges with the same delay it prefers the last', () => {
    const filter = new Filter()
    for (let at = 0; at < 5; at++) filter.push(sample(at * 16_000, 4))
    expect(filter.best(ms(MINUTE), 1)!.at).toBe(64_000)
  })

  test('prefers a slow exchange of now to a quick one of yesterday', () => {
    const filter = new Filter()
    filter.push(sample(0, 4))
    filter.push(sample(DAY, 400))
    expect(filter.best(ms(DAY), 1)!.delayMs).toBe(400)
  })

  test('forgets after eight requests, answered or not', () => {
    const filter = new Filter()
    filter.push(sample(0, 4))
    for (let poll = 1; poll < 8; poll++) filter.push(undefined)
    expect(filter.best(ms(0), 1)!.delayMs).toBe(4)
    filter.push(undefined)
    expect(filter.best(ms(0), 1)).toBeUndefined()
  })

  test('keeps the least delay for hours: a path that is congested for long is congested all the same', () => {
    const filter = new Filter()
    filter.push(sample(0, 4))
    for (let at = MINUTE; at <= HOUR; at += MINUTE) filter.push(sample(at, 90))
    expect(filter.leastDelayMs).toBeCloseTo(4 + 5, 6)
    filter.push(sample(HOUR, 3))
    expect(filter.leastDelayMs).toBe(3)
    for (let at = HOUR; at <= DAY; at += MINUTE) filter.push(sample(at, 90))
    expect(filter.leastDelayMs).toBe(90)
  })

  test('keeps to the newest if the server was set in between, however quick the older was', () => {
    const filter = new Filter()
    filter.push(sample(0, 2))
    filter.push(sample(16_000, 40, 3_600_000))
    expect(filter.best(ms(20_000), 1)!.delayMs).toBe(40)
    filter.push(sample(32_000, 30))
    expect(filter.best(ms(33_000), 1)!.delayMs).toBe(2)
  })
})

describe('the discipline', () => {
  const agreement = { centre: BEGIN, distanceMs: 5, widenedMs: 0, slots: [0] }

  test('learns the less of a sample, the longer it waited', () => {
    const shiftMs = (waitedMs: number) => {
      const discipline = new Discipline(ms(0), agreement, 0)
      discipline.learn(ms(SECOND), sample(SECOND, 2 + waitedMs, 10), 2)
      discipline.follow(ms(SECOND))
      return discipline.utc(ms(MINUTE)) - BEGIN - MINUTE
    }
    expect(shiftMs(0)).toBeGreaterThan(9)
    expect(shiftMs(5)).toBeLessThan(6)
    expect(shiftMs(50)).toBeLessThan(0.2)
  })

  test('says whether a round was steady, and steps after three spikes', () => {
    const discipline = new Discipline(ms(0), agreement, 0)
    const find = (offMs: number) => discipline.agree(ms(0), { ...agreement, centre: BEGIN + offMs })
    expect([find(3), find(-30), find(129), find(-129), find(128)]).toEqual([
      'steady',
      'unsteady',
      'spike',
      'spike',
      'unsteady',
    ])
    expect([find(-130), find(-130), find(-130)]).toEqual(['spike', 'spike', 'stepped'])
    expect(discipline.utc(ms(0))).toBe(BEGIN - 130)
  })

  test('lets a leap second pass while it slews, and goes on slewing', () => {
    const discipline = new Discipline(ms(0), agreement, 0)
    discipline.agree(ms(0), { ...agreement, centre: BEGIN + 100 })
    discipline.learn(ms(0), sample(0, 2, 100), 2)
    discipline.follow(ms(0))
    discipline.announce(ms(0), 1)
    const before = discipline.utc(ms(SECOND))
    const errorMs = discipline.errorMs(ms(SECOND))
    discipline.leap()
    expect(discipline.utc(ms(SECOND))).toBeCloseTo(before - SECOND, 3)
    expect(discipline.errorMs(ms(SECOND))).toBeCloseTo(errorMs, 6)
    expect(discipline.utc(ms(HOUR)) - (BEGIN + HOUR - SECOND)).toBeGreaterThan(80)
  })

  test('has a bound that covers what the servers say until it agrees with them', () => {
    const discipline = new Discipline(ms(0), agreement, 0)
    discipline.agree(ms(0), { ...agreement, centre: BEGIN + 100 })
    discipline.learn(ms(0), sample(0, 400, 100), 2)
    discipline.follow(ms(0))
    expect(discipline.errorMs(ms(0))).toBeGreaterThan(105)
  })

  test('has a bound that covers a spike, though it does not follow it', () => {
    const discipline = new Discipline(ms(0), agreement, 0)
    discipline.agree(ms(0), { ...agreement, centre: BEGIN + 60_000 })
    expect(discipline.errorMs(ms(0))).toBeGreaterThan(60_000)
  })
})
