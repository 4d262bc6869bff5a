import { describe, expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs, type UnixMs } from '../../firmware/core/time'
import { Link } from '../../firmware/dongle/link'
import { GOOD_LIFE_MS, Lives } from '../../firmware/dongle/lives'
import { Progress } from '../../firmware/dongle/progress'
import { TimeRecord } from '../../firmware/dongle/timerecord'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'

const ms = (value: number) => value as MonotonicMs
const MINUTE = 60_000
const BUILT = 1.4e12 as UnixMs

describe('lives', () => {
  test('that are short hold the next ones back, longer each time and not beyond a quarter of an hour', () => {
    const store = new Flash()
    const holds = Array.from({ length: 12 }, () => {
      const lives = new Lives(store)
      lives.begin()
      return new Lives(store).holdMs / MINUTE
    })
    expect(holds).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15])
  })

  test('that last set the count back', () => {
    const store = new Flash()
    for (let i = 0; i < 9; i++) new Lives(store).begin()
    new Lives(store).good()
    expect(new Lives(store).holdMs).toBe(0)
  })

  test('leave their reasons, the last eight, each of a bounded length', () => {
    const store = new Flash()
    for (let i = 0; i < 10; i++) new Lives(store).end(`${i} ${'x'.repeat(500)}`)
    const { reasons } = new Lives(store)
    expect(reasons.map((why) => why[0])).toEqual(['2', '3', '4', '5', '6', '7', '8', '9'])
    expect(reasons[7]).toHaveLength(120)
  })
})

describe('progress', () => {
  test('is held back, then lasts, and says each once', () => {
    const progress = new Progress(MINUTE)
    expect(progress.beginAt(ms(5))).toBe(MINUTE + 5)
    expect(progress.beginAt(ms(50))).toBe(MINUTE + 5)
    expect(progress.hasLasted(ms(MINUTE + 4 + GOOD_LIFE_MS))).toBe(false)
    expect(progress.hasLasted(ms(MINUTE + 5 + GOOD_LIFE_MS))).toBe(true)
    expect(progress.hasLasted(ms(2 * MINUTE + 5 + GOOD_LIFE_MS))).toBe(false)
  })

  test('that stops in a state asks for a restart, and progress puts it off', () => {
    const progress = new Progress(0)
    expect(progress.enter('streaming', ms(0))).toBe(true)
    expect(progress.enter('streaming', ms(1))).toBe(false)
    progress.made(ms(30 * MINUTE))
    expect(progress.hung(ms(90 * MINUTE - 1))).toBeUndefined()
    expect(progress.hung(ms(90 * MINUTE))).toBe('streaming got nowhere in 60 min')
    expect(progress.hung(ms(90 * MINUTE))).toBeUndefined()
  })

  test('never hangs while it is held back on purpose', () => {
    const progress = new Progress(0)
    progress.enter('holding', ms(0))
    expect(progress.hung(ms(1e12))).toBeUndefined()
  })
})

describe('a link', () => {
  const seed = 11
  console.log(`seed ${seed}`)
  const link = () => new Link({ firstMs: 1000, maxMs: 4000, answerMs: 500, entropy: random(seed) })

  test('is tried at once, and once', () => {
    const down = link()
    expect(down.isDue(ms(0))).toBe(true)
    expect(down.isDue(ms(0))).toBe(false)
    down.up(ms(0))
    expect(down.until).toBe(FOREVER)
  })

  // An access point that takes us and drops us was asked once or twice a second, without end.
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

  test('that is said to be down twice is not put off for it', () => {
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

describe('the last known time', () => {
  test('comes back after a restart', () => {
    const store = new Flash()
    expect(new TimeRecord(store).read(BUILT)).toEqual({ utc: BUILT, driftPpm: undefined })
    new TimeRecord(store).write({ utc: 1.5e12 as UnixMs, driftPpm: -12.25 })
    expect(new TimeRecord(store).read(BUILT)).toEqual({ utc: 1.5e12, driftPpm: -12.25 })
  })

  test('that is absurd is none', () => {
    const store = new Flash()
    new TimeRecord(store).write({ utc: (BUILT + 21 * 365.25 * 86_400_000) as UnixMs, driftPpm: 0 })
    expect(new TimeRecord(store).read(BUILT).utc).toBe(BUILT)
  })

  test('that was not written whole is none: a wrong floor would lock the true time out', () => {
    const store = new Flash()
    new TimeRecord(store).write({ utc: 1.5e12 as UnixMs, driftPpm: 0 })
    for (const [name, bytes] of store.blobs) {
      const torn = bytes.slice()
      torn[12] ^= 0x40
      store.write(name, torn)
    }
    expect(new TimeRecord(store).read(BUILT).utc).toBe(BUILT)
  })
})
