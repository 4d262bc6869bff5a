/** What the platform knows of the device as a whole. */
import type { UnixMs } from '../core/time'

export interface System {
  /** The device's own identity, which never changes (on ESP32 from its base MAC address). */
  readonly serial: string
  /** When this firmware was built: no true time is earlier. */
  readonly builtAt: UnixMs
  /** What is left outside of XS; undefined if the platform does not say. */
  freeMemoryBytes?(): number | undefined
  /** Starts the device anew; does not return on the device. */
  restart(why: string): void
}
