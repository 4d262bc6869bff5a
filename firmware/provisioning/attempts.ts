/**
 * How long no hello is looked at after those that came to nothing: a second, then twice as long each time, up to a minute.
 *
 * There is no lock. At 128 bits, a secret is not found by trying, at whatever pace, so that a lock would protect nothing;
 * but any neighbour with a radio could set it off, and only a call to the maker would undo it. The wait bounds what tries
 * cost the device, and each way in has its own: who floods the radio does not delay a cable.
 */
import { Journal } from '../core/journal'
import { later, type MonotonicMs } from '../core/time'
import type { Store } from '../ports/store'
import type { Transport } from './frames'

const FIRST_WAIT_MS = 1000
export const MAX_WAIT_MS = 60_000
/** With so many the wait is at its longest. More are not counted, so that a flood does not wear the flash. */
const MAX_COUNTED = 7
const VERSION = 1

export class Attempts {
  readonly #journal: Journal
  #failed = 0
  #until: MonotonicMs

  /** A restart does not shorten the wait: nobody knows how long it took, so it begins anew. */
  constructor(store: Store, transport: Transport, now: MonotonicMs) {
    this.#journal = new Journal(store, `tries.${transport}`)
    const record = this.#journal.read()
    if (record?.version === VERSION) this.#failed = Math.min(record.payload[0], MAX_COUNTED)
    this.#until = later(now, this.#longMs)
  }

  waitMs(now: MonotonicMs): number {
    return Math.max(0, this.#until - now)
  }

  failed(now: MonotonicMs): void {
    if (this.#failed < MAX_COUNTED) {
      this.#failed++
      keep(() => this.#journal.write(VERSION, Uint8Array.of(this.#failed)))
    }
    this.#until = later(now, this.#longMs)
  }

  succeeded(): void {
    if (this.#failed > 0) keep(() => this.#journal.erase())
    this.#failed = 0
  }

  get #longMs(): number {
    return this.#failed === 0 ? 0 : Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failed - 1))
  }
}

/** A flash that fails costs the count its next restart, and no more: the other side must not be able to end the firmware. */
function keep(write: () => void): void {
  try {
    write()
  } catch {}
}
