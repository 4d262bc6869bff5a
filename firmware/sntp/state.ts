/** What the clock tells of itself and of its time servers. */
import type { MonotonicMs } from '../core/time'
import type { Counters, TimeServer } from './source'

export interface TimeServerReport extends TimeServer {
  readonly address: string | undefined
  readonly abandoned: boolean
  /** What is wrong with it, in words; empty if nothing is. */
  readonly trouble: string
  readonly counters: Readonly<Counters>
}

export type ClockState = {
  /** Why the last round brought nothing, in words; empty if it brought something. */
  trouble: string
  servers: readonly TimeServerReport[]
} & (
  | { kind: 'never' }
  /** How far off the last round found us, how far off we can be, and the server with the least distance. */
  | { kind: 'synchronised'; offsetMs: number; errorMs: number; server: string }
  | { kind: 'holdover'; since: MonotonicMs; errorMs: number }
)
