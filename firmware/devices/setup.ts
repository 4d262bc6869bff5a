/** What the installer says about one device on the line, and what is wrong with it if something is. */
import { findDevice } from './catalogue/find'
import type { Device, Flow } from './device'

export interface DeviceSetup {
  /** Id in the catalogue. */
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

export interface SetupFault {
  field: string
  expected: string
}

/** What the installer has to correct; undefined where the device can work. */
export function checkDevice(setup: DeviceSetup): SetupFault | undefined {
  const device = findDevice(setup.model)
  if (!device) return fault('model', 'the id of a model in the catalogue (docs/devices.md)')
  if (!(setup.unit >= 0 && setup.unit <= 247 && setup.unit % 1 === 0))
    return fault('unit', 'a whole number from 1 to 247 (0 where the device answers there)')
  if (setup.ctRatio !== undefined && !(setup.ctRatio > 0 && setup.ctRatio < 100_000))
    return fault('ctRatio', 'a number above 0; use inverted to turn the sign')
  if (setup.capacityWh !== undefined && !(setup.capacityWh > 0 && setup.capacityWh < 1e9))
    return fault('capacityWh', 'the energy of the full battery in Wh')
  return device.kind === 'sunspec' ? undefined : checkFlow(device, setup)
}

/** Which of the device's flows the setup means; undefined where the device has none such. */
export function chooseFlow(device: Device, { role, part }: DeviceSetup): Flow | undefined {
  if (role === 'site') return device.power
  if (part === 'pv') return device.pv
  return device.battery ?? (part === 'battery' ? undefined : (device.pv ?? device.power))
}

/** The energy in a battery, by the best rule that the device allows. */
export type EnergyRule = 'energy' | 'share' | 'charge' | 'percent'

export function chooseEnergyRule(device: Device, setup: DeviceSetup): EnergyRule | undefined {
  if (chooseFlow(device, setup) !== device.battery) return undefined
  const has = (what: string): boolean => device.registers.some((register) => register.what === what)
  if (has('remainingEnergy')) return 'energy'
  if (has('fullEnergy') && has('stateOfCharge')) return 'share'
  if (has('remainingCapacity') && has('batteryVoltage')) return 'charge'
  if (has('stateOfCharge') && setup.capacityWh !== undefined) return 'percent'
  return undefined
}

function checkFlow(device: Device, setup: DeviceSetup): SetupFault | undefined {
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
  if (flow === device.battery && !chooseEnergyRule(device, setup))
    return fault('capacityWh', 'the energy of the full battery in Wh: it tells a percentage only')
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

function fault(field: string, expected: string): SetupFault {
  return { field, expected }
}
