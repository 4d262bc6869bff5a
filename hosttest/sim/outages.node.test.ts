/** Faults of the simulated world: that they happen, and what the dongle makes of them. */
import { describe, expect, test } from '@jest/globals'
import { drawFaults, plan } from '../../tools/sim/faults/faults'
import { HOUR, MINUTE } from '../../tools/sim/world'
import { SECOND, story } from '../dongle/site'

test('long outages are drawn in lives of a day and more, last an hour to thirty, and leave time to recover', () => {
  expect(drawFaults(1, 6 * HOUR, ['long outage'])).toEqual([])
  for (let seed = 1; seed <= 20; seed++)
    for (const { atMs, lastsMs } of drawFaults(seed, 168 * HOUR, ['long outage'])) {
      expect(lastsMs).toBeGreaterThanOrEqual(HOUR)
      expect(lastsMs).toBeLessThanOrEqual(30 * HOUR)
      expect(atMs + lastsMs).toBeLessThanOrEqual(167 * HOUR)
    }
})

describe('a long outage', () => {
  test('costs two restarts an hour at most, every tick has its reason, and then it streams', () => {
    const { world, log } = story()
    plan(world, [{ kind: 'long outage', atMs: 5 * MINUTE, lastsMs: 5 * HOUR }])
    expect(world.run(6 * HOUR)).toBeUndefined()
    const { restarts, due, missed, acknowledged } = world.observer.counts
    expect(restarts.length).toBeGreaterThanOrEqual(4)
    expect(restarts.length).toBeLessThanOrEqual(10)
    expect(missed).toBeGreaterThan(0)
    expect(missed + acknowledged).toBeLessThanOrEqual(due)
    expect(log.at(-1)?.[1]).toBe('streaming')
  })
})

test('an address that changes costs the connection, and no sample', () => {
  const found = new Set<string>()
  for (let seed = 1; seed <= 8; seed++) {
    const { world, log } = story({ seed })
    plan(world, [{ kind: 'address changed', atMs: 5 * MINUTE, lastsMs: SECOND }])
    expect(world.run(10 * MINUTE)).toBeUndefined()
    const after = log.filter(([second]) => second >= 300).map(([, text]) => text)
    expect(after).toContain('connecting')
    expect(world.observer.messages.received).toBeGreaterThan(0)
    for (const text of after) found.add(text)
  }
  // Half of them are told by the station.
  expect(found).toContain('joining')
})
