/** What the platform knows of the device as a whole. */
import type { UnixMs } from '../core/time'
import type { LineSettings } from './bytestream'

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

/** GPIOs. */
export interface BoardPins {
  /** Of the board's own transceiver. */
  line?: NonNullable<LineSettings['pins']>
  /** Held high from the start. */
  high?: readonly number[]
  led?: number
  button?: number
}

export interface System {
  /** The device's own identity, which never changes (on ESP32 from its base MAC address). */
  readonly serial: string
  /** The record that the factory stored (settings/factory.ts); undefined if there is none, or no place for it. */
  factoryRecord?(): Uint8Array | undefined
  /** By ESP-IDF's name, such as esp32c3; undefined on a computer. */
  readonly chip?: string | undefined
  /** What the board has beside its chip; undefined on a computer. */
  readonly pins?: BoardPins | undefined
  /** When this firmware was built: no true time is earlier. */
  readonly builtAt: UnixMs
  /** What is left outside of XS; undefined if the platform does not say. */
  freeMemoryBytes?(): number | undefined
  /** Why this run began, if the platform can tell; `power on` if it cannot. */
  lastReset(): LastReset
  /** What the store held could not be read, and was erased when this run began. */
  storeWasErased?(): boolean
  /**
   * Asks that the device be restarted, from the first call on, if the next does not come within half a minute. Only if the
   * platform can.
   */
  feedWatchdog?(): void
  /** Starts the device anew; does not return on the device. */
  restart(why: string): void
}
