import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { findDevice } from '../../firmware/devices/catalogue/find'
import { validateSettings } from '../../firmware/dongle/validate'
import { House } from '../../tools/sim/site/house'
import { metersOf, streamsOf } from '../../tools/sim/site/site'
import { imageOfModel, TEN_MODELS } from '../../tools/sim/site/ten-models'

const NOW = Date.UTC(2026, 5, 1, 10) as UnixMs

test('ten devices of ten models make eleven streams, and the settings are right', () => {
  const credentials = { key: 'KEY', secret: 'SECRET' }
  const settings = { ...TEN_MODELS, environment: 'sandbox', credentials }
  expect(validateSettings(settings, NOW)).toHaveProperty('settings')
  const house = new House({ seed: 1, startsAt: NOW })
  const meters = metersOf(TEN_MODELS.devices, () => house, imageOfModel)
  expect(new Set(meters.map(({ model }) => model)).size).toBe(10)
  expect(streamsOf(TEN_MODELS as never, meters).size).toBe(11)
  const kinds = meters.map(({ model }) => findDevice(model!)!.kind)
  expect(kinds.filter((kind) => kind === 'battery').length).toBeGreaterThan(2)
  expect(new Set(kinds).size).toBe(4)
})
