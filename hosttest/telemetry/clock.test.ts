import { describe, expect, test } from '@jest/globals'
import { Site, START_UTC } from './scripted'

describe('without the time', () => {
  test('nothing is due if it was never known', () => {
    const site = new Site()
    site.time.offset = undefined
    expect(site.run(60_000)).toEqual([])
  })

  test('each tick is missed if it was known, and the grid goes on when it is known again', () => {
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

  test('the grid starts afresh after a step by an hour', () => {
    const site = new Site()
    site.run(2000)
    site.time.offset = START_UTC + 3_600_000
    site.log.length = 0
    expect(site.run(9999).filter(([, kind]) => kind === 'missed')).toEqual([])
    expect(site.log.filter(([, kind]) => kind === 'due').length).toBeGreaterThanOrEqual(1)
  })
})

describe('a clock that was ahead', () => {
  // Telemetry once looked for the next tick again and again without end.
  test.each([[0.5], [2], [4], [5], [7], [9.9]])(
    'by %j s: the next tick is waited for, none comes twice, and no time twice or earlier',
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

  // Telemetry once waited for ever: no event says that the time is known again.
  test('by a minute: ticks are missed until it is true again', () => {
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

test('a clock that has synchronised but is too unsure now: ticks are missed', () => {
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
  // Sure again just before a tick, too late to read for it: that tick is missed too, and counted.
  site.time.unsure = false
  site.log.length = 0
  site.run(29_000)
  const due = site.log.filter(([, kind]) => kind === 'due').length
  expect(due).toBe(3)
})
