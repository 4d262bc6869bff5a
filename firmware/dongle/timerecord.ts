/** The last time that a TLS handshake confirmed and the crystal's error, over restarts: a floor, and a head start. */
import { Journal } from '../core/journal'
import type { UnixMs } from '../core/time'
import type { Store } from '../ports/store'

export interface KnownTime {
  utc: UnixMs
  driftPpm: number
}

const VERSION = 1
const BYTES = 16
/** How long a build may be in use, which the clock assumes as well. */
const LIFE_MS = 20 * 365.25 * 86_400_000

export class TimeRecord {
  readonly #journal: Journal

  constructor(store: Store) {
    this.#journal = new Journal(store, 'time')
  }

  /** A time that no device of this build can have seen is not taken: as the floor it would lock the true one out. */
  read(builtAt: UnixMs): KnownTime | undefined {
    const record = this.#journal.read()
    if (record?.version !== VERSION) return undefined
    const view = new DataView(record.payload.buffer, record.payload.byteOffset, BYTES)
    const utc = view.getFloat64(0) as UnixMs
    return utc - builtAt < LIFE_MS ? { utc, driftPpm: view.getFloat64(8) } : undefined
  }

  erase(): void {
    this.#journal.erase()
  }

  write({ utc, driftPpm }: KnownTime): void {
    const view = new DataView(new ArrayBuffer(BYTES))
    view.setFloat64(0, utc)
    view.setFloat64(8, driftPpm)
    this.#journal.write(VERSION, new Uint8Array(view.buffer))
  }
}
