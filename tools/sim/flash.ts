/** Named blobs that outlive power, and a write that power fails in the middle of. */
import type { Store } from '../../firmware/ports/store'
import type { Random } from './random'

/** NVS on ESP32: names, and what fits into one blob with room for the others (facts/moddable.md, 5). */
const MOST_NAME = 15

export interface FlashEvents {
  onWrite(name: string, bytes: number): void
  onFault(what: string): void
}

export class Flash implements Store {
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #events: FlashEvents
  readonly #random: Random
  /** Asked at each write: whether power fails during it. The write then never returns to the firmware. */
  failsNow: () => boolean = () => false

  constructor(events: FlashEvents, random: Random) {
    this.#events = events
    this.#random = random
  }

  read(name: string): Uint8Array | undefined {
    return this.#blobs.get(name)?.slice()
  }

  write(name: string, bytes: Uint8Array): void {
    if (name.length === 0 || name.length > MOST_NAME) this.#events.onFault(`the name ${name}`)
    this.#events.onWrite(name, bytes.length)
    if (this.failsNow()) {
      this.#blobs.set(name, this.#torn(this.#blobs.get(name), bytes))
      throw new PowerFailed()
    }
    this.#blobs.set(name, bytes.slice())
  }

  erase(name: string): void {
    this.#blobs.delete(name)
  }

  /** The first bytes of the new, then what was there before, or erased flash. */
  #torn(old: Uint8Array | undefined, bytes: Uint8Array): Uint8Array {
    const torn = new Uint8Array(bytes.length).fill(0xff)
    if (old && this.#random.chance(0.5)) torn.set(old.subarray(0, torn.length))
    torn.set(bytes.subarray(0, this.#random.below(bytes.length)))
    return torn
  }
}

/** Unwinds the firmware, which is gone. */
export class PowerFailed extends Error {}
