/** New credentials, from the tool that stages them to the day after, through the whole firmware. */
import { describe, expect, test } from '@jest/globals'
import { loadSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { plan } from '../../tools/sim/faults/faults'
import { SECRET } from '../../tools/sim/site/drawn'
import { BEGIN, MINUTE, type World } from '../../tools/sim/world'
import { SECOND, story } from './site'

function stored({ flash }: World): Settings {
  const loaded = loadSettings(flash)
  if (!loaded || 'wrong' in loaded) throw new Error('no valid settings')
  return loaded.settings
}

describe('a power cut at any write of the dongle', () => {
  // Two runs begin, the pair is promoted, the second run becomes stable.
  test.each([0, 1, 2, 3])(
    'number %i, in the middle of it, leaves credentials that work',
    (cutAt) => {
      for (const completed of [true, false]) {
        const { world, log } = story()
        const { dongle, flash } = world
        let writes = 0
        flash.failsNow = () => {
          if (!dongle.alive || writes++ !== cutAt) return false
          world.injectFault('power cut in a write', 3 * SECOND, () => {
            dongle.powerOff()
            return () => dongle.powerOn()
          })
          return true
        }
        const lastsMs = completed ? 40 * SECOND : 0
        plan(world, [{ kind: 'credentials rotated', atMs: 10 * SECOND, lastsMs }])
        expect(world.run(6 * MINUTE)).toBeUndefined()
        expect(writes).toBeGreaterThan(cutAt)
        expect(log.at(-1)?.[1]).toBe('streaming')
        expect(stored(world).staged).toBeUndefined()
        expect(stored(world).credentials.key).toBe(completed ? 'key 1' : 'first key')
      }
    },
  )
})

// Seed 1, after 77 h: a second pair was staged over the first, which the broker had accepted and the dongle had not stored.
test('a second rotation is refused while a pair is staged, and the first one ends as it would have', () => {
  const { world, log } = story()
  plan(world, [
    { kind: 'flash full', atMs: MINUTE, lastsMs: 10 * MINUTE },
    { kind: 'credentials rotated', atMs: 2 * MINUTE, lastsMs: 5 * MINUTE },
    { kind: 'credentials rotated', atMs: 5 * MINUTE, lastsMs: 4 * MINUTE },
    { kind: 'credentials rotated', atMs: 85 * MINUTE, lastsMs: MINUTE },
  ])
  expect(world.run(20 * MINUTE)).toBeUndefined()
  expect(stored(world)).toMatchObject({
    credentials: { key: 'first key' },
    staged: { key: 'key 1' },
  })
  expect(world.run(90 * MINUTE)).toBeUndefined()
  expect(stored(world).credentials.key).toBe('key 3')
  expect(log.at(-1)?.[1]).toBe('streaming')
})

// It was never tried again: until the next start there was one copy of the settings, and a bit that flips costs that.
test('a pair that flash did not take is stored within the hour once it does', () => {
  const { world, log } = story()
  plan(world, [
    { kind: 'credentials rotated', atMs: 2 * MINUTE, lastsMs: 40 * SECOND },
    { kind: 'flash full', atMs: 2 * MINUTE + 100, lastsMs: 5 * MINUTE },
  ])
  expect(world.run(8 * MINUTE)).toBeUndefined()
  expect(log.map(([, text]) => text)).toContain('not stored: Error: the flash takes nothing')
  expect(stored(world).staged?.key).toBe('key 1')
  expect(world.run(65 * MINUTE)).toBeUndefined()
  expect(stored(world)).toMatchObject({ credentials: { key: 'key 1' } })
  expect(stored(world).staged).toBeUndefined()
  expect(loadSettings(world.flash)).not.toHaveProperty('note')
})

test('the pair in use, and why the staged one was refused, can be read', () => {
  const { world } = story()
  plan(world, [{ kind: 'credentials rotated', atMs: 2 * MINUTE, lastsMs: 0 }])
  world.run(4 * MINUTE)
  expect(world.dongle.health?.credentials).toEqual({
    inUse: 'active',
    stagedRefused: 'not authorised (0x87)',
  })
})

// Seed 1177 of the lifetimes: CONNACK accepted the new pair, but its session was of an earlier run; then the broker
// refused everybody for a while, the new pair was dropped, and the platform deleted the old one.
test('a pair that the broker accepted counts as accepted, whatever its session says and whom it refuses next', () => {
  const { world, log } = story()
  plan(world, [{ kind: 'credentials rotated', atMs: MINUTE, lastsMs: 5 * MINUTE }])
  const hasLeft = () => log.some(([, text]) => text.includes('a session that this client does not'))
  let now = MINUTE
  while (!hasLeft() && now < 2 * MINUTE) world.run((now += 100))
  plan(world, [{ kind: 'credentials refused', atMs: now, lastsMs: 2 * MINUTE }])
  expect(world.run(12 * MINUTE)).toBeUndefined()
  expect(hasLeft()).toBe(true)
  expect(stored(world).credentials.key).toBe('key 1')
  expect(log.at(-1)?.[1]).toBe('streaming')
})

// It was forgotten at the next connection only, which may be months away.
test('the old pair is forgotten in time though the connection lasts, and no slot holds it any more', () => {
  const { world } = story({}, ({ settings }) => {
    settings.retired = { key: 'old key', secret: SECRET, untilS: BEGIN / 1000 + 300 }
  })
  expect(world.run(299 * SECOND)).toBeUndefined()
  expect(stored(world).retired?.key).toBe('old key')
  expect(world.run(301 * SECOND)).toBeUndefined()
  expect(world.observer.attempts.connects).toBe(1)
  expect(stored(world).retired).toBeUndefined()
  expect(stored(world).credentials.key).toBe('first key')
  const flash = ['settings.0', 'settings.1'].map((name) => world.flash.read(name) ?? [])
  expect(flash.map((bytes) => String.fromCharCode(...bytes)).join()).not.toMatch(/old key/)
})
