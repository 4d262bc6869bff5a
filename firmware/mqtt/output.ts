/** What the client answers to `poll`. */
import type { MonotonicMs } from '../core/time'
import type { QoS } from './packet/codes'
import type { Properties } from './packet/properties'

export type MqttOutput =
  /** Open the transport, TLS verified. `server` is where the last server sent us, if it did (4.11). */
  | { kind: 'open'; server?: string }
  /** Close the transport; `closed` need not be called for it. */
  | { kind: 'close' }
  /** Write these bytes, which are valid until the next call. */
  | { kind: 'send'; bytes: Uint8Array }
  | { kind: 'connected'; sessionPresent: boolean; properties?: Properties }
  /** `why` is for people, `reason` the server's code if it gave one; `retryAt` is FOREVER after `stop`. */
  | { kind: 'disconnected'; why: string; reason?: number; retryAt: MonotonicMs }
  /** The message was sent for the first time. */
  | { kind: 'sent'; tag: number }
  /** The server has the message (QoS 1 and 2). `reason` and `properties` are there if it said more than success. */
  | { kind: 'acknowledged'; tag: number; reason?: number; properties?: Properties }
  /** The server refuses the message: `why` is for people, `reason` its code. */
  | { kind: 'rejected'; tag: number; why: string; reason: number; properties?: Properties }
  /** The message expired before it was sent, does not fit this server or was lost with its session; or a request's connection ended. */
  | { kind: 'dropped'; tag: number; why: string }
  /** The answer to `subscribe` or `unsubscribe`: a reason code for each filter. */
  | { kind: 'granted'; tag: number; reasons: Uint8Array; properties?: Properties }
  | ({ kind: 'message' } & IncomingMessage)
  /** Answer with `authenticate`. */
  | { kind: 'challenge'; data: Uint8Array | undefined }
  | { kind: 'authenticated'; data: Uint8Array | undefined }
  /** Of a client in persistence/: the store fails, and a restart would find an older session than this one, or none. */
  | { kind: 'unkept'; why: string }
  /** There is nothing to do before `until`, unless something arrives. */
  | { kind: 'wait'; until: MonotonicMs }

export interface IncomingMessage {
  topic: string
  payload: Uint8Array
  qos: QoS
  retain: boolean
  /** The server had sent it before. QoS 2 is delivered only once nevertheless. */
  duplicate: boolean
  properties: Properties | undefined
}
