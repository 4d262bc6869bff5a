import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { findDevice, listDevices } from '../../firmware/devices/catalogue/find'
import { validateSettings } from '../../firmware/dongle/validate'
import { explain } from '../../firmware/settings/parse'
import { forgedCa, time } from '../tls/x509/forge'

const NOW = Date.UTC(2026, 0) as UnixMs

const file = (...devices: object[]) => ({
  environment: 'sandbox',
  site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  credentials: { key: 'k', secret: 's' },
  devices,
})
const battery = { unit: 3, role: 'resource', resource: '5a0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b22' }

function wrong(...devices: object[]): string[] {
  const parsed = validateSettings(file(...devices), NOW)
  return 'wrong' in parsed ? parsed.wrong.map(explain) : []
}

test('devices that the catalogue knows are accepted', () => {
  expect(
    wrong({ model: 'eastron-sdm630', unit: 1, role: 'site' }, { model: 'pace-modbus', ...battery }),
  ).toEqual([])
})

test('a model that it does not know is refused with the field', () => {
  const [line] = wrong({ model: 'eastron-sdm999', unit: 1, role: 'site' })
  expect(line).toMatch(/^devices\[0\]\.model: expected .*, found a text of 14 characters$/)
})

test('auto is accepted for whatever the device may turn out to be', () => {
  expect(
    wrong(
      { model: 'auto', unit: 1, role: 'site', phases: [1], direction: 'import' },
      { model: 'auto', ...battery, capacityWh: 5000 },
    ),
  ).toEqual([])
  expect(wrong({ model: 'auto', unit: 1, role: 'site', part: 'pv' })).toEqual([
    'devices[0].part: expected none: the role site is the grid connection, found "pv"',
  ])
  const [line] = wrong(
    { model: 'auto', unit: 3, role: 'site' },
    { model: 'pace-modbus', ...battery },
  )
  expect(line).toMatch(/^devices\[1\]\.unit: expected .*, found 3 again$/)
  // An inverter is several things under one unit, whichever it is.
  expect(wrong({ model: 'auto', unit: 3, role: 'site' }, { model: 'auto', ...battery })).toEqual([])
})

test('unit 0, which addresses all devices at once, is for the models that are shipped so', () => {
  const at0 = listDevices().filter(
    (model) => !wrong({ model, unit: 0, role: 'site' }).some((line) => /\.unit: /.test(line)),
  )
  expect(at0).toContain('seplos-v3')
  expect(at0).toEqual(listDevices().filter((model) => findDevice(model)?.line.unit === 0))
  expect(wrong({ model: 'eastron-sdm630', unit: 0, role: 'site' })).toEqual([
    'devices[0].unit: expected 1 to 247, because 0 addresses all devices at once, found 0',
  ])
  // It may turn out to be one of them.
  expect(wrong({ model: 'auto', unit: 0, role: 'site' })).toEqual([])
})

test('a battery is no site', () => {
  const [line] = wrong({ model: 'pace-modbus', unit: 1, role: 'site' })
  expect(line).toMatch(/^devices\[0\]\.role: expected .*, found "site"$/)
})

test('a secret is in no message', () => {
  const parsed = validateSettings({ ...file(), credentials: { key: 'k', secret: 1357911 } }, NOW)
  expect('wrong' in parsed && parsed.wrong.map(explain)).toContain(
    'credentials.secret: expected a text, found a number',
  )
  expect(JSON.stringify(parsed)).not.toMatch(/1357911/)
})

test('what only the catalogue knows to be wrong is listed beside what the schema does', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n'
  const devices = [
    { model: 'eastron-sdm999', unit: 1, role: 'site' },
    { model: 'pace-modbus', ...battery, unit: 300 },
    { model: 'sma-inverter', ...battery, unit: 4, resource: undefined },
  ]
  const parsed = validateSettings({ ...file(...devices), qos: 0, ca }, NOW)
  expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toEqual([
    'devices[1].unit',
    'qos',
    'devices[2].resource',
    'devices[0].model',
    'devices[2].model',
    'ca',
  ])
})

test('a battery without energy is refused with the field and the fix', () => {
  const [line] = wrong({ model: 'growatt-sph', ...battery })
  expect(line).toBe(
    'devices[0].capacityWh: expected the energy of the full battery in Wh: it tells a percentage only, found nothing',
  )
})

test('a CA that is no certificate is refused when it is set', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n'
  const parsed = validateSettings(
    { ...file({ model: 'eastron-sdm630', unit: 1, role: 'site' }), ca },
    NOW,
  )
  expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toEqual(['ca'])
})

test('a CA from after the firmware was built is not too new while the time is not known', () => {
  const ca = forgedCa({ notBefore: time('310101000000Z') })
  const settings = { ...file({ model: 'eastron-sdm630', unit: 1, role: 'site' }), ca }
  const told = (utc: UnixMs, isFloor: boolean): string => {
    const parsed = validateSettings(settings, utc, undefined, isFloor)
    return 'wrong' in parsed ? parsed.wrong.map(explain).join('; ') : 'taken'
  }
  expect(told(NOW, false)).toMatch(/^ca: .*is not valid before 2031-01-01/)
  expect(told(NOW, true)).toBe('taken')
  expect(told(Date.UTC(2036, 0) as UnixMs, true)).toMatch(/^ca: .*expired on 2035-01-01/)
})
