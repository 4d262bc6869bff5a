/** Named blobs that outlive power, and a write that power fails in the middle of. */
import type { Store } from '../../firmware/ports/store'
import type { FlashConditions } from './conditions'
import type { Life } from './life'
import { type Random, random as seeded } from './random'

/** What NVS on ESP32 takes, so that a name that works here works on the device. */
const MAX_NAME_CHARACTERS = 15

export interface FlashOptions {
  onWrite?(name: string, bytes: number): void
  /** Draws how far a write came in which power failed. */
  random?: Random
}

export class Flash implements Store {
  readonly blobs = new Map<string, Uint8Array>()
  readonly #onWrite: FlashOptions['onWrite']
  readonly #random: Random
  /** Asked at each write: whether power fails during it. The write then never returns to the firmware. */
  failsNow: () => boolean = () => false

  constructor({ onWrite, random = seeded(0) }: FlashOptions = {}) {
    this.#onWrite = onWrite
    this.#random = random
  }

  read(name: string): Uint8Array | undefined {
    return this.blobs.get(checkedName(name))?.slice()
  }

  write(name: string, bytes: Uint8Array): void {
    const old = this.blobs.get(checkedName(name))
    this.#onWrite?.(name, bytes.length)
    if (this.failsNow()) {
      this.blobs.set(name, this.#torn(old, bytes))
      throw new PowerFailed()
    }
    this.blobs.set(name, bytes.slice())
  }

  erase(name: string): void {
    this.blobs.delete(checkedName(name))
  }

  /** One bit changes, in each of these. */
  flip(names: readonly string[], random: Random): void {
    for (const name of names) {
      const bytes = this.blobs.get(name)
      if (!bytes) continue
      const bit = random.below(8 * bytes.length)
      bytes[bit >> 3] ^= 1 << (bit & 7)
    }
  }

  /** The first bytes of the new, then what was there before, or erased flash. */
  #torn(old: Uint8Array | undefined, bytes: Uint8Array): Uint8Array {
    const torn = new Uint8Array(bytes.length).fill(0xff)
    if (old && this.#random.chance(0.5)) torn.set(old.subarray(0, torn.length))
    torn.set(bytes.subarray(0, this.#random.below(bytes.length)))
    return torn
  }
}

/**
 * The flash as one life of the dongle finds it. The installer's tool finds it in order, and a life that is over writes
 * nothing more, though its turn may go on here.
 */
export function flashOf(life: Life, flash: Flash, conditions: () => FlashConditions): Store {
  const goesOn = (): FlashConditions => {
    if (!life.alive) throw new PowerFailed()
    return conditions()
  }
  return {
    read(name) {
      if (goesOn().unreadable?.test(name)) throw new Error('the flash cannot be read')
      return flash.read(name)
    },
    write(name, bytes) {
      if (goesOn().isFull) throw new Error('the flash takes nothing')
      flash.write(name, bytes)
    },
    erase(name) {
      goesOn()
      flash.erase(name)
    },
  }
}

/** Unwinds the firmware, whose run is over. */
export class PowerFailed extends Error {}

/** Throws for a name that no device takes. As a file's name, one that is taken stays in its folder. */
export function checkedName(name: string): string {
  if (!name || name.length > MAX_NAME_CHARACTERS || !/^\w[\w.-]*$/.test(name))
    throw new RangeError(
      `store: ${JSON.stringify(name)} is no name of 1 to ${MAX_NAME_CHARACTERS} letters, digits, dots or dashes`,
    )
  return name
}
