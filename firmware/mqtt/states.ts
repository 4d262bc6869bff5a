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

/** By a state and the one that may follow it: what causes the change. */
export const MQTT_TRANSITIONS: {
  readonly [from in StateName]: { readonly [to in StateName]?: string }
} = Object.freeze({
  stopped: Object.freeze({ backoff: 'start' }),
  backoff: Object.freeze({
    backoff: 'the network is back',
    opening: 'the backoff is over',
    stopped: 'stop',
  }),
  opening: Object.freeze({
    connecting: 'the transport is open',
    backoff: 'the transport failed',
    closing: 'too late, or stop',
  }),
  connecting: Object.freeze({
    connected: 'CONNACK accepts',
    backoff: 'the transport ended',
    closing: 'refused, an illegal packet, too late, or stop',
  }),
  connected: Object.freeze({
    backoff: 'the transport ended',
    closing: 'DISCONNECT, an illegal packet, no answer, or stop',
  }),
  closing: Object.freeze({
    closing: 'start or stop',
    backoff: 'the transport is closed',
    stopped: 'the transport is closed after stop',
  }),
})

/** Throws if the table has no such change. */
export function assertTransition(from: StateName, to: StateName): void {
  if (MQTT_TRANSITIONS[from][to] === undefined)
    throw new Error(`MQTT client: it cannot go from '${from}' to '${to}'`)
}
