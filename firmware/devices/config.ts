/** What the installer says about one device on the line, and what is wrong with it if something is. */
import { findDevice } from './catalogue/find'
import type { Device, Flow, Quantity } from './model'

/** In the place of a model: the device says itself which it is. */
export const AUTO = 'auto'

export interface DeviceConfig {
  /** Id in the catalogue, or AUTO. */
  model: string
  unit: number
  /** `site`: its power is that of the grid connection; `resource`: of a battery, a PV plant, a load. */
  role: 'site' | 'resource'
  /** Energy of the full battery, for those that tell a percentage only. */
  capacityWh?: number
  /** Which part of an inverter the resource is; the battery where it has one. */
  part?: 'battery' | 'pv'
  /** Every power times this: a current transformer that the meter does not know of. */
  ctRatio?: number
  /** A current transformer or meter mounted the other way round. */
  inverted?: boolean
  /** Only these phases count. */
  phases?: readonly (1 | 2 | 3)[]
  /** What the power of a meter without direction is. */
  direction?: 'import' | 'export'
}

export interface ConfigFault {
  field: string
  expected: string
}

/** What the installer has to correct; undefined where the device can work. Of AUTO what holds for any model. */
export function checkDevice(setup: DeviceConfig): ConfigFault | undefined {
  const device = findDevice(setup.model)
  if (!device && setup.model !== AUTO)
    return fault('model', `the id of a model in the catalogue (docs/devices.md), or ${AUTO}`)
  if (!(setup.unit >= 0 && setup.unit <= 247 && setup.unit % 1 === 0))
    return fault('unit', 'a whole number from 1 to 247 (0 where the device answers there)')
  // Serial Line V1.02, 2.2: no device answers there, but for those that are shipped so.
  if (setup.unit === 0 && device && device.line.unit !== 0)
    return fault('unit', '1 to 247, because 0 addresses all devices at once')
  if (setup.ctRatio !== undefined && !(setup.ctRatio > 0 && setup.ctRatio < 100_000))
    return fault('ctRatio', 'a number above 0; use inverted to turn the sign')
  if (setup.capacityWh !== undefined && !(setup.capacityWh > 0 && setup.capacityWh < 1e9))
    return fault('capacityWh', 'the energy of the full battery in Wh')
  if (device && setup.direction && !device.power?.unsigned)
    return fault('direction', 'none: this device tells it; use inverted to turn the sign')
  if (setup.part && setup.role === 'site')
    return fault('part', 'none: the role site is the grid connection')
  return !device || device.kind === 'sunspec' ? undefined : checkFlow(device, setup)
}

/** Which of the device's flows the setup means; undefined where the device has none such. */
export function chooseFlow(device: Device, { role, part }: DeviceConfig): Flow | undefined {
  if (role === 'site') return device.power
  if (part === 'pv') return device.pv
  return device.battery ?? (part === 'battery' ? undefined : (device.pv ?? device.power))
}

/** What the energy in a battery is computed from, the best first. */
export const ENERGY_RULES = {
  energy: ['remainingEnergy'],
  share: ['stateOfCharge', 'fullEnergy'],
  charge: ['remainingCapacity', 'batteryVoltage'],
  /** And the installer's capacityWh. */
  percent: ['stateOfCharge'],
} as const satisfies { [rule: string]: readonly Quantity[] }
export type EnergyRule = keyof typeof ENERGY_RULES

/** The best that the device allows; undefined if `flow` is not of a battery, or of one that tells too little. */
export function chooseEnergyRule(
  device: Device,
  flow: Flow,
  { capacityWh }: DeviceConfig,
): EnergyRule | undefined {
  if (flow !== device.battery) return undefined
  for (const rule of Object.keys(ENERGY_RULES) as EnergyRule[])
    if (
      ENERGY_RULES[rule].every((what) => has(device, what)) &&
      (rule !== 'percent' || capacityWh !== undefined)
    )
      return rule
  return undefined
}

function has({ registers }: Device, what: Quantity): boolean {
  return registers.some((register) => register.what === what)
}

/** The same of what the device's flows allow: for a SunSpec device once its map is known. */
export function checkFlow(device: Device, setup: DeviceConfig): ConfigFault | undefined {
  const flow = chooseFlow(device, setup)
  if (!flow) {
    const roles = device.power ? 'site' : 'resource'
    return setup.part
      ? fault('part', `a part that ${device.name} has registers for`)
      : fault('role', `${roles}: ${device.name} has no registers for another`)
  }
  if (flow.unsigned && setup.role === 'site' && !setup.direction)
    return fault('direction', 'import or export, because this meter cannot tell them apart')
  if (setup.phases && !(flow.phases && phasesKnown(device, flow, setup.phases)))
    return fault('phases', 'none: this device does not tell the power of those phases')
  if (flow === device.battery && !chooseEnergyRule(device, flow, setup))
    return has(device, 'stateOfCharge')
      ? fault('capacityWh', 'the energy of the full battery in Wh: it tells a percentage only')
      : fault('part', 'pv: the battery of this device tells no state of charge')
  if (flow !== device.battery && setup.capacityWh !== undefined)
    return fault('capacityWh', 'none: this device knows no state of charge')
  return undefined
}

function phasesKnown(device: Device, flow: Flow, phases: readonly number[]): boolean {
  return (
    phases.length > 0 &&
    phases.every((phase) =>
      device.registers.some(
        (register) => register.what === flow.phases && register.phase === phase,
      ),
    )
  )
}

function fault(field: string, expected: string): ConfigFault {
  return { field, expected }
}
