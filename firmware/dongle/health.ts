/** How the dongle is, for a cable, a radio or a terminal that asks. Never a secret. */
import type { Ring } from '../core/ring'
import type { DeviceTraffic } from '../devices/query'
import type { OtherMasterHealth } from '../modbus/other'
import type { ClockState } from '../sntp/state'
import type { CredentialsHealth } from './credentials'
import type { Ticks } from './ledger'
import type { StateName } from './report'

export interface Health {
  state: StateName
  forMs: number
  /** The last failure of what the state waits for, in words; empty if there was none. */
  why: string
  ticks: Ticks
  clock: ClockState
  /** Why the network was lost last. */
  network: string
  credentials: CredentialsHealth
  /** Undefined if the board cannot tell. */
  signalDbm?: number | undefined
  freeMemoryBytes?: number | undefined
  line: { why: string; busyMs: number; roundMs: number; otherMaster: OtherMasterHealth }
  /** The newest lines, the latest last. */
  log: Ring<string>
  /** Why it was restarted, the latest last. */
  restarts: readonly string[]
  /** How many restarts were an assertion of ours that did not hold. */
  failedAssertions: number
  /** How many were a supply that sagged. */
  brownouts: number
  /** Latencies of the answers; the model is such as `auto: eastron-sdm120` once the device is identified. */
  devices: ({ model: string; unit: number; p50Ms: number; p99Ms: number } & DeviceTraffic)[]
}
