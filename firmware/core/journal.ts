/**
 * One value in two slots of the store. A write goes to the slot that does not hold the newest whole value, so that a power
 * cut at any byte leaves the old value or the new one. A slot that cannot be read is one that holds nothing whole.
 */
import type { Store } from '../ports/store'
import { type Sealed, seal, unseal } from './sealed'

/** NVS names have at most 15 characters, of which two say the slot. */
const MAX_NAME_CHARACTERS = 13

export class Journal {
  readonly #store: Store
  readonly #names: readonly [string, string]
  /** Why a slot could not be read, in words; empty if none failed. */
  trouble = ''

  constructor(store: Store, name: string) {
    if (name.length > MAX_NAME_CHARACTERS)
      throw new RangeError(`${name}: at most ${MAX_NAME_CHARACTERS} characters`)
    this.#store = store
    this.#names = [`${name}.0`, `${name}.1`]
  }

  /** The newest whole value; undefined if there is none. `isMirrored`: both slots hold it, by the last `writeBoth`. */
  read(): { version: number; payload: Uint8Array; slot: number; isMirrored: boolean } | undefined {
    const { slot, value, other } = this.#newest()
    if (!value) return undefined
    const isMirrored = value.sequence % 2 === 1 && other?.sequence === value.sequence - 1
    return { version: value.version, payload: value.payload, slot, isMirrored }
  }

  write(version: number, payload: Uint8Array): void {
    const { slot, value } = this.#newest()
    const sequence = value ? (value.sequence + 1) >>> 0 : 0
    this.#put(value ? 1 - slot : 0, { version, sequence, payload })
  }

  /**
   * Into one slot after the other, so that neither holds what was before, and one that is damaged costs nothing. The first
   * has an even sequence, the second the odd one after it: a power cut between them shows.
   */
  writeBoth(version: number, payload: Uint8Array): void {
    const { slot, value } = this.#newest()
    const sequence = value ? ((value.sequence + 2) & ~1) >>> 0 : 0
    this.#put(1 - slot, { version, sequence, payload })
    this.#put(slot, { version, sequence: sequence + 1, payload })
  }

  /** The older value first: after a power cut between the two it must not count as the newest. */
  erase(): void {
    const { slot } = this.#newest()
    this.#store.erase(this.#names[1 - slot])
    this.#store.erase(this.#names[slot])
  }

  #put(slot: number, value: Sealed): void {
    const name = this.#names[slot]
    // NVS frees an old blob only after it has written the new one: without this there must be room for three.
    this.#store.erase(name)
    this.#store.write(name, seal(value))
  }

  #newest(): { slot: number; value: Sealed | undefined; other: Sealed | undefined } {
    const [a, b] = this.#names.map((name) => this.#read(name))
    // By their difference: the sequence wraps after 2^32 writes.
    const second = b && (!a || ((b.sequence - a.sequence) | 0) > 0)
    return second ? { slot: 1, value: b, other: a } : { slot: 0, value: a, other: b }
  }

  #read(name: string): Sealed | undefined {
    try {
      const bytes = this.#store.read(name)
      return bytes && unseal(bytes)
    } catch (error) {
      this.trouble = `${name}: ${error instanceof Error ? error.message : String(error)}`
      return undefined
    }
  }
}
