import { expect, test } from '@jest/globals'
import { findDevice, listDevices } from '../../../firmware/devices/catalogue/find'
import { type DeviceConfig, ENERGY_RULES, type EnergyRule } from '../../../firmware/devices/config'
import { requiredRegisters, withBeside } from '../../../firmware/devices/poll/required'
import { widthOf } from '../../../firmware/devices/value'

const CONFIG: DeviceConfig = { model: '', unit: 1, role: 'resource' }
/** Of what is in memory for each register of each device: beside the object itself, a slot for each property. */
const MAX_PROPERTIES = 10

test('of every model each register that is read says the same as in the map, in few properties of its own', () => {
  let registers = 0
  let properties = 0
  for (const id of listDevices()) {
    const device = findDevice(id)!
    const rules = [undefined, ...Object.keys(ENERGY_RULES)] as (EnergyRule | undefined)[]
    for (const flow of [device.power, device.battery, device.pv])
      for (const rule of flow ? rules : []) {
        const required = requiredRegisters(device, flow!, rule, CONFIG)
        const whole = { code: 3 as const, address: 0, count: 0x10000 }
        for (const one of withBeside(required, device.registers, ['voltage', 'current'], whole)) {
          const { code, at } = one
          const original = device.registers.find((other) => other.code === code && other.at === at)
          expect(one).toMatchObject({ ...original, width: widthOf(one.type) })
          expect([one.power, one.isScale, one.factor, one.direction]).not.toContain(undefined)
          const own = Object.keys(one).length
          expect(own).toBeLessThanOrEqual(MAX_PROPERTIES)
          registers++
          properties += own
        }
      }
  }
  expect(properties / registers).toBeLessThan(6)
})
