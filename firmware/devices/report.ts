/** What a device on the line comes to: a reading or the reason why there is none, and the traffic that it took. */
import type { MonotonicMs } from '../core/time'

export interface Measured {
  kind: 'measured'
  device: number
  powerW: number
  stateOfChargeWh?: number
  estimated?: boolean
  at: MonotonicMs
}
export interface Failed {
  kind: 'failed'
  device: number
  why: string
}
export type DeviceReport = Measured | Failed

export interface DeviceTraffic {
  requests: number
  timeouts: number
  crcErrors: number
  exceptions: number
}
