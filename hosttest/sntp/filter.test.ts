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
  test('prefers the exchange that took least', () => {
    const filter = new Filter()
    for (const [i, delayMs] of [30, 4, 20, 25].entries()) filter.push(sample(i * 16_000, delayMs))
    expect(filter.best(ms(MINUTE), 1)!.delayMs).toBe(4)
  })

  test('of exchanges that took the same, the last', () => {
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

  test('forgets after eight polls, answered or not', () => {
    const filter = new Filter()
    filter.push(sample(0, 4))
    for (let poll = 1; poll < 8; poll++) filter.push(undefined)
    expect(filter.best(ms(0), 1)!.delayMs).toBe(4)
    filter.push(undefined)
    expect(filter.best(ms(0), 1)).toBeUndefined()
  })

  test('knows the least delay for hours: what is busy for long is busy all the same', () => {
    const filter = new Filter()
    filter.push(sample(0, 4))
    for (let at = MINUTE; at <= HOUR; at += MINUTE) filter.push(sample(at, 90))
    expect(filter.leastDelayMs).toBeCloseTo(4 + 5, 6)
    filter.push(sample(HOUR, 3))
    expect(filter.leastDelayMs).toBe(3)
    for (let at = HOUR; at <= DAY; at += MINUTE) filter.push(sample(at, 90))
    expect(filter.leastDelayMs).toBe(90)
  })

  test('keeps to the newest where the server was set in between, however quick the older was', () => {
    const filter = new Filter()
    filter.push(sample(0, 2))
    filter.push(sample(16_000, 40, 3_600_000))
    expect(filter.best(ms(20_000), 1)!.delayMs).toBe(40)
    filter.push(sample(32_000, 30))
    expect(filter.best(ms(33_000), 1)!.delayMs).toBe(2)
  })
})

describe('the course', () => {
  const verdict = { centre: BEGIN, distanceMs: 5, slots: [0] }

  test('learns the less of a sample, the longer it waited', () => {
    const shiftMs = (waitedMs: number) => {
      const course = new Discipline(ms(0), verdict, 0)
      course.learn(ms(SECOND), sample(SECOND, 2 + waitedMs, 10), 2)
      course.follow(ms(SECOND))
      return course.utc(ms(MINUTE)) - BEGIN - MINUTE
    }
    expect(shiftMs(0)).toBeGreaterThan(9)
    expect(shiftMs(5)).toBeLessThan(6)
    expect(shiftMs(50)).toBeLessThan(0.2)
  })

  test('says by its finding how often to ask', () => {
    const course = new Discipline(ms(0), verdict, 0)
    const find = (offMs: number) => course.agree(ms(0), { ...verdict, centre: BEGIN + offMs })
    expect([find(3), find(-30), find(129), find(-129), find(128)]).toEqual([
      'quiet',
      'loud',
      'struck',
      'struck',
      'loud',
    ])
    expect([find(-130), find(-130), find(-130)]).toEqual(['struck', 'struck', 'stepped'])
    expect(course.utc(ms(0))).toBe(BEGIN - 130)
  })

  test('lets a leap second pass while it slews, and goes on slewing', () => {
    const course = new Discipline(ms(0), verdict, 0)
    course.agree(ms(0), { ...verdict, centre: BEGIN + 100 })
    course.learn(ms(0), sample(0, 2, 100), 2)
    course.follow(ms(0))
    course.announce(ms(0), 1)
    const before = course.utc(ms(SECOND))
    const errorMs = course.errorMs(ms(SECOND))
    course.leap()
    expect(course.utc(ms(SECOND))).toBeCloseTo(before - SECOND, 3)
    expect(course.errorMs(ms(SECOND))).toBeCloseTo(errorMs, 6)
    expect(course.utc(ms(HOUR)) - (BEGIN + HOUR - SECOND)).toBeGreaterThan(80)
  })

  test('has a bound that covers what the servers say, until it has come there', () => {
    const course = new Discipline(ms(0), verdict, 0)
    course.agree(ms(0), { ...verdict, centre: BEGIN + 100 })
    course.learn(ms(0), sample(0, 400, 100), 2)
    course.follow(ms(0))
    expect(course.errorMs(ms(0))).toBeGreaterThan(105)
  })

  test('has a bound that covers what it is accused of', () => {
    const course = new Discipline(ms(0), verdict, 0)
    course.agree(ms(0), { ...verdict, centre: BEGIN + 60_000 })
    expect(course.errorMs(ms(0))).toBeGreaterThan(60_000)
  })
})
