/** What a dongle's radio on Node and its firmware on XS say to each other, as JSON. */
import type { MonotonicMs } from '../../firmware/core/time'

export type RadioCommand = { now: MonotonicMs } & (
  | { kind: 'boot'; serial: string; builtAt: number; factoryRecord: number[] }
  | { kind: 'connected' }
  | { kind: 'request'; bytes: number[]; mtu: number }
  | { kind: 'gone' }
  /** It is the time that was asked for. */
  | { kind: 'alarm' }
)

export interface RadioReply {
  /** When the next alarm is wanted, if one is. */
  until: number | undefined
  answer?: number[]
  /** The phone is to be disconnected. */
  drops?: boolean
  log: string[]
}
