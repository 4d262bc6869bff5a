/** Somebody on the path who answers for all time servers: what he said is gone soon after he is. */
import { describe, expect, test } from '@jest/globals'
import { TimeRecord } from '../../firmware/dongle/timerecord'
import { HOUR, MINUTE, type World } from '../../tools/sim/world'
import { type Story, story } from './site'

const YEAR = 365.25 * 24 * HOUR

function lie(world: World, ms: number): void {
  for (const server of world.conditions.timeServers) server.offsetMs = ms
}

/** The observer takes a wrong system clock for a violation: what is asked here is what comes after it. */
function runTo(world: World, minute: number): void {
  world.agenda.runUntil(minute * MINUTE, () => {})
}

/** Whether all samples of all streams came in the five minutes before now. */
function streams({ times, world }: Story): boolean {
  const now = world.utc / 1000
  const counts = [...times.values()].map(
    (seconds) => seconds.filter((second) => second > now - 300 && second <= now).length,
  )
  return counts.length === world.site.streams.size && counts.every((count) => count >= 74)
}

describe('all time servers ten years ahead for 70 minutes, while the dongle streams', () => {
  test('a dongle whose power is cut at the end streams afterwards', () => {
    const liar = story()
    const { world } = liar
    runTo(world, 30)
    expect(streams(liar)).toBe(true)
    lie(world, 10 * YEAR)
    runTo(world, 100)
    expect(streams(liar)).toBe(false)
    lie(world, 0)
    world.dongle.powerOff()
    world.dongle.powerOn()
    runTo(world, 107)
    expect(streams(liar)).toBe(true)
    expect(world.observer.counts.restarts).toEqual([])
  })

  test('one that stays on streams within a quarter of an hour, and says why it restarted', () => {
    const liar = story()
    const { world } = liar
    runTo(world, 30)
    lie(world, 10 * YEAR)
    runTo(world, 100)
    lie(world, 0)
    runTo(world, 115)
    expect(streams(liar)).toBe(true)
    expect(world.dongle.health?.restarts).toHaveLength(1)
    expect(world.dongle.health?.restarts[0]).toMatch(/^the time was \d+ s ahead/)
  })
})

test('all time servers ten years ahead from power on for half an hour: it streams soon after', () => {
  const liar = story()
  const { world } = liar
  lie(world, 10 * YEAR)
  runTo(world, 30)
  expect(world.dongle.health?.why).toBe('the certificate is not valid at this time')
  lie(world, 0)
  runTo(world, 40)
  expect(streams(liar)).toBe(true)
})

test('a time before the one that an earlier run kept is not believed, though it is after the build', () => {
  const set: number[] = []
  const { world } = story()
  const { flash, observer, utc } = world
  observer.systemTime = (time) => set.push(time)
  new TimeRecord(flash).write({ utc, driftPpm: 0 })
  lie(world, -24 * HOUR)
  runTo(world, 10)
  expect(set).toEqual([])
  lie(world, 0)
  runTo(world, 20)
  expect(set.length).toBeGreaterThan(0)
})
