import { describe, expect, test } from '@jest/globals'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { AUTO, checkDevice, type DeviceConfig } from '../../firmware/devices/config'
import { SCAN_LINES } from '../../firmware/devices/identify/scan'
import type { LineSettings } from '../../firmware/ports/bytestream'
import { parseSettings } from '../../firmware/settings/parse'

const auto: DeviceConfig = { model: 'auto', unit: 5, role: 'site' }
const resource: DeviceConfig = { ...auto, role: 'resource' }

describe('checkDevice of auto', () => {
  test.each<[Partial<DeviceConfig>, string | undefined]>([
    [{}, undefined],
    [{ role: 'resource', capacityWh: 5000, direction: 'import', phases: [1] }, undefined],
    [{ unit: 248 }, 'unit'],
    [{ ctRatio: -1 }, 'ctRatio'],
    [{ capacityWh: 0 }, 'capacityWh'],
    [{ part: 'pv' }, 'part'],
    [{ model: 'automatic' }, 'model'],
    [{ model: undefined }, 'model'],
  ])('%j', (config, field) => {
    expect(checkDevice({ ...auto, ...config })?.field).toBe(field)
  })
})

/** Whether the settings accept a site with this device and line, by their fields alone. */
function isSettable(device: DeviceConfig, line?: Partial<LineSettings>): boolean {
  const parsed = parseSettings({
    environment: 'sandbox',
    site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
    credentials: { key: 'key', secret: 'secret' },
    ...(line && { line }),
    devices: [{ ...device, resource: '5a0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b22' }],
  })
  return 'settings' in parsed
}

describe('a number has the same bounds in checkDevice as in the settings', () => {
  test.each<[Partial<DeviceConfig>, boolean]>([
    [{ unit: -1 }, false],
    [{ unit: 0 }, true],
    [{ unit: 1.5 }, false],
    [{ unit: 247 }, true],
    [{ unit: 248 }, false],
    [{ capacityWh: 0 }, false],
    [{ capacityWh: 0.5 }, false],
    [{ capacityWh: 1 }, true],
    [{ capacityWh: 10_000_000 }, true],
    [{ capacityWh: 10_000_001 }, false],
    [{ ctRatio: 0 }, false],
    [{ ctRatio: 0.001 }, true],
    [{ ctRatio: 10_000 }, true],
    [{ ctRatio: 10_000.5 }, false],
    [{ ratedW: 0 }, false],
    [{ ratedW: 1 }, true],
    [{ ratedW: 2.5 }, false],
    [{ ratedW: 100_000_000 }, true],
    [{ ratedW: 100_000_001 }, false],
  ])('%j: %j', (patch, accepted) => {
    const config = { ...resource, ...patch }
    expect([checkDevice(config) === undefined, isSettable(config)]).toEqual([accepted, accepted])
  })
})

test('every line of the catalogue and of a scan can be set, and every id', () => {
  const factory = ENTRIES.map(({ id, line: { baud, parity, stopBits } }) => ({
    model: id,
    // JSON leaves out what is not known; the settings have defaults for it.
    line: JSON.parse(JSON.stringify({ baud, parity, stopBits })),
  }))
  const scanned = SCAN_LINES.map((line) => ({ model: AUTO, line }))
  const refused = [...factory, ...scanned].filter(
    ({ model, line }) => !isSettable({ ...resource, model }, line),
  )
  expect(refused).toEqual([])
})
