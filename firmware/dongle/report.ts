/** What the dongle tells whoever watches: a terminal view, a test, a log. Never a secret. */
import type { UnixMs } from '../core/time'
import type { MissedBy } from '../telemetry/telemetry'

/** `holding`: restarted too often, it waits before it tries again. */
export type StateName =
  | 'unprovisioned'
  | 'holding'
  | 'joining'
  | 'synchronising'
  | 'connecting'
  | 'streaming'

export type Report =
  /** `why` is the last failure in words, where there was one. */
  | { kind: 'state'; state: StateName; why: string }
  /** A tick of the grid has come: every stream owes a sample. */
  | { kind: 'due'; tick: number; at: UnixMs }
  /** What one device answered, or why it did not. */
  | {
      kind: 'read'
      tick: number
      device: number
      powerW?: number
      stateOfChargeWh?: number
      why?: string
    }
  /** A stream's `samples` up to that tick were written to the broker; `lateMs` after the newest one's tick. */
  | { kind: 'sent'; tick: number; stream: number; samples: number; lateMs: number }
  | { kind: 'acknowledged'; tick: number; stream: number; samples: number; lateMs: number }
  | { kind: 'missed'; tick: number; stream: number; by: MissedBy; why: string }
  /** Something worth a line in the log. */
  | { kind: 'log'; text: string }
