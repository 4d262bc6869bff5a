/**
 * One value in two slots of the store. A write goes to the slot that does not hold the newest whole value, so that a power
 * cut at any byte leaves the old value or the new one.
 */
import type { Store } from '../ports/store'
import { type Sealed, seal, unseal } from './sealed'

/** NVS names have at most 15 characters, of which two say the slot. */
const MAX_NAME_CHARACTERS = 13

export class Journal {
  readonly #store: Store
  readonly #names: readonly [string, string]

  constructor(store: Store, name: string) {
    if (name.length > MAX_NAME_CHARACTERS)
      throw new RangeError(`${name}: at most ${MAX_NAME_CHARACTERS} characters`)
    this.#store = store
    this.#names = [`${name}.0`, `${name}.1`]
  }

  /** The newest whole value; undefined if there is none. */
  read(): { version: number; payload: Uint8Array } | undefined {
    return this.#newest().value
  }

  write(version: number, payload: Uint8Array): void {
    const { slot, value } = this.#newest()
    const sequence = value ? (value.sequence + 1) >>> 0 : 0
    const name = this.#names[value ? 1 - slot : 0]
    // NVS frees an old blob only after it has written the new one: without this there must be room for three.
    if (value) this.#store.erase(name)
    this.#store.write(name, seal({ version, sequence, payload }))
  }

  /** Forgets the value before the newest. */
  forget(): void {
    const { slot, value } = this.#newest()
    if (value) this.#store.erase(this.#names[1 - slot])
  }

  /** The older value first: after a power cut between the two it must not count as the newest. */
  erase(): void {
    const { slot } = this.#newest()
    this.#store.erase(this.#names[1 - slot])
    this.#store.erase(this.#names[slot])
  }

  #newest(): { slot: number; value: Sealed | undefined } {
    const [a, b] = this.#names.map((name) => {
      const bytes = this.#store.read(name)
      return bytes && unseal(bytes)
    })
    // By their difference: the sequence wraps after 2^32 writes.
    const second = b && (!a || ((b.sequence - a.sequence) | 0) > 0)
    return second ? { slot: 1, value: b } : { slot: 0, value: a }
  }
}
