import { describe, expect, test } from '@jest/globals'
import { checkDevice, type DeviceConfig } from '../../firmware/devices/config'

const auto: DeviceConfig = { model: 'auto', unit: 5, role: 'site' }

describe('checkDevice of auto', () => {
  test.each<[Partial<DeviceConfig>, string | undefined]>([
    [{}, undefined],
    [{ role: 'resource', capacityWh: 5000, direction: 'import', phases: [1] }, undefined],
    [{ unit: 248 }, 'unit'],
    [{ ctRatio: -1 }, 'ctRatio'],
    [{ capacityWh: 0 }, 'capacityWh'],
    [{ part: 'pv' }, 'part'],
    [{ model: 'automatic' }, 'model'],
  ])('%j', (setup, field) => {
    expect(checkDevice({ ...auto, ...setup })?.field).toBe(field)
  })
})
