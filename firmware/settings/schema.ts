/**
 * What an installer says about a site: every field once, with its bounds and default; its meaning is in tools/settings/about.ts.
 * The firmware validates by this table, the tools and docs/settings.md are made from it.
 */

import {
  type DeviceConfig,
  DIRECTIONS,
  MAX_CAPACITY_WH,
  MAX_CT_RATIO,
  MAX_MODEL_LENGTH,
  MAX_RATED_W,
  MAX_UNIT,
  PARTS,
  PHASES,
  ROLES,
} from '../devices/config'
import type { LineSettings } from '../ports/bytestream'
import {
  brokerUrl,
  certificates,
  networkName,
  networkPassword,
  type TextFormat,
  timeServer,
  uuid,
} from './formats'

/** How one value has to look. */
export type Field = { optional?: boolean } & (
  | { kind: 'text'; most: number; secret?: boolean; format?: TextFormat; default?: string }
  | { kind: 'integer'; least: number; most: number; default?: number }
  /** Above 0. */
  | { kind: 'ratio'; most: number }
  | { kind: 'choice'; of: readonly Choice[]; default?: Choice }
  | { kind: 'list'; of: Field; least: number; most: number; default?: readonly unknown[] }
  | { kind: 'group'; of: Readonly<Record<string, Field>> }
  /** Any object: what it is about is checked elsewhere. */
  | { kind: 'object' }
)

type Choice = string | number | boolean

export interface DeviceSettings extends DeviceConfig {
  /** The platform's id of it; undefined for the role site. */
  resource?: string
}

export interface Credentials {
  key: string
  secret: string
}

export interface Settings {
  environment: 'production' | 'sandbox' | 'custom'
  broker?: string
  ca?: string
  site: string
  credentials: Credentials
  staged?: Credentials
  retired?: Credentials & { untilS: number }
  wifi?: { ssid: string; password: string }
  line: LineSettings
  devices: DeviceSettings[]
  qos: 1 | 2
  timeServers: string[]
}

/** The platform's limit (docs/platform.md). */
export const MAX_RESOURCES = 10
/** The site itself may be the sum of several meters. */
const MAX_DEVICES = 16

const pin: Field = { kind: 'integer', least: 0, most: 48 }

export const pair: Readonly<Record<string, Field>> = {
  key: { kind: 'text', most: 256 },
  secret: { kind: 'text', most: 256, secret: true },
}

export const line: Field = {
  kind: 'group',
  of: {
    baud: {
      kind: 'choice',
      of: [2400, 4800, 9600, 19200, 38400, 57600, 115200],
      default: 9600,
    },
    parity: {
      kind: 'choice',
      of: ['none', 'even', 'odd'],
      default: 'none',
    },
    stopBits: { kind: 'choice', of: [1, 2], default: 1 },
    pins: {
      kind: 'group',
      optional: true,
      of: {
        transmit: pin,
        receive: pin,
        direction: { ...pin, optional: true },
        port: { kind: 'integer', least: 0, most: 2, optional: true },
      },
    },
  },
}

export const device: Field = {
  kind: 'group',
  of: {
    model: {
      kind: 'text',
      most: MAX_MODEL_LENGTH,
    },
    unit: { kind: 'integer', least: 0, most: MAX_UNIT },
    role: { kind: 'choice', of: ROLES },
    resource: {
      kind: 'text',
      most: 36,
      format: uuid,
      optional: true,
    },
    part: {
      kind: 'choice',
      of: PARTS,
      optional: true,
    },
    capacityWh: {
      kind: 'integer',
      least: 1,
      most: MAX_CAPACITY_WH,
      optional: true,
    },
    ctRatio: {
      kind: 'ratio',
      most: MAX_CT_RATIO,
      optional: true,
    },
    ratedW: {
      kind: 'integer',
      least: 1,
      most: MAX_RATED_W,
      optional: true,
    },
    inverted: {
      kind: 'choice',
      of: [true, false],
      optional: true,
    },
    phases: {
      kind: 'list',
      least: 1,
      most: 3,
      of: { kind: 'choice', of: PHASES },
      optional: true,
    },
    direction: {
      kind: 'choice',
      of: DIRECTIONS,
      optional: true,
    },
  },
}

export const schema: Field = {
  kind: 'group',
  of: {
    environment: {
      kind: 'choice',
      of: ['production', 'sandbox', 'custom'],
    },
    broker: {
      kind: 'text',
      most: 261,
      format: brokerUrl,
      optional: true,
    },
    ca: {
      kind: 'text',
      most: 8192,
      format: certificates,
      optional: true,
    },
    site: { kind: 'text', most: 36, format: uuid },
    credentials: { kind: 'group', of: pair },
    staged: {
      kind: 'group',
      of: pair,
      optional: true,
    },
    retired: {
      kind: 'group',
      of: {
        ...pair,
        untilS: {
          kind: 'integer',
          least: 0,
          most: 2 ** 40,
        },
      },
      optional: true,
    },
    wifi: {
      kind: 'group',
      optional: true,
      of: {
        ssid: { kind: 'text', most: 32, format: networkName },
        password: {
          kind: 'text',
          most: 64,
          secret: true,
          format: networkPassword,
          default: '',
        },
      },
    },
    line,
    devices: {
      kind: 'list',
      least: 1,
      most: MAX_DEVICES,
      of: device,
    },
    qos: {
      kind: 'choice',
      of: [1, 2],
      default: 1,
    },
    timeServers: {
      kind: 'list',
      least: 1,
      most: 4,
      of: { kind: 'text', most: 261, format: timeServer },
      // Public services that ask for no vendor zone (the pool does: https://www.ntppool.org/en/vendors.html) and do not smear leap seconds.
      default: ['time.cloudflare.com', 'ntp.se', 'ptbtime1.ptb.de', 'ptbtime2.ptb.de'],
    },
  },
}
