import { describe, expect, test } from '@jest/globals'
import { Site, START_UTC } from './scripted'

describe('the clock', () => {
  test('that never synchronises lets nothing become due', () => {
    const site = new Site()
    site.time.offset = undefined
    expect(site.run(60_000)).toEqual([])
  })

  test('that is lost makes each tick a missed one, and the grid comes back with it', () => {
    const site = new Site()
    site.run(2000)
    site.time.offset = undefined
    site.run(12_000)
    expect(
      site.log.filter(([, kind, , by]) => kind === 'missed' && by === 'clock').length,
    ).toBeGreaterThanOrEqual(2)
    site.time.offset = START_UTC
    site.log.length = 0
    expect(site.run(20_999).some(([at, kind]) => kind === 'site' && at === 17_000)).toBe(true)
  })

  test('that is stepped by an hour starts the grid afresh', () => {
    const site = new Site()
    site.run(2000)
    site.time.offset = START_UTC + 3_600_000
    site.log.length = 0
    expect(site.run(9999).filter(([, kind]) => kind === 'missed')).toEqual([])
    expect(site.log.filter(([, kind]) => kind === 'due').length).toBeGreaterThanOrEqual(1)
  })
})

describe('a clock that was ahead', () => {
  // The tick after it was looked for again and again without end.
  test.each([[0.5], [2], [4], [5], [7], [9.9]])(
    'by %j s is waited for: no tick twice, no time twice or back',
    (byS) => {
      const site = new Site()
      site.run(12_500)
      site.time.offset = START_UTC - byS * 1000
      const log = site.run(60_000)
      const ticks = log.filter(([, kind]) => kind === 'due').length
      expect(log.filter(([, kind]) => kind === 'missed')).toEqual([])
      const times = site.times('site')
      expect(times.length).toBe(ticks)
      for (let i = 1; i < times.length; i++)
        expect(times[i]).toBeGreaterThanOrEqual(times[i - 1] + 3)
      // The truth: 60 s less the step, one in 4 s from the third tick on.
      expect(ticks).toBeGreaterThanOrEqual(Math.floor((60 - byS - 1) / 4))
    },
  )

  // It slept for ever, because nobody says when the time is known again.
  test('by a minute is missed by until it is true again', () => {
    const site = new Site()
    site.run(12_500)
    site.time.offset = START_UTC - 60_000
    const log = site.run(100_000)
    const missed = log.filter(([, kind, stream]) => kind === 'missed' && stream === 0)
    expect(missed.every(([, , , by]) => by === 'clock')).toBe(true)
    expect(missed.length).toBeGreaterThanOrEqual(11)
    const times = site.times('site')
    expect(times.slice(-3)).toEqual(Array.from({ length: 3 }, (_, i) => 1_700_000_028 + 4 * i))
  })
})

test('a clock that has a course but is too unsure to say the time: ticks are missed by it', () => {
  const site = new Site()
  site.run(2000)
  site.time.unsure = true
  site.log.length = 0
  const missed = site.run(18_000).filter(([, kind]) => kind === 'missed')
  expect(missed.map(([at, , stream, by]) => [at, stream, by])).toEqual(
    [5000, 9000, 13_000, 17_000].flatMap((at) => [
      [at, 0, 'clock'],
      [at, 1, 'clock'],
    ]),
  )
  // It is sure again just before a tick, too late to read for it: that one is missed too, and counted.
  site.time.unsure = false
  site.log.length = 0
  site.run(29_000)
  const due = site.log.filter(([, kind]) => kind === 'due').length
  expect(due).toBe(3)
})
