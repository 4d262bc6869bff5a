/** Lives whose BMS restarts and whose registers overflow: no settings help, and nothing else goes wrong. */
import { expect, test } from '@jest/globals'
import { live } from '../../../tools/sim/lifetime'
import { loadValidate } from '../../../tools/sim/observer/schema'
import { drawSite } from '../../../tools/sim/site/drawn'

const validate = loadValidate()

test.each([1, 2, 3, 5])('seed %i: zeros and overflows do not reach the platform', (seed) => {
  const site = drawSite(seed)
  site.settings.devices = site.settings.devices.map(({ ratedW: _, ...device }) => device)
  const kinds = ['BMS restarts' as const, 'register wrap' as const]
  const life = live({ seed, hours: 4, kinds, validate, site })
  expect(life.faults).toBeGreaterThan(5)
  expect(life.missed).toBeGreaterThan(5)
})
