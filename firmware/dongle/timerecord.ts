/** The last known time and the crystal's error, over restarts: the floor of plausible time, and a head start. */
import type { UnixMs } from '../core/time'
import type { Store } from '../ports/store'
import { Journal } from '../settings/journal'

export interface KnownTime {
  utc: UnixMs
  driftPpm: number | undefined
}

const VERSION = 1
const BYTES = 16

export class TimeRecord {
  readonly #journal: Journal

  constructor(store: Store) {
    this.#journal = new Journal(store, 'time')
  }

  read(): KnownTime {
    const record = this.#journal.read()
    if (record?.version !== VERSION) return { utc: 0 as UnixMs, driftPpm: undefined }
    const view = new DataView(record.payload.buffer, record.payload.byteOffset, BYTES)
    return { utc: view.getFloat64(0) as UnixMs, driftPpm: view.getFloat64(8) }
  }

  write({ utc, driftPpm }: { utc: UnixMs; driftPpm: number }): void {
    const view = new DataView(new ArrayBuffer(BYTES))
    view.setFloat64(0, utc)
    view.setFloat64(8, driftPpm)
    this.#journal.write(VERSION, new Uint8Array(view.buffer))
  }
}
