/**
 * What the firmware on XS and the ports on Node say to each other, defined once for both ends.
 * A message is JSON, then for those that carry bytes a NUL and the bytes as they are.
 */
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { Health } from '../../firmware/dongle/health'
import type { Report } from '../../firmware/dongle/report'
import type { LineSettings } from '../../firmware/ports/bytestream'
import type { WifiNetwork, WifiSettings } from '../../firmware/ports/network'
import type { LastReset } from '../../firmware/ports/system'
import type { Direction } from '../trace/entry'
import type { PrimitiveCall } from './primitives'

/** Ports that a board may have or not. */
export interface OptionalPorts {
  cable: boolean
  led: boolean
  button: boolean
  scan: boolean
}

/**
 * Node to XS, by handleCommand; no answer. `now` is when it happened, and the time for all that XS does about it.
 * A `stream` is a number that XS chose when it opened that line or connection: its late events are then known.
 * `roots`: the platform's trust anchors, each as a list of bytes. `traces`: whether Node wants what TLS carries.
 * `factoryRecord`: as a list of bytes.
 */
export type Command = { now: MonotonicMs } & (
  | {
      kind: 'boot'
      serial: string
      factoryRecord?: number[]
      builtAt: UnixMs
      lastReset: LastReset
      has: OptionalPorts
      roots: number[][]
      traces: boolean
    }
  | { kind: 'alarm' }
  | { kind: 'opened'; stream: number }
  | { kind: 'writable'; stream: number; room: number }
  /** With bytes. */
  | { kind: 'bytes'; stream: number }
  | { kind: 'closed'; stream: number; why: string }
  /** With bytes. */
  | { kind: 'datagram'; slot: number; address: string; port: number }
  | { kind: 'joined' }
  | { kind: 'lost'; why: string }
  | { kind: 'resolved'; question: number; address?: string; why: string }
  /** With bytes. */
  | { kind: 'cable' }
  | { kind: 'button'; isPressed: boolean }
  | { kind: 'scanned'; networks?: WifiNetwork[]; why: string }
  | { kind: 'stop' }
  /** Asks for the dongle's health, and collects garbage, so that what is left can be counted. */
  | { kind: 'check' }
)

/** XS to Node, by issueCommand. */
export type Question =
  | { kind: 'set alarm'; due: MonotonicMs }
  | { kind: 'clear alarm' }
  | { kind: 'open line'; stream: number; settings: LineSettings }
  | { kind: 'connect'; stream: number; address: string; port: number }
  /** With bytes: parts of these lengths. */
  | { kind: 'primitive'; question: PrimitiveCall; lengths: number[] }
  /** With bytes. */
  | { kind: 'write'; stream: number }
  | { kind: 'close'; stream: number }
  /** With bytes. */
  | { kind: 'ask'; slot: number; localPort: number; address: string; port: number }
  | { kind: 'close socket'; slot: number }
  | { kind: 'join'; wifi?: WifiSettings }
  | { kind: 'leave' }
  | { kind: 'resolve'; question: number; host: string }
  | { kind: 'set system time'; utc: UnixMs }
  | { kind: 'random'; length: number }
  | { kind: 'read'; name: string }
  /** With bytes. */
  | { kind: 'store'; name: string }
  | { kind: 'erase'; name: string }
  | { kind: 'restart'; why: string }
  | { kind: 'open cable' }
  /** With bytes. */
  | { kind: 'write cable' }
  | { kind: 'close cable' }
  | { kind: 'light'; isLit: boolean }
  | { kind: 'scan' }
  /** What TLS carries: `opened`, `closed` for a reason, or bytes that went that way. */
  | { kind: 'plaintext'; what: 'opened' | 'closed' | Direction; why?: string }
  | { kind: 'report'; report: Report }
  | { kind: 'health'; health?: Health }

/** Node's answer to every question; with bytes if they were asked for and are there. */
export interface Answer {
  /** Why it could not be done: the port threw. */
  why?: string
  /** To 'write', on TCP: how many more bytes it takes at once. */
  room?: number
  /** To 'write cable': how many bytes it took. */
  taken?: number
}

export interface Packed<T> {
  message: T
  bytes?: Uint8Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function pack<T>(message: T, bytes?: Uint8Array): Uint8Array {
  const text = encoder.encode(JSON.stringify(message))
  if (!bytes) return text
  const packed = new Uint8Array(text.length + 1 + bytes.length)
  packed.set(text)
  packed.set(bytes, text.length + 1)
  return packed
}

export function unpack<T>(packed: Uint8Array): Packed<T> {
  // JSON has no NUL of its own.
  const end = packed.indexOf(0)
  const text = end < 0 ? packed : packed.slice(0, end)
  const message = JSON.parse(decoder.decode(text)) as T
  return end < 0 ? { message } : { message, bytes: packed.slice(end + 1) }
}
