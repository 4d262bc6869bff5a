/** How the dongle is, for whoever asks: a cable, a radio, a terminal. Never a secret. */
import type { Ring } from '../core/ring'
import type { DeviceTraffic } from '../devices/query'
import type { ClockState } from '../sntp/clock'
import type { Turn } from './credentials'
import type { Ticks } from './ledger'
import type { StateName } from './report'

export interface CredentialsHealth {
  /** Whose turn it is; `staged` and `former` are on trial until the broker takes them. */
  inUse: Turn
  /** Why the broker refused the last staged pair; empty where it did not. */
  stagedRefused: string
}

export interface Health {
  state: StateName
  forMs: number
  /** The last failure of what the state waits for, in words; empty where there was none. */
  why: string
  ticks: Ticks
  clock: ClockState
  /** Why the network was lost last. */
  network: string
  credentials: CredentialsHealth
  /** Undefined where the board has none to tell. */
  signalDbm?: number | undefined
  freeMemoryBytes?: number | undefined
  line: { why: string; busyMs: number; roundMs: number }
  /** The newest lines, the latest last. */
  log: Ring<string>
  /** Why it was restarted, the latest last. */
  restarts: readonly string[]
  /** Latencies are of the answers, in ms; the model is `auto: eastron-sdm120` where the device has said it. */
  devices: ({ model: string; unit: number; p50Ms: number; p99Ms: number } & DeviceTraffic)[]
}
