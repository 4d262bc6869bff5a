/** A site of two meters whose readings are added up, on lines as slow as they get. */
import { expect, test } from '@jest/globals'
import type { Report } from '../../firmware/dongle/report'
import type { Settings } from '../../firmware/settings/schema'
import { HandWrittenImage } from '../../tools/sim/site/hand-written'
import { SimulatedMeter } from '../../tools/sim/site/meter'
import { RandomSignal } from '../../tools/sim/site/random-signal'
import type { Site } from '../../tools/sim/site/site'
import { MINUTE } from '../../tools/sim/world'
import { story } from './site'

const SEED = 5

/** The site's meters stand first and last, with eight others between them. */
function tenMeters(baud: Settings['line']['baud']) {
  return (site: Site): void => {
    const { settings } = site
    const model = 'eastron-sdm120'
    settings.line = { baud, parity: 'none', stopBits: 1 }
    settings.devices = []
    site.meters = []
    site.streams = new Map()
    for (let unit = 1; unit <= 10; unit++) {
      const image = new HandWrittenImage(model)
      const meter = new SimulatedMeter({ image, unit, signal: new RandomSignal(SEED, unit) })
      const resource = `3f0c2a6e-6f0b-4c38-9d0f-0000000000${String(unit).padStart(2, '0')}`
      const isSite = unit === 1 || unit === 10
      const topic = isSite ? `site/${settings.site}/data` : `resource/${resource}/data`
      settings.devices.push(
        isSite ? { model, unit, role: 'site' } : { model, unit, role: 'resource', resource },
      )
      site.meters.push(meter)
      site.streams.set(topic, [...(site.streams.get(topic) ?? []), { meter, model, factor: 1 }])
    }
  }
}

test.each([
  [2400, [20, 60]],
  [2400, [120, 200]],
  [9600, [20, 60]],
  [9600, [150, 250]],
] as const)('%i baud, meters that think for %j ms: no tick is missed', (baud, latencyMs) => {
  const missed: Report[] = []
  const { world } = story(
    {
      seed: SEED,
      onReport: (report) => {
        if (report.kind === 'missed') missed.push(report)
      },
    },
    tenMeters(baud),
  )
  for (const meter of world.conditions.meters.values()) meter.latencyMs = latencyMs
  expect(world.run(20 * MINUTE)).toBeUndefined()
  expect(missed).toEqual([])
  expect(world.observer.continuity.healthyTicks).toBeGreaterThan(9 * 280)
})

// If an answer is lost, the sum is missed and never wrong: the observer knows what both meters showed.
test.each([2400, 9600] as const)('%i baud and noise: no wrong sum', (baud) => {
  const { world } = story({ seed: SEED }, tenMeters(baud))
  world.injectFault('noise', 20 * MINUTE, () => {
    world.conditions.noise = 0.05
    return () => (world.conditions.noise = 0)
  })
  expect(world.run(25 * MINUTE)).toBeUndefined()
})

// What a slow meter answered was of an earlier second than the sum.
test.each([1, 10])('meter %d of the site is slow: no wrong sum', (unit) => {
  const { world } = story({ seed: SEED }, tenMeters(9600))
  const slow = world.conditions.meters.get(unit)
  world.injectFault('a slow meter', 20 * MINUTE, () => {
    if (slow) slow.latencyMs = [900, 1800]
    return () => slow && (slow.latencyMs = [20, 60])
  })
  expect(world.run(25 * MINUTE)).toBeUndefined()
})
