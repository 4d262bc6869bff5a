/** What lifetimes have found, each as the shortest story that showed it. */
import { describe, expect, test } from '@jest/globals'
import { plan } from '../../tools/sim/faults/faults'
import { MINUTE } from '../../tools/sim/world'
import { SECOND, story } from './site'

const HOUR_MS = 60 * MINUTE

describe('credentials', () => {
  test('a staged pair that the broker accepts becomes the active one, and the old may be deleted', () => {
    const { world, log } = story()
    plan(world, [
      { kind: 'credentials rotated', atMs: 2 * MINUTE, lastsMs: 20 * SECOND },
      { kind: 'broker restarted', atMs: 3 * MINUTE, lastsMs: SECOND },
    ])
    expect(world.run(6 * MINUTE)).toBeUndefined()
    expect(log.at(-1)?.[1]).toBe('streaming')
  })

  test('a staged pair that the broker refuses gives way to the active one', () => {
    const { world, log } = story()
    plan(world, [{ kind: 'credentials rotated', atMs: 2 * MINUTE, lastsMs: 0 }])
    expect(world.run(6 * MINUTE)).toBeUndefined()
    expect(log.map(([, text]) => text)).toContain(
      'broker: the staged credentials: not authorised (0x87)',
    )
    expect(log.at(-1)?.[1]).toBe('streaming')
  })

  // The new pair was dropped for the old one, which was deleted by then: locked out for good.
  test('a broker that refuses everybody for a minute does not cost the pair that works', () => {
    const { world } = story()
    const { agenda, broker, conditions } = world
    plan(world, [{ kind: 'credentials rotated', atMs: 2 * MINUTE, lastsMs: 20 * SECOND }])
    agenda.at(4 * MINUTE, () =>
      world.injectFault('refused', MINUTE, () => {
        conditions.broker.connackReason = 0x87
        broker.stop({ keepSessions: true, politely: true })
        return () => (conditions.broker.connackReason = 0)
      }),
    )
    expect(world.run(15 * MINUTE)).toBeUndefined()
  })
})

describe('time', () => {
  // One was a majority of those that answered: the clock went three hours wrong (seed 52, after an outage of DNS).
  test('a wrong time server that alone answers at first is not believed', () => {
    const { world } = story()
    const [wrong, ...others] = world.conditions.timeServers
    world.injectFault('a wrong server alone', MINUTE, () => {
      wrong.offsetMs = 3 * HOUR_MS
      for (const server of others) server.kind = 'silent'
      return () => {
        for (const server of others) server.kind = 'answers'
      }
    })
    expect(world.run(4 * MINUTE)).toBeUndefined()
  })

  // Names were resolved anew after up to 1024 s.
  test('started without a way out for ten minutes, nine of ten stream a minute after it is back', () => {
    const inTime = Array.from({ length: 10 }, (_, i) => {
      const { world } = story({ seed: i + 1 })
      const { conditions } = world
      world.injectFault('no way out', 10 * MINUTE, () => {
        conditions.uplink = false
        return () => (conditions.uplink = true)
      })
      world.run(11 * MINUTE)
      return world.observer.continuity.healthySince !== undefined
    })
    expect(inTime.filter((yes) => yes).length).toBeGreaterThanOrEqual(9)
  })
})
