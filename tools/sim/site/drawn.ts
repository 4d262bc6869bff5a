/** A site drawn from a seed: what is on its line, and its dongle's settings. */

import type { Settings } from '../../../firmware/settings/schema'
import { BROKER_HOST, BROKER_PORT } from '../network/network'
import { timeServerHost } from '../network/time-server'
import { random as seeded } from '../random'
import { RandomSignal } from './random-signal'
import { metersOf, type Site, streamsOf } from './site'

export const SECRET = 'a secret that no report may hold'

export function drawSite(seed: number): Site {
  const random = seeded(seed ^ 0x517e)
  const small = random.chance(0.7)
  const panels = small ? 1 : 2 + random.below(8)
  const devices: Settings['devices'] = [
    { model: 'eastron-sdm630', unit: 1, role: 'site', ...mounting(random.below(6)) },
  ]
  for (let i = 0; i < panels; i++)
    devices.push({
      model: 'eastron-sdm120',
      unit: 2 + i,
      role: 'resource',
      resource: uuid(seed, i),
      ...mounting(random.below(8)),
    })
  if (random.chance(0.8))
    devices.push({
      model: 'pace-modbus',
      unit: 40,
      role: 'resource',
      resource: uuid(seed, 99),
      capacityWh: 10_240,
      // Only this tells a register that had overflowed when the dongle started.
      ratedW: 5120,
    })
  // A site may have two connections to the grid: its value is their sum. Drawn apart, so that it changes nothing else.
  if (seeded(seed ^ 0x2517).chance(0.25))
    devices.push({ model: 'eastron-sdm630', unit: 30, role: 'site' })
  // Drawn apart as well: a meter that tells its ratio, and an inverter whose scale factor may move.
  if (seeded(seed ^ 0xd75e).chance(0.3))
    devices.push({ model: 'chint-dtsu666', unit: 31, role: 'resource', resource: uuid(seed, 98) })
  if (seeded(seed ^ 0x5c41).chance(0.3))
    devices.push({ model: 'sunspec', unit: 32, role: 'resource', resource: uuid(seed, 97) })
  const settings: Settings = {
    environment: 'custom',
    broker: `mqtts://${BROKER_HOST}:${BROKER_PORT}`,
    site: uuid(seed, 100),
    credentials: { key: 'first key', secret: SECRET },
    wifi: { ssid: 'house', password: SECRET },
    line: {
      baud: small ? 9600 : 19_200,
      parity: random.chance(0.3) ? 'even' : 'none',
      stopBits: 1,
    },
    devices,
    qos: random.chance(0.2) ? 2 : 1,
    timeServers: Array.from({ length: 3 + random.below(2) }, (_, slot) => timeServerHost(slot)),
  }
  const meters = metersOf(devices, (unit) => new RandomSignal(seed, unit))
  return { settings, meters, serial: `WB${seed}`, streams: streamsOf(settings, meters) }
}

function mounting(kind: number): { ctRatio?: number; inverted?: boolean } {
  if (kind === 0) return { inverted: true }
  return kind === 1 ? { ctRatio: 2 } : {}
}

function uuid(seed: number, index: number): string {
  const tail = (seed * 1000 + index).toString(16).padStart(12, '0').slice(-12)
  return `3f0c2a6e-6f0b-4c38-9d0f-${tail}`
}
