import { expect, test } from '@jest/globals'
import { applyPatch } from '../../firmware/settings/patch'
import type { Settings } from '../../firmware/settings/schema'
import { shownSettings } from '../../firmware/settings/shown'
import { patchSettings } from './patched'

const settings: Settings = {
  environment: 'sandbox',
  site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  credentials: { key: 'k', secret: 'hunter2' },
  retired: { key: 'k0', secret: 'hunter0', untilS: 2_000_000_000 },
  wifi: { ssid: 'house', password: '' },
  line: { baud: 9600, parity: 'none', stopBits: 1, pins: { transmit: 4, receive: 5 } },
  devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site', phases: [1] }],
  qos: 1,
  timeServers: ['ntp.se'],
}

test('all is shown, but of a secret only whether it is set', () => {
  expect(shownSettings(settings)).toEqual({
    ...settings,
    credentials: { key: 'k', secret: true },
    retired: { key: 'k0', secret: true, untilS: 2_000_000_000 },
    wifi: { ssid: 'house', password: false },
  })
})

test('what the schema does not name is not shown', () => {
  expect(JSON.stringify(shownSettings({ ...settings, psk: 'hunter3' } as Settings))).not.toContain(
    'hunter',
  )
})

test('what is shown cannot be stored in the place of what is set', () => {
  const parsed = patchSettings(settings, shownSettings(settings))
  expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toEqual([
    'credentials.secret',
    'retired.secret',
    'wifi.password',
  ])
  const { wifi, retired, credentials, ...rest } = shownSettings(settings) as Settings
  expect([wifi, retired, credentials]).toHaveLength(3)
  expect(applyPatch(settings, rest)).toEqual(settings)
})
