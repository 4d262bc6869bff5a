/** The states of the client, and the table of every change between them. */
import { FOREVER, type MonotonicMs } from '../core/time'
import type { Connection } from './connection/connection'

/** So long a transport that takes nothing may hold up the goodbye. */
export const MAX_CLOSING_MS = 2000

export type ClientState =
  /** Until `start`. */
  | { kind: 'stopped'; until: MonotonicMs; connection?: undefined }
  /** Until the next attempt. */
  | { kind: 'backoff'; until: MonotonicMs; connection?: undefined }
  /** The transport is being opened. */
  | { kind: 'opening'; until: MonotonicMs; connection?: undefined }
  /** CONNECT was written, CONNACK has not come. */
  | { kind: 'connecting'; until: MonotonicMs; connection: Connection }
  /** The connection has deadlines of its own. */
  | { kind: 'connected'; connection: Connection }
  /** What is written is still sent if the transport takes it in time, then it is closed. `retryAt` is FOREVER after `stop`. */
  | {
      kind: 'closing'
      until: MonotonicMs
      connection: Connection | undefined
      why: string
      reason: number | undefined
      retryAt: MonotonicMs
    }

type StateName = ClientState['kind']

export const STOPPED: ClientState = Object.freeze({ kind: 'stopped', until: FOREVER })

/** By a state: those that may follow it. What causes each change is in tools/docs/causes.ts. */
export const MQTT_TRANSITIONS: { readonly [from in StateName]: readonly StateName[] } = {
  stopped: ['backoff'],
  backoff: ['backoff', 'opening', 'stopped'],
  opening: ['connecting', 'backoff', 'closing'],
  connecting: ['connected', 'backoff', 'closing'],
  connected: ['backoff', 'closing'],
  closing: ['closing', 'backoff', 'stopped'],
}

/** Throws if the table has no such change. */
export function assertTransition(from: StateName, to: StateName): void {
  if (MQTT_TRANSITIONS[from].indexOf(to) < 0)
    throw new Error(`MQTT client: it cannot go from '${from}' to '${to}'`)
}
