/** What the clock asks for, and what it tells of itself and of its time servers. */
import type { MonotonicMs, UnixMs } from '../core/time'
import type { Counters, ServerOutput, TimeServer } from './source'

export type ClockOutput =
  | ServerOutput
  /** The time is known, or was stepped: set the system clock. `aheadMs`: what was handed out before is later by this. */
  | { kind: 'synchronised'; utc: UnixMs; firstTime: boolean; aheadMs: number }
  /** Worth keeping over a restart: the floor of plausible time and what was learnt of the crystal. */
  | { kind: 'remember'; utc: UnixMs; driftPpm: number }
  | { kind: 'wait'; until: MonotonicMs }

export interface TimeServerReport extends TimeServer {
  readonly address: string | undefined
  readonly abandoned: boolean
  /** What is wrong with it, in words; empty if nothing is. */
  readonly trouble: string
  readonly counters: Readonly<Counters>
}

export type ClockState = {
  /** What it tells now; undefined if it does not know the time. */
  utc: UnixMs | undefined
  /** Why the last round brought nothing, in words; empty if it brought something. */
  trouble: string
  servers: readonly TimeServerReport[]
} & (
  | { kind: 'never' }
  /** How far off the last round found us, how far off we can be, and the server with the least distance. */
  | { kind: 'synchronised'; offsetMs: number; errorMs: number; server: string }
  | { kind: 'holdover'; since: MonotonicMs; errorMs: number }
)
