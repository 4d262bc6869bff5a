/** What the dongle reports to a terminal view, a test or a log. Never a secret. */
import type { UnixMs } from '../core/time'
import type { MissedBy } from '../telemetry/telemetry'
import type { Press } from './presses'

/** `provisioning`: a phone is waited for. `holding`: after many restarts in a row it waits before its work begins. */
export type StateName =
  | 'unprovisioned'
  | 'provisioning'
  | 'holding'
  | 'joining'
  | 'synchronising'
  | 'connecting'
  | 'streaming'
export type WorkingState = Exclude<StateName, 'unprovisioned' | 'provisioning'>

export type Report =
  /** `why` is the last failure in words; empty if there was none. */
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
  /** The button: `provisioning` asks for the time in which an installer may hand settings over. */
  | { kind: 'pressed'; press: Press }
  /** Something worth a line in the log. */
  | { kind: 'log'; text: string }
