import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { acceptSettings } from '../../firmware/dongle/accept'
import { explain } from '../../firmware/settings/parse'

const NOW = Date.UTC(2026, 0) as UnixMs

const file = (...devices: object[]) => ({
  environment: 'sandbox',
  site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  credentials: { key: 'k', secret: 's' },
  devices,
})
const battery = { unit: 3, role: 'resource', resource: '5a0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b22' }

function wrong(...devices: object[]): string[] {
  const parsed = acceptSettings(file(...devices), NOW)
  return 'wrong' in parsed ? parsed.wrong.map(explain) : []
}

test('devices that the catalogue knows are accepted', () => {
  expect(
    wrong({ model: 'eastron-sdm630', unit: 1, role: 'site' }, { model: 'pace-modbus', ...battery }),
  ).toEqual([])
})

test('a model that it does not know is refused with the field', () => {
  const [line] = wrong({ model: 'eastron-sdm999', unit: 1, role: 'site' })
  expect(line).toMatch(/^devices\[0\]\.model: expected .*, found "eastron-sdm999"$/)
})

test('a battery is no site', () => {
  const [line] = wrong({ model: 'pace-modbus', unit: 1, role: 'site' })
  expect(line).toMatch(/^devices\[0\]\.role: expected .*, found "site"$/)
})

test('a secret is in no message', () => {
  const parsed = acceptSettings({ ...file(), credentials: { key: 'k', secret: 7 } }, NOW)
  expect(JSON.stringify(parsed)).not.toMatch(/secret":7/)
})

test('a CA that is no certificate is refused when it is set', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n'
  const parsed = acceptSettings(
    { ...file({ model: 'eastron-sdm630', unit: 1, role: 'site' }), ca },
    NOW,
  )
  expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toEqual(['ca'])
})
