/** Honest servers that are off by milliseconds and do not say so: they agree all the same, and the bound says how far off. */
import { describe, expect, test } from '@jest/globals'
import { random } from '../../tools/sim/random'
import { crystal, PATHS, peersOf, SERVERS } from '../../tools/sim/sntp/paths'
import {
  ClockWorld,
  DAY,
  HOUR,
  MINUTE,
  type Peer,
  play,
  SECOND,
  state,
} from '../../tools/sim/sntp/world'

const off = (ms: number): Peer => ({ offsetMs: () => ms })

describe('exchanges of 4 ms', () => {
  test.each([
    ['three servers at -15, 0 and 15 ms', [-15, 0, 15], 15],
    ['two of four 20 ms off', [0, 0, 20, 20], 20],
    ['two servers 99 ms off, either way', [-99, 99], 99],
    ['four servers at -40, -20, 20 and 40 ms', [-40, -20, 20, 40], 40],
  ])('bring the time at once and for good: %s', (_, offsets, maxMs) => {
    const world = play(offsets.map(off), SECOND)
    let passed = 0
    let mostMs = 0
    world.everyMs = MINUTE
    world.probe = (now) => {
      const told = world.clock.state(now)
      const errorMs = Math.abs(world.errorMs() ?? Number.POSITIVE_INFINITY)
      if (told.kind !== 'synchronised' || errorMs > told.errorMs) passed++
      mostMs = Math.max(mostMs, errorMs)
    }
    expect(state(world).kind).toBe('synchronised')
    world.run(6 * HOUR)
    expect(passed).toBe(0)
    expect(mostMs).toBeLessThanOrEqual(maxMs + 1)
  })

  test('of two servers a second apart bring none', () => {
    expect(state(play([off(-500), off(500)], HOUR)).kind).toBe('never')
  })

  test.each([HOUR, -SECOND, 300])('of one server that lies by %i ms move nothing', (lieMs) => {
    const world = play([off(lieMs), off(-40), off(0), off(35)], HOUR)
    expect(Math.abs(world.errorMs()!)).toBeLessThan(40)
  })
})

const worlds = Object.keys(SERVERS).flatMap((servers) =>
  Object.keys(PATHS).map((path) => [servers, path] as const),
)

describe.each(worlds)('servers that are %s behind a path like %s', (servers, path) => {
  const begin = (seed: number, ppm: number): ClockWorld => {
    const world: ClockWorld = new ClockWorld({
      peers: peersOf(servers, path, random(seed), () => world.now),
      random: random(seed ^ 1),
      driftMs: crystal(ppm, 2),
    })
    world.notesQuestions = false
    return world.start()
  }

  test('bring the time within 30 s', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const world = begin(seed, 20).run(30 * SECOND)
      expect([seed, state(world).kind]).toEqual([seed, 'synchronised'])
    }
  })

  test('never lead outside the told bound in a day', () => {
    const world = begin(1, -20)
    let passed = 0
    world.everyMs = 10 * MINUTE
    world.probe = (now) => {
      const told = world.clock.state(now)
      const errorMs = Math.abs(world.errorMs() ?? Number.POSITIVE_INFINITY)
      if (told.kind === 'never' || errorMs > told.errorMs) passed++
    }
    world.run(DAY)
    expect(passed).toBe(0)
  })
})
