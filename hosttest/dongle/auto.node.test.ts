/** A site of which one device identifies itself, from power on to its stream. */
import { expect, test } from '@jest/globals'
import type { Report } from '../../firmware/dongle/report'
import { streams } from '../../firmware/telemetry/site'
import { MINUTE } from '../../tools/sim/world'
import { story } from './site'

test.each([1, 2, 3])('streams from what it found, and costs no other a tick (seed %i)', (seed) => {
  const reports: Report[] = []
  const { world } = story({ seed, onReport: (report) => reports.push(report) }, (site) => {
    const index = site.settings.devices.findIndex(({ model }) => model === 'eastron-sdm120')
    site.settings.devices[index].model = 'auto'
  })
  const { site, devices } = world.site.settings
  const auto = devices.findIndex(({ model }) => model === 'auto')
  const owed = streams(site, devices).findIndex((stream) => stream.devices.includes(auto))
  expect(world.run(5 * MINUTE)).toBeUndefined()

  expect(world.dongle.health?.devices[auto].model).toBe('auto: eastron-sdm120')
  const words = reports.flatMap((report) =>
    report.kind === 'read' && report.device === auto && report.why ? [report.why] : [],
  )
  expect(words.filter((why) => why.startsWith('identified as'))).toEqual([
    'identified as eastron-sdm120 (register 64514: 32): read from the next round on',
  ])
  const missed = reports.flatMap((report) => (report.kind === 'missed' ? [report] : []))
  expect(missed.filter(({ stream }) => stream !== owed)).toEqual([])
  expect(missed.length).toBeLessThanOrEqual(10)
  expect(world.dongle.health?.log).toBeDefined()
  expect(world.observer.continuity.healthySince).toBeDefined()
})
