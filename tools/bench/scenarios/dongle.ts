/** The whole firmware: a tick of 4 s, its start, and reading its settings. */
import { boot } from '../../../firmware/dongle/boot'
import { loadSettings, saveSettings } from '../../../firmware/settings/record'
import { PERIOD_MS } from '../../../firmware/telemetry/grid'
import type { Scenario } from '../scenario'
import { settingsOf, World } from '../world'

/** By then the broker has acknowledged a few ticks, and everything that is made once has been made. */
const SETTLED_MS = 20_000
const MOST_WAIT_TICKS = 100
const ignore = () => {}

function stored(streams: number): World {
  const settings = settingsOf(streams)
  const world = new World(settings)
  saveSettings(world.store, settings)
  return world
}

function tick(streams: number): Scenario {
  return {
    name: `a tick, ${streams} stream${streams > 1 ? 's' : ''}`,
    // Between two questions to the time server there are at least so many.
    times: 2,
    warmUp: 0,
    prepare: () => {
      const world = stored(streams)
      boot(world, ignore)
      world.advance(SETTLED_MS)
      let asked = world.asked
      for (let i = 0; i < MOST_WAIT_TICKS && world.asked === asked; i++) world.advance(PERIOD_MS)
      asked = world.asked
      return () => {
        const before = world.acknowledged
        world.advance(PERIOD_MS)
        if (world.acknowledged !== before + streams) throw new Error('a sample is missing')
        if (world.asked !== asked) throw new Error('the time server was asked: no plain tick')
      }
    },
  }
}

export const scenarios: Scenario[] = [
  tick(1),
  tick(3),
  tick(11),
  {
    name: 'loading settings, 3 streams',
    prepare: () => {
      const { store } = stored(3)
      return () => {
        const loaded = loadSettings(store)
        if (!loaded || 'wrong' in loaded) throw new Error('no settings')
      }
    },
  },
  {
    name: 'boot to the first poll, 3 streams',
    times: 1,
    warmUp: 0,
    prepare: () => {
      const world = stored(3)
      return () => {
        boot(world, ignore)
      }
    },
  },
]
