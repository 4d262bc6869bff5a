/** Honest devices for days: nothing that they show may fail a gate, or be called frozen. */
import type { UnixMs } from '../../../firmware/core/time'
import { House } from '../../sim/site/house'
import { RandomSignal } from '../../sim/site/random-signal'
import { BATTERY, type Moment, type Signal } from '../../sim/site/signal'
import { BenchDevice, catalogued, type Shown, sunspec } from './device'

const DAY_MS = 86_400_000
export const PERIOD_MS = 4000

export interface Alarm {
  device: string
  atMs: number
  why: string
}

/** A meter of each kind of register, and a battery of each rule for its energy. */
export function honestDevices(): {
  name: string
  device: BenchDevice
  shows: (m: Moment) => Shown
}[] {
  const movement = { count: 0 }
  const battery = { role: 'resource', part: 'battery', capacityWh: BATTERY.capacityWh } as const
  const meter = (id: string) => new BenchDevice(catalogued(id), { role: 'site' }, movement)
  const store = (id: string) => new BenchDevice(catalogued(id), battery, movement)
  return [
    { name: 'eastron-sdm630, grid', device: meter('eastron-sdm630'), shows: gridOf },
    { name: 'cg-em24-rs485, grid', device: meter('cg-em24-rs485'), shows: gridOf },
    { name: 'deye-3p, grid', device: meter('deye-3p'), shows: gridOf },
    {
      name: 'SunSpec 203, grid',
      device: new BenchDevice(sunspec(203, 105), { role: 'site' }, movement),
      shows: gridOf,
    },
    { name: 'eastron-sdm120, PV', device: meter('eastron-sdm120'), shows: panelsOf },
    { name: 'huawei-sun2000, PV', device: solar(movement), shows: panelsOf },
    { name: 'pace-modbus, battery', device: store('pace-modbus'), shows: batteryOf },
    { name: 'felicity, battery', device: store('felicity'), shows: batteryOf },
    { name: 'huawei-sun2000, battery', device: store('huawei-sun2000'), shows: batteryOf },
    { name: 'marstek-venus-e2, battery', device: store('marstek-venus-e2'), shows: batteryOf },
    {
      name: 'SunSpec 802, battery',
      device: new BenchDevice(sunspec(802, 62), battery, movement, 19_200),
      shows: batteryOf,
    },
  ]
}

function solar(movement: { count: number }): BenchDevice {
  return new BenchDevice(catalogued('huawei-sun2000'), { role: 'resource', part: 'pv' }, movement)
}

export function gridOf({ gridW }: Moment): Shown {
  return { power: gridW, phasePower: [0.5 * gridW, 0.3 * gridW, 0.2 * gridW] }
}

function panelsOf({ pvW }: Moment): Shown {
  return { power: -pvW, pvPower: pvW }
}

export function batteryOf({ batteryA, batteryV, stateOfChargeWh }: Moment): Shown {
  const filled = stateOfChargeWh / BATTERY.capacityWh
  return {
    batteryCurrent: batteryA,
    batteryVoltage: batteryV,
    batteryPower: batteryA * batteryV,
    stateOfCharge: 100 * filled,
    remainingCapacity: filled * BATTERY.capacityAh,
    fullEnergy: BATTERY.capacityWh,
  }
}

/** How many readings were taken, and what was refused or reported of them. */
export function honestDays(
  kind: 'house' | 'random',
  seed: number,
  days: number,
): { readings: number; alarms: Alarm[] } {
  const startsAt = 1_793_491_200_000 as UnixMs
  const signal: Signal =
    kind === 'house' ? new House({ seed, startsAt }) : new RandomSignal(seed, 1)
  const devices = honestDevices()
  const alarms: Alarm[] = []
  let readings = 0
  for (let atMs = 0; atMs < days * DAY_MS; atMs += PERIOD_MS) {
    const moment = signal.at((startsAt + atMs) as UnixMs)
    for (const { name, device, shows } of devices) {
      readings++
      const why = device.check(shows(moment), atMs) || device.gates.note
      if (why) alarms.push({ device: name, atMs, why })
    }
  }
  return { readings, alarms }
}
