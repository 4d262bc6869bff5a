/** What the platform knows of the device as a whole. */
import type { UnixMs } from '../core/time'

/** `abort`: the engine gave up, memory or stack being full or an exception being nobody's. `outside`: a pin or a programmer. */
export type ResetCause =
  | 'power on'
  | 'restart'
  | 'outside'
  | 'abort'
  | 'panic'
  | 'interrupt watchdog'
  | 'task watchdog'
  | 'watchdog'
  | 'brownout'

export interface LastReset {
  cause: ResetCause
  /** What the run before could still say, without secrets; empty if nothing. */
  words: string
}

export interface System {
  /** The device's own identity, which never changes (on ESP32 from its base MAC address). */
  readonly serial: string
  /** By ESP-IDF's name, such as esp32c3; undefined on a computer. */
  readonly chip?: string | undefined
  /** When this firmware was built: no true time is earlier. */
  readonly builtAt: UnixMs
  /** What is left outside of XS; undefined if the platform does not say. */
  freeMemoryBytes?(): number | undefined
  /** Why this run began, if the platform can tell; `power on` if it cannot. */
  lastReset(): LastReset
  /** Starts the device anew; does not return on the device. */
  restart(why: string): void
}
