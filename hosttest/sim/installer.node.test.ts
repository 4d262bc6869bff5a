/** An installer in a life; and the observer of what one is told can fail: worlds in which one thing is wrong with it. */
import { describe, expect, test } from '@jest/globals'
import type { Settings } from '../../firmware/settings/schema'
import { hasInstaller, Installer } from '../../tools/sim/installer'
import { live } from '../../tools/sim/lifetime'
import { NEW_SETTINGS, Provisioning } from '../../tools/sim/observer/provisioning'
import { loadValidate } from '../../tools/sim/observer/schema'
import { drawSite, SECRET } from '../../tools/sim/site/drawn'
import { HOUR, MINUTE, World } from '../../tools/sim/world'

const SEED = 3
const validate = loadValidate()
const { settings } = drawSite(SEED)

/** What the observer says of six hours with an installer, in which `change` makes one thing wrong. */
function caught(change: (world: World, installer: Installer) => void = () => {}) {
  const world = new World({ seed: SEED, validate })
  change(world, new Installer(world, SEED))
  return world.run(6 * HOUR)?.what
}

test('a life with an installer breaks no invariant, and is the same each time', () => {
  const lived = () => live({ seed: SEED, hours: 3, kinds: [], installer: true, validate })
  const { installer, missed } = lived()
  expect(installer!.channels).toBeGreaterThan(3)
  expect(installer!.calls).toBeGreaterThan(20)
  expect(installer!.patches).toBeGreaterThan(0)
  expect(missed).toBe(0)
  expect(lived()).toEqual(lived())
})

test('about a third of all lives have one', () => {
  const seeds = Array.from({ length: 300 }, (_, i) => i + 1)
  const share = seeds.filter(hasInstaller).length / seeds.length
  expect(share).toBeGreaterThan(0.25)
  expect(share).toBeLessThan(0.45)
})

describe('a dongle that', () => {
  test('answers that it has stored what it has not', () => {
    const broken = caught(({ flash }) => {
      const before = new Map(flash.blobs)
      const write = flash.write.bind(flash)
      flash.write = (name, bytes) => write(name, isSettings(name) ? before.get(name)! : bytes)
    })
    expect(broken).toMatch(/^after settings.set other settings are stored|are not stored$/)
  })

  test('does not answer', () => {
    const broken = caught(({ dongle, agenda }) => {
      // All but the first, which opens the channel.
      agenda.at(MINUTE, () => {
        const { cable } = dongle
        const heard = cable.heard.bind(cable)
        let frames = 0
        cable.heard = (bytes) => {
          if (String.fromCharCode(...bytes).includes('WB1:')) frames++
          if (frames < 4) heard(bytes)
        }
      })
    })
    expect(broken).toMatch(/^no reply to |answered by undefined$|^status was told 0 times/)
  })

  test('tells a secret in a line of its log', () => {
    const tell = ({ dongle, agenda }: World) =>
      agenda.at(MINUTE, () => dongle.cable.onBytes?.(latin1(`1.234 W ${SECRET}\r\n`)))
    expect(caught(tell)).toBe('a secret came out of the cable')
  })

  test('restarts for settings that nobody gave it', () => {
    const restart = ({ observer, agenda }: World) =>
      agenda.at(MINUTE, () => observer.restarted(NEW_SETTINGS))
    expect(caught(restart)).toBe('it restarts for settings that nobody gave it')
  })
})

describe('of what the dongle says', () => {
  const other = { wifi: { ssid: 'house', password: 'another password' } }
  const changed = { ...settings, ...other } as Settings
  const failed = (play: (one: Provisioning) => void): number[] => {
    const invariants: number[] = []
    play(new Provisioning(settings, (invariant) => invariants.push(invariant)))
    return invariants
  }

  test('a patch is stored if that was answered, and is not if it was refused', () => {
    const holds = (isStored: boolean, stored: Settings) =>
      failed((one) => {
        one.asks(other)
        one.answered(other, isStored, true)
        one.holds({ settings: stored }, 'now', true)
      })
    expect([holds(true, changed), holds(false, settings)]).toEqual([[], []])
    expect([holds(true, settings), holds(false, changed)]).toEqual([[9], [9]])
  })

  test('one that nobody heard the answer of is stored or not, and stays so', () => {
    const holds = (...stored: Settings[]) =>
      failed((one) => {
        one.asks(other)
        for (const each of stored) one.holds({ settings: each }, 'after a start', true)
      })
    expect([holds(changed, changed), holds(settings, settings)]).toEqual([[], []])
    expect([holds(changed, settings), holds(settings, changed)]).toEqual([[9], [9]])
  })

  test('whether a patch changes anything', () => {
    const answered = (patch: object, isChanged: boolean) =>
      failed((one) => {
        one.asks(patch)
        one.answered(patch, true, isChanged)
      })
    expect([answered(other, true), answered({ qos: settings.qos }, false)]).toEqual([[], []])
    expect([answered(other, false), answered({ qos: settings.qos }, true)]).toEqual([[9], [9]])
  })

  test('credentials that were given up, or that nobody gave it', () => {
    const staged = { ...settings, staged: { key: 'next', secret: SECRET } }
    const holds = (...keys: [string, boolean][]) =>
      failed((one) => {
        for (const [key, mayBeStored] of keys) one.key(key, mayBeStored)
        one.holds({ settings: staged }, 'now', true)
      })
    expect(holds(['next', true])).toEqual([])
    expect(holds()).toEqual([9])
    expect(holds(['next', true], ['next', false])).toEqual([9])
  })

  test('what it shows is what it has', () => {
    const shows = (password: unknown, site = settings.site) =>
      failed((one) => {
        const wifi = { ssid: 'house', password }
        const credentials = { key: 'first key', secret: true }
        const { environment, broker, line, devices, qos, timeServers } = settings
        const rest = { wifi, line, devices, qos, timeServers }
        one.shown({ environment, broker, site, credentials, ...rest })
      })
    expect(shows(true)).toEqual([])
    expect(shows(false)).toEqual([9])
    expect(shows(true, 'another')).toEqual([9])
  })

  test('each wrong secret is followed by a longer wait, which is kept', () => {
    const tried = (waitsMs: number[], atMs: number[], opensAt = 10 * MINUTE) =>
      failed((one) => {
        for (const [i, waitMs] of waitsMs.entries()) one.wrongSecret(waitMs, atMs[i])
        one.opened(opensAt)
      })
    expect(tried([1000, 2000, 4000], [0, 1000, 3000], 7000)).toEqual([])
    expect(tried([1000, 1000], [0, 1000])).toEqual([9])
    expect(tried([1000, 2000], [0, 900])).toEqual([9])
    expect(tried([1000, 2000], [0, 1000], 2500)).toEqual([9])
  })

  test('a restart does not shorten the wait, but if flash has failed', () => {
    const tried = (fails: boolean) =>
      failed((one) => {
        one.wrongSecret(1000, 0)
        if (fails) one.flashFailed()
        one.booted(5000)
        one.opened(5500)
      })
    expect([tried(false), tried(true)]).toEqual([[9], []])
  })
})

const isSettings = (name: string): boolean => name.startsWith('settings')

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
