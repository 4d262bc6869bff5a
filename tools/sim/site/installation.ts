/** What an installer would write down about the simulated site. */
import { BATTERY } from './signal'

/** Settings as an installer writes them, before they are validated. */
export interface SettingsJson {
  environment: string
  broker: string
  ca: string
  site: string
  credentials: { key: string; secret: string }
  line: { baud: number; parity: string; stopBits: number }
  devices: readonly {
    model: string
    unit: number
    role: string
    resource?: string
    capacityWh?: number
  }[]
  timeServers: string[]
}

const SITE = '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11'
const PANELS = '7b1d0f52-9a37-4a0e-8a53-5b7c1de2f021'
const STORAGE = 'c94e6f0d-2b18-4f7a-b6d1-91f3c3a7e032'

/** The grid meter, the panels' meter and the battery's BMS, which all come at 9600 8N1. */
export const SIMULATED_SITE = {
  site: SITE,
  line: { baud: 9600, parity: 'none', stopBits: 1 },
  devices: [
    { model: 'eastron-sdm630', unit: 1, role: 'site' },
    { model: 'eastron-sdm120', unit: 2, role: 'resource', resource: PANELS },
    {
      model: 'pace-modbus',
      unit: 3,
      role: 'resource',
      resource: STORAGE,
      capacityWh: BATTERY.capacityWh,
    },
  ],
} as const
