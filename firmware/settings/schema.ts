/**
 * What an installer says about a site: every field once, with its bounds, default and meaning.
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

/** How one value has to look. `about` is one line for people, units included. */
export type Field = { about: string; optional?: boolean } & (
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

const pin: Field = { kind: 'integer', least: 0, most: 48, about: 'GPIO number' }

export const pair: Readonly<Record<string, Field>> = {
  key: { kind: 'text', most: 256, about: 'The MQTT user name' },
  secret: { kind: 'text', most: 256, secret: true, about: 'The MQTT password' },
}

export const line: Field = {
  kind: 'group',
  about: 'The RS-485 line',
  of: {
    baud: {
      kind: 'choice',
      of: [2400, 4800, 9600, 19200, 38400, 57600, 115200],
      default: 9600,
      about: 'Bits per second, the same for all devices on the line',
    },
    parity: {
      kind: 'choice',
      of: ['none', 'even', 'odd'],
      default: 'none',
      about: 'Parity bit',
    },
    stopBits: { kind: 'choice', of: [1, 2], default: 1, about: 'Stop bits' },
    pins: {
      kind: 'group',
      optional: true,
      about: 'Needed on the device only',
      of: {
        transmit: pin,
        receive: pin,
        direction: { ...pin, optional: true },
        port: { kind: 'integer', least: 0, most: 2, optional: true, about: 'UART number' },
      },
    },
  },
}

export const device: Field = {
  kind: 'group',
  about: 'One meter or battery',
  of: {
    model: {
      kind: 'text',
      most: MAX_MODEL_LENGTH,
      about:
        'An id of the catalogue, such as eastron-sdm630, or auto for one that can say itself what it is (docs/devices.md lists them)',
    },
    unit: { kind: 'integer', least: 0, most: MAX_UNIT, about: 'Its Modbus unit' },
    role: { kind: 'choice', of: ROLES, about: 'Whose power it measures' },
    resource: {
      kind: 'text',
      most: 36,
      format: uuid,
      optional: true,
      about: "The platform's id of the resource; only if the role is resource",
    },
    part: {
      kind: 'choice',
      of: PARTS,
      optional: true,
      about: 'Which part of an inverter the resource is',
    },
    capacityWh: {
      kind: 'integer',
      least: 1,
      most: MAX_CAPACITY_WH,
      optional: true,
      about: 'Energy of the full battery in Wh, if its BMS does not tell it',
    },
    ctRatio: {
      kind: 'ratio',
      most: MAX_CT_RATIO,
      optional: true,
      about:
        'Every power is multiplied by it: a current transformer that the meter does not know of',
    },
    ratedW: {
      kind: 'integer',
      least: 1,
      most: MAX_RATED_W,
      optional: true,
      about:
        'What flows there at most, in W: by the main fuse, the inverter or the battery. More than twice as much is no reading',
    },
    inverted: {
      kind: 'choice',
      of: [true, false],
      optional: true,
      about: 'true if a current transformer is mounted the other way round',
    },
    phases: {
      kind: 'list',
      least: 1,
      most: 3,
      of: { kind: 'choice', of: PHASES, about: 'Phase' },
      optional: true,
      about: 'Only these phases count',
    },
    direction: {
      kind: 'choice',
      of: DIRECTIONS,
      optional: true,
      about: 'What a meter measures that cannot tell import from export',
    },
  },
}

export const schema: Field = {
  kind: 'group',
  about: 'A site and its dongle',
  of: {
    environment: {
      kind: 'choice',
      of: ['production', 'sandbox', 'custom'],
      about: "Which of the platform's brokers; custom needs `broker`",
    },
    broker: {
      kind: 'text',
      most: 261,
      format: brokerUrl,
      optional: true,
      about: 'Only if the environment is custom',
    },
    ca: {
      kind: 'text',
      most: 8192,
      format: certificates,
      optional: true,
      about:
        "The authorities that the broker's certificate is checked by, in place of the built-in ones",
    },
    site: { kind: 'text', most: 36, format: uuid, about: "The platform's id of the site" },
    credentials: { kind: 'group', of: pair, about: "The site's own (edge-cloud) credentials" },
    staged: {
      kind: 'group',
      of: pair,
      optional: true,
      about:
        'The next credentials: tried on a fresh connection, and in force once the broker accepts them',
    },
    retired: {
      kind: 'group',
      of: {
        ...pair,
        untilS: {
          kind: 'integer',
          least: 0,
          most: 2 ** 40,
          about: 'UNIX seconds; then it is forgotten',
        },
      },
      optional: true,
      about:
        'Kept by the dongle itself: the credentials before these, until the rotation is surely over',
    },
    wifi: {
      kind: 'group',
      optional: true,
      about: 'Needed on the device only',
      of: {
        ssid: { kind: 'text', most: 32, format: networkName, about: "The network's name" },
        password: {
          kind: 'text',
          most: 64,
          secret: true,
          format: networkPassword,
          default: '',
          about: 'Empty for an open network',
        },
      },
    },
    line,
    devices: {
      kind: 'list',
      least: 1,
      most: MAX_DEVICES,
      about: 'What is on the line',
      of: device,
    },
    qos: {
      kind: 'choice',
      of: [1, 2],
      default: 1,
      about: 'MQTT quality of service: 1 at least once, 2 exactly once (the platform takes no 0)',
    },
    timeServers: {
      kind: 'list',
      least: 1,
      most: 4,
      of: { kind: 'text', most: 261, format: timeServer, about: 'HOST or HOST:PORT' },
      // Public services that ask for no vendor zone (the pool does: https://www.ntppool.org/en/vendors.html) and do not smear leap seconds.
      default: ['time.cloudflare.com', 'ntp.se', 'ptbtime1.ptb.de', 'ptbtime2.ptb.de'],
      about: 'NTP servers, up to 4: with four, one that is wrong is outvoted',
    },
  },
}
