/**
 * One value in two slots of the store. A write goes to the slot that does not hold the newest whole value, so that a power
 * cut at any byte leaves the old value or the new one. A slot that cannot be read is one that holds nothing whole.
 */
import type { Store } from '../ports/store'
import { equalBytes } from './bytes'
import { type Sealed, seal, unseal } from './sealed'

/** NVS names have at most 15 characters, of which two say the slot. */
const MAX_NAME_CHARACTERS = 13

export class Journal {
  readonly #store: Store
  readonly #names: readonly [string, string]
  /** Why a slot could not be read the last time, in words; empty if none failed. */
  trouble = ''
  /** Something is there, and nothing of it is whole. */
  isDamaged = false

  constructor(store: Store, name: string) {
    if (name.length > MAX_NAME_CHARACTERS)
      throw new RangeError(`${name}: at most ${MAX_NAME_CHARACTERS} characters`)
    this.#store = store
    this.#names = [`${name}.0`, `${name}.1`]
  }

  /** The newest whole value; undefined if there is none. `isMirrored`: both slots hold it, by the last `writeBoth`. */
  read(): { version: number; payload: Uint8Array; slot: number; isMirrored: boolean } | undefined {
    const { slot, value, isMirrored } = this.#newest()
    return value && { version: value.version, payload: value.payload, slot, isMirrored }
  }

  write(version: number, payload: Uint8Array): void {
    const { slot, value } = this.#newest()
    this.#put(value ? 1 - slot : 0, seal({ version, sequence: after(value), payload }))
  }

  /**
   * The same into one slot after the other, so that neither holds what was before, and one that is damaged costs nothing.
   * A power cut between them leaves two that differ.
   */
  writeBoth(version: number, payload: Uint8Array): void {
    const { slot, value } = this.#newest()
    const sealed = seal({ version, sequence: after(value), payload })
    this.#put(1 - slot, sealed)
    this.#put(slot, sealed)
  }

  /** The older value first: after a power cut between the two it must not count as the newest. */
  erase(): void {
    const { slot } = this.#newest()
    this.#store.erase(this.#names[1 - slot])
    this.#store.erase(this.#names[slot])
  }

  #put(slot: number, sealed: Uint8Array): void {
    const name = this.#names[slot]
    // NVS frees an old blob only after it has written the new one: without this there must be room for three.
    this.#store.erase(name)
    this.#store.write(name, sealed)
  }

  #newest(): { slot: number; value: Sealed | undefined; isMirrored: boolean } {
    this.trouble = ''
    const first = this.#read(0)
    const second = this.#read(1)
    const isTwin = first !== undefined && second !== undefined && equalBytes(first, second)
    const a = first && unseal(first, isTwin)
    const b = isTwin ? a : second && unseal(second)
    this.isDamaged = !a && !b && (first ?? second) !== undefined
    if (isTwin) return { slot: 0, value: a, isMirrored: a !== undefined }
    // By their difference: the sequence wraps after 2^32 writes.
    const isSecond = b && (!a || ((b.sequence - a.sequence) | 0) > 0)
    return isSecond
      ? { slot: 1, value: b, isMirrored: false }
      : { slot: 0, value: a, isMirrored: false }
  }

  #read(slot: number): Uint8Array | undefined {
    const name = this.#names[slot]
    try {
      return this.#store.read(name)
    } catch (error) {
      this.trouble = `${name}: ${error instanceof Error ? error.message : String(error)}`
      return undefined
    }
  }
}

function after(value: Sealed | undefined): number {
  return value ? (value.sequence + 1) >>> 0 : 0
}
