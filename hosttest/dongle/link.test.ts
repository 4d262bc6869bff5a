import { describe, expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs } from '../../firmware/core/time'
import { Link } from '../../firmware/dongle/link'
import { random } from '../../tools/sim/random'

const ms = (value: number) => value as MonotonicMs

describe('a link', () => {
  const seed = 11
  console.log(`seed ${seed}`)
  const link = () => new Link({ firstMs: 1000, maxMs: 4000, answerMs: 500 }, random(seed))

  test('is tried at once, and once', () => {
    const down = link()
    expect(down.isDue(ms(0))).toBe(true)
    expect(down.isDue(ms(0))).toBe(false)
    down.up(ms(0))
    expect(down.until).toBe(FOREVER)
  })

  // An access point that took us and dropped us was asked once or twice a second, without end.
  test('that comes and goes is tried less and less often, and at once again when it has lasted', () => {
    const tried = (upForMs: number): number => {
      const flapping = link()
      let tries = 0
      let downAt = FOREVER as number
      for (let now = 0; now < 100_000; now++) {
        if (flapping.isDue(ms(now))) {
          tries++
          flapping.up(ms(now))
          downAt = now + upForMs
        } else if (now === downAt) flapping.down('dropped', ms(now))
      }
      return tries
    }
    // Waits of 2 s on average at most; 1 s at first.
    expect(tried(10)).toBeLessThan(80)
    expect(tried(10)).toBeGreaterThan(30)
    expect(tried(20_000)).toBe(5)
  })

  test('that had lasted is tried often for 45 s, and patiently after them', () => {
    const network = new Link({ firstMs: 1000, maxMs: 30_000, answerMs: 30_000 }, random(seed))
    network.isDue(ms(0))
    network.up(ms(0))
    network.down('lost', ms(60_000))
    const tries: number[] = []
    for (let now = 60_000; now < 600_000; now += 10) if (network.isDue(ms(now))) tries.push(now)
    const gaps = tries.slice(1).map((at, i) => at - tries[i])
    const often = gaps.filter((_, i) => tries[i] < 95_000)
    expect(Math.max(...often)).toBeLessThanOrEqual(12_010)
    expect(tries.filter((at) => at < 105_000).length).toBeGreaterThanOrEqual(4)
    expect(tries.length).toBeLessThan(25)
    expect(Math.min(...gaps.slice(-8))).toBeGreaterThanOrEqual(30_000)
  })

  test('that is reported down twice is not put off for it', () => {
    const down = link()
    down.isDue(ms(0))
    down.down('dropped', ms(1))
    const { until } = down
    down.down('dropped again', ms(2))
    expect(down.until).toBe(until)
  })

  test('that is never answered is tried again, with the reason kept', () => {
    const down = link()
    const tries: number[] = []
    for (let now = 0; now < 30_000; now++) if (down.isDue(ms(now))) tries.push(now)
    expect(tries.length).toBeGreaterThan(5)
    for (let i = 1; i < tries.length; i++) {
      expect(tries[i] - tries[i - 1]).toBeGreaterThanOrEqual(500)
      expect(tries[i] - tries[i - 1]).toBeLessThanOrEqual(4501)
    }
    expect(down.why).toBe('no answer in time')
  })
})
