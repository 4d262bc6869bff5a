/**
 * What an installer says about a site: every field once, with its bounds, default and meaning.
 * The firmware validates by this table, the tools and docs/settings.md are made from it.
 */

import { utf8Length } from '../core/bytes'
import { readPem } from '../core/pem'
import {
  type DeviceConfig,
  DIRECTIONS,
  MAX_CAPACITY_WH,
  MAX_CT_RATIO,
  MAX_MODEL_LENGTH,
  MAX_UNIT,
  PARTS,
  PHASES,
  ROLES,
} from '../devices/config'
import type { LineSettings } from '../ports/bytestream'

/** How one value has to look. `about` is one line for people, units included. */
export type Field = { about: string; optional?: boolean } & (
  | { kind: 'text'; most: number; secret?: boolean; check?: TextCheck; default?: string }
  | { kind: 'integer'; least: number; most: number; default?: number }
  /** Above 0. */
  | { kind: 'ratio'; most: number }
  | { kind: 'choice'; of: readonly Choice[]; default?: Choice }
  | { kind: 'list'; of: Field; least: number; most: number; default?: readonly unknown[] }
  | { kind: 'group'; of: Readonly<Record<string, Field>> }
)

type Choice = string | number | boolean

/** Says what is expected where the text is not that. */
export interface TextCheck {
  expected: string
  fits(text: string): boolean
}

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

/** The platform's limit (facts/powernaut.md, 4). */
export const MOST_RESOURCES = 10
/** The site itself may be the sum of several meters. */
const MOST_DEVICES = 16

const uuid: TextCheck = {
  expected: 'a UUID such as 3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  fits: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
}

const brokerUrl: TextCheck = {
  expected: 'mqtts://HOST or mqtts://HOST:PORT (MQTT without TLS is not spoken here)',
  fits: (text) => text.startsWith('mqtts://') && hostAndPort(text.slice(8), 8883) !== undefined,
}

const timeServer: TextCheck = {
  expected: 'HOST or HOST:PORT',
  fits: (text) => hostAndPort(text, 123) !== undefined,
}

const certificate: TextCheck = {
  expected: 'certificates in PEM (-----BEGIN CERTIFICATE-----)',
  fits: (text) => readPem(text) !== undefined,
}

/** IEEE 802.11, 9.4.2.2: bytes, and a letter may take several. */
const networkName: TextCheck = {
  expected: 'at most 32 bytes of UTF-8',
  fits: (text) => utf8Length(text) <= 32,
}

/** IEEE 802.11, J.4.1: a passphrase in ASCII, or the key itself. */
const networkPassword: TextCheck = {
  expected: 'empty, 8 to 63 ASCII characters, or 64 hexadecimal digits',
  fits: (text) => text === '' || /^([ -~]{8,63}|[0-9a-f]{64})$/i.test(text),
}

const pin: Field = { kind: 'integer', least: 0, most: 48, about: 'GPIO number' }

const pair: Readonly<Record<string, Field>> = {
  key: { kind: 'text', most: 256, about: 'The MQTT user name' },
  secret: { kind: 'text', most: 256, secret: true, about: 'The MQTT password' },
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
      check: brokerUrl,
      optional: true,
      about: 'Where the environment is custom',
    },
    ca: {
      kind: 'text',
      most: 8192,
      check: certificate,
      optional: true,
      about:
        "The only trust anchors for the broker's certificate, where they are not the usual ones",
    },
    site: { kind: 'text', most: 36, check: uuid, about: "The platform's id of the site" },
    credentials: { kind: 'group', of: pair, about: "The site's own (edge-cloud) credentials" },
    staged: {
      kind: 'group',
      of: pair,
      optional: true,
      about:
        'The next credentials: tried on a fresh connection, and in force once the broker takes them',
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
        ssid: { kind: 'text', most: 32, check: networkName, about: "The network's name" },
        password: {
          kind: 'text',
          most: 64,
          secret: true,
          check: networkPassword,
          default: '',
          about: 'Empty for an open network',
        },
      },
    },
    line: {
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
    },
    devices: {
      kind: 'list',
      least: 1,
      most: MOST_DEVICES,
      about: 'What is on the line',
      of: {
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
            check: uuid,
            optional: true,
            about: "The platform's id of the resource; only where the role is resource",
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
            about: 'What a full battery holds, in Wh, where its BMS does not know',
          },
          ctRatio: {
            kind: 'ratio',
            most: MAX_CT_RATIO,
            optional: true,
            about:
              'Of a current transformer that the meter does not know of: every power times this',
          },
          inverted: {
            kind: 'choice',
            of: [true, false],
            optional: true,
            about: 'Whether a current transformer is mounted the other way round',
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
            about: 'What the power of a meter that knows no direction is',
          },
        },
      },
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
      of: { kind: 'text', most: 261, check: timeServer, about: 'HOST or HOST:PORT' },
      // Public services that ask for no vendor zone (the pool does: facts/mqtt.md) and do not smear leap seconds.
      default: ['time.cloudflare.com', 'ntp.se', 'ptbtime1.ptb.de', 'ptbtime2.ptb.de'],
      about: 'NTP servers, up to 4: one liar of four is outvoted',
    },
  },
}

/** Splits `host`, `host:port`, `[v6]` or `[v6]:port`; undefined where it is none of these. */
export function hostAndPort(
  text: string,
  usualPort: number,
): { host: string; port: number } | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@?#[\]]+))(?::(\d{1,5}))?$/i.exec(text)
  if (!parts) return undefined
  const port = parts[3] === undefined ? usualPort : Number(parts[3])
  return port >= 1 && port <= 65535 ? { host: parts[1] ?? parts[2], port } : undefined
}
