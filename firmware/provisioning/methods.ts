/**
 * What an installer's tool can ask a dongle for: each call with its parameters and how long it may take. The dialogue checks
 * by this table, and that of docs/provisioning.md is made from it and from the words in tools/docs/dialogue.ts.
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

const yesOrNo: Field = { kind: 'choice', of: [true, false], default: false }
const seconds = (most: number): Field => ({ kind: 'integer', least: 1, most, optional: true })
const lineUsed: Field = { ...line, optional: true }

export interface Method {
  readonly params: Readonly<Record<string, Field>>
  /** From the call to its last reply. */
  readonly maxMs: number
}

const NONE: Method['params'] = {}

export const METHODS = {
  info: { params: NONE, maxMs: 2000 },
  status: {
    params: { everyS: seconds(60) },
    maxMs: FOLLOWED_MS,
  },
  'settings.get': { params: NONE, maxMs: 2000 },
  'settings.set': {
    params: {
      patch: { kind: 'object' },
      dryRun: yesOrNo,
    },
    maxMs: 10_000,
  },
  'wifi.scan': { params: NONE, maxMs: 15_000 },
  'bus.scan': {
    params: {
      units: {
        kind: 'list',
        of: { kind: 'integer', least: 0, most: MAX_UNIT },
        least: 1,
        most: MAX_UNIT,
        optional: true,
      },
      thorough: yesOrNo,
      line: lineUsed,
    },
    maxMs: FOLLOWED_MS,
  },
  'device.read': {
    params: {
      device,
      line: lineUsed,
      seconds: seconds(600),
    },
    maxMs: 660_000,
  },
  identify: { params: { seconds: seconds(60) }, maxMs: 2000 },
  'credentials.stage': { params: pair, maxMs: 10_000 },
  'credentials.commit': { params: NONE, maxMs: 60_000 },
  'credentials.cancel': { params: NONE, maxMs: 10_000 },
  test: { params: NONE, maxMs: 300_000 },
  log: { params: { follow: yesOrNo }, maxMs: FOLLOWED_MS },
  restart: { params: NONE, maxMs: 10_000 },
  reset: { params: NONE, maxMs: 10_000 },
  update: { params: NONE, maxMs: 10_000 },
  cancel: {
    params: { id: { kind: 'integer', least: 0, most: MAX_ID } },
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
