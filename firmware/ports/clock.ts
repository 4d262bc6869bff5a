/** Monotonic time, the system's clock and the one timer of the pump. */
import type { MonotonicMs, UnixMs } from '../core/time'

export interface Clock {
  /** Never jumps, never goes back, not even over 24.8 days on XS. */
  now(): MonotonicMs
  /** Sets the system's clock, which nothing of the firmware reads: for logs and whatever else the platform dates. */
  setSystemTime(utc: UnixMs): void
}

/** The one timer of the pump: `run` is called once, at `due` or as soon after it as the platform can. */
export interface Alarm {
  set(due: MonotonicMs, run: () => void): void
  clear(): void
}
