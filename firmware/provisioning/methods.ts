/**
 * What an installer's tool can ask a dongle for: each call with its parameters and how long it may take. The dialogue checks
 * by this table, and that of docs/provisioning.md is made from it.
 */
import { MAX_UNIT } from '../devices/config'
import type { LineSettings } from '../ports/bytestream'
import {
  type Credentials,
  type DeviceSettings,
  device,
  type Field,
  line,
  pair,
} from '../settings/schema'

/** Of a call: 31 bits. */
export const MAX_ID = 0x7fffffff

/** What is followed ends by itself: a tool that still wants it asks again. */
const FOLLOWED_MS = 3600_000

const yesOrNo = (about: string): Field => ({
  kind: 'choice',
  of: [true, false],
  default: false,
  about,
})
const seconds = (most: number, about: string): Field => ({
  kind: 'integer',
  least: 1,
  most,
  optional: true,
  about,
})
const lineUsed: Field = { ...line, optional: true, about: 'In place of the one in the settings' }

export interface Method {
  readonly params: Readonly<Record<string, Field>>
  /** From the call to its last reply. */
  readonly maxMs: number
}

const NONE: Method['params'] = {}

export const METHODS = {
  info: { params: NONE, maxMs: 2000 },
  status: {
    params: { everyS: seconds(60, 'Again and again, so many seconds apart') },
    maxMs: FOLLOWED_MS,
  },
  'settings.get': { params: NONE, maxMs: 2000 },
  'settings.set': {
    params: {
      patch: { kind: 'object', about: 'Members of the settings; null removes one' },
      dryRun: yesOrNo('Only say what is wrong'),
    },
    maxMs: 10_000,
  },
  'wifi.scan': { params: NONE, maxMs: 15_000 },
  'bus.scan': {
    params: {
      units: {
        kind: 'list',
        of: { kind: 'integer', least: 0, most: MAX_UNIT, about: 'Modbus unit' },
        least: 1,
        most: MAX_UNIT,
        optional: true,
        about: 'Only these; by default those that are usual',
      },
      thorough: yesOrNo('Ask for what any model has, not only for what most have'),
      line: { ...lineUsed, about: 'Only with these line settings; by default all usual ones' },
    },
    maxMs: FOLLOWED_MS,
  },
  'device.read': {
    params: {
      device,
      line: lineUsed,
      seconds: seconds(600, 'Twice a second for so long; once if left out'),
    },
    maxMs: 660_000,
  },
  identify: { params: { seconds: seconds(60, 'How long; 10 if left out') }, maxMs: 2000 },
  'credentials.stage': { params: pair, maxMs: 10_000 },
  'credentials.commit': { params: NONE, maxMs: 60_000 },
  'credentials.cancel': { params: NONE, maxMs: 10_000 },
  test: { params: NONE, maxMs: 300_000 },
  log: { params: { follow: yesOrNo('Each further line as well') }, maxMs: FOLLOWED_MS },
  restart: { params: NONE, maxMs: 10_000 },
  reset: { params: NONE, maxMs: 10_000 },
  update: { params: NONE, maxMs: 10_000 },
  cancel: {
    params: { id: { kind: 'integer', least: 0, most: MAX_ID, about: 'Of the call' } },
    maxMs: 2000,
  },
} as const satisfies Readonly<Record<string, Method>>

export type MethodName = keyof typeof METHODS

/** As the supervisor gets them: valid by the table. What a device or a patch has to be besides is for it to check. */
interface Params {
  status: { everyS?: number }
  'settings.set': { patch: Record<string, unknown>; dryRun: boolean }
  'bus.scan': { units?: number[]; thorough: boolean; line?: LineSettings }
  'device.read': { device: DeviceSettings; line?: LineSettings; seconds?: number }
  identify: { seconds?: number }
  'credentials.stage': Credentials
  log: { follow: boolean }
}

/** A call for the supervisor. */
export type Call = {
  [M in Exclude<MethodName, 'update' | 'cancel'>]: {
    kind: 'call'
    id: number
    method: M
    params: M extends keyof Params ? Params[M] : Record<string, never>
  }
}[Exclude<MethodName, 'update' | 'cancel'>]
