import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { TimeRecord } from '../../firmware/dongle/timerecord'
import { eraseSite } from '../../firmware/dongle/waiting'
import { loadSettings, saveSettings } from '../../firmware/settings/record'
import { Flash } from '../../tools/sim/flash'
import { drawSite } from '../../tools/sim/site/drawn'

test('a reset erases the settings and the time, and nothing else', () => {
  const store = new Flash()
  store.write('other', Uint8Array.of(1))
  saveSettings(store, drawSite(1).settings)
  new TimeRecord(store).write({ utc: 1.5e12 as UnixMs, driftPpm: 1 })
  eraseSite(store)
  expect(loadSettings(store)).toBeUndefined()
  expect(new TimeRecord(store).read(1.4e12 as UnixMs)).toBeUndefined()
  expect([...store.blobs.keys()]).toEqual(['other'])
})
