/** What the session answers to `poll`. */
import type { MonotonicMs } from '../core/time'
import type { QoS } from './packet/codes'
import type { Properties } from './packet/properties'

export type Output =
  /** Bring up the transport, TLS verified; `server` is where the last server sent us, if it did (4.11). */
  | { kind: 'open'; server?: string }
  /** Release the transport; nothing more is expected of it. */
  | { kind: 'close' }
  /** Write these bytes, which are valid until the next call. */
  | { kind: 'send'; bytes: Uint8Array }
  | { kind: 'connected'; sessionPresent: boolean; properties?: Properties }
  /** `why` for people, `reason` where the server gave a code; `retryAt` is FOREVER where the caller stopped. */
  | { kind: 'disconnected'; why: string; reason?: number; retryAt: MonotonicMs }
  /** A message was handed over for the first time. */
  | { kind: 'sent'; tag: number }
  /** The server has it (QoS 1 and 2), or took the request. */
  | { kind: 'acknowledged'; tag: number }
  /** The server does not want it. */
  | { kind: 'rejected'; tag: number; why: string }
  /** It expired before it was first sent, does not fit this server, or went with its session or connection. */
  | { kind: 'dropped'; tag: number; why: string }
  /** The answer to `subscribe` or `unsubscribe`: a reason code for each filter. */
  | { kind: 'granted'; tag: number; reasons: Uint8Array }
  | ({ kind: 'message' } & IncomingMessage)
  /** Answer with `authenticate`. */
  | { kind: 'challenge'; data: Uint8Array | undefined }
  | { kind: 'authenticated'; data: Uint8Array | undefined }
  /** Nothing to do before `until`, unless something arrives. */
  | { kind: 'wait'; until: MonotonicMs }

export interface IncomingMessage {
  topic: string
  payload: Uint8Array
  qos: QoS
  retain: boolean
  /** The server has sent it before; at QoS 2 the session has made sure that it was not delivered. */
  duplicate: boolean
  properties: Properties | undefined
}
