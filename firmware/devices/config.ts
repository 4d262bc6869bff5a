/** What the installer says about one device on the line, the bounds of it, and what is wrong with it if something is. */
import { findDevice } from './catalogue/find'
import type { Device, Flow, Quantity } from './model'

/** In place of a model: the device is identified by its registers. */
export const AUTO = 'auto'

/** Of an id in the catalogue. */
export const MAX_MODEL_LENGTH = 32
/** Serial Line V1.02, 2.2. Only some batteries answer at 0, which addresses all devices at once. */
export const MAX_UNIT = 247
export const MAX_CAPACITY_WH = 10_000_000
export const MAX_CT_RATIO = 10_000
export const MAX_RATED_W = 100_000_000
export const ROLES = ['site', 'resource'] as const
export const PARTS = ['battery', 'pv'] as const
export const PHASES = [1, 2, 3] as const
export const DIRECTIONS = ['import', 'export'] as const

export interface DeviceConfig {
  /** Id in the catalogue, or AUTO. */
  model: string
  /** A whole number from 0 to MAX_UNIT. */
  unit: number
  /** `site`: its power is that of the grid connection; `resource`: of a battery, a PV plant, a load. */
  role: (typeof ROLES)[number]
  /** Energy of the full battery, if the battery tells a percentage only: a whole number from 1 to MAX_CAPACITY_WH. */
  capacityWh?: number
  /** Which part of an inverter the resource is; the battery if it has one. */
  part?: (typeof PARTS)[number]
  /** Every power times this, above 0 to MAX_CT_RATIO: a current transformer that the meter does not know of. */
  ctRatio?: number
  /** What flows there at most, in W, a whole number from 1 to MAX_RATED_W: more than twice as much is no reading. */
  ratedW?: number
  /** A current transformer or meter is mounted the other way round. */
  inverted?: boolean
  /** Only these phases count. */
  phases?: readonly (typeof PHASES)[number][]
  /** What the power of a meter is that cannot tell import from export. */
  direction?: (typeof DIRECTIONS)[number]
}

export interface ConfigFault {
  field: string
  expected: string
}

/** What the installer has to correct; undefined if the device can work. Of AUTO only what holds for any model. */
export function checkDevice(config: DeviceConfig): ConfigFault | undefined {
  const { model, unit, role, capacityWh, part, ctRatio, ratedW, direction } = config
  // Settings that are wrong in several fields may lack it.
  const device = model ? findDevice(model) : undefined
  if (!device && model !== AUTO)
    return fault('model', `the id of a model in the catalogue (docs/devices.md), or ${AUTO}`)
  if (!isWhole(unit, 0, MAX_UNIT))
    return fault('unit', `a whole number from 1 to ${MAX_UNIT} (0 if the device answers there)`)
  if (unit === 0 && device && device.line.unit !== 0)
    return fault('unit', '1 to 247, because 0 addresses all devices at once')
  if (ctRatio !== undefined && !(ctRatio > 0 && ctRatio <= MAX_CT_RATIO))
    return fault(
      'ctRatio',
      `a number above 0, at most ${MAX_CT_RATIO}; use inverted to turn the sign`,
    )
  if (capacityWh !== undefined && !isWhole(capacityWh, 1, MAX_CAPACITY_WH))
    return fault(
      'capacityWh',
      `the energy of the full battery in Wh, a whole number from 1 to ${MAX_CAPACITY_WH}`,
    )
  if (ratedW !== undefined && !isWhole(ratedW, 1, MAX_RATED_W))
    return fault(
      'ratedW',
      `the most that flows there in W, a whole number from 1 to ${MAX_RATED_W}`,
    )
  if (device && direction && !device.power?.unsigned)
    return fault('direction', 'none: this device tells it; use inverted to turn the sign')
  if (part && role === 'site') return fault('part', 'none: the role site is the grid connection')
  return !device || device.kind === 'sunspec' ? undefined : checkFlow(device, config)
}

function isWhole(value: number, min: number, max: number): boolean {
  return value >= min && value <= max && value % 1 === 0
}

/** Which of the device's flows is meant; undefined if the device has none such. */
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
  return (Object.keys(ENERGY_RULES) as EnergyRule[]).find(
    (rule) =>
      ENERGY_RULES[rule].every((what) => has(device, what)) &&
      (rule !== 'percent' || capacityWh !== undefined),
  )
}

function has({ registers }: Device, what: Quantity): boolean {
  return registers.some((register) => register.what === what)
}

/** As checkDevice(), of what the device's flows allow: a SunSpec device has them only once its map is known. */
export function checkFlow(device: Device, config: DeviceConfig): ConfigFault | undefined {
  const flow = chooseFlow(device, config)
  if (!flow) {
    const roles = device.power ? 'site' : 'resource'
    return config.part
      ? fault('part', `a part that ${device.id} has registers for`)
      : fault('role', `${roles}: ${device.id} has no registers for another`)
  }
  if (flow.unsigned && config.role === 'site' && !config.direction)
    return fault('direction', 'import or export, because this meter cannot tell them apart')
  if (config.phases && !(flow.phases && phasesKnown(device, flow, config.phases)))
    return fault('phases', 'none: this device does not tell the power of those phases')
  if (flow === device.battery && !chooseEnergyRule(device, flow, config))
    return has(device, 'stateOfCharge')
      ? fault('capacityWh', 'the energy of the full battery in Wh: it tells a percentage only')
      : fault('part', 'pv: the battery of this device tells no state of charge')
  if (flow !== device.battery && config.capacityWh !== undefined)
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
