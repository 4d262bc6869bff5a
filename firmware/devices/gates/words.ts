/**
 * The two words of a 32-bit number in the wrong order. Of a small whole number they make a multiple of 65,536: 200 W are
 * 13,107,200. Of a float they make almost anything, most often nothing that a power can be.
 */
import type { Register } from '../model'
import { scale } from '../value'

const WORD = 0x10000
/** No float that was computed from a power is as close to 0, but 0 itself. */
const MIN_FLOAT_W = 1e-12

export class WordsGate {
  /** Of the registers that it looks at. */
  readonly #indexes: readonly number[]
  /** What a word of each is in its unit; 0 of a float. */
  readonly #words: Float64Array
  /** Whether each was less than a word when it passed last. */
  readonly #wereSmall: boolean[]

  constructor(registers: readonly Register[], indexes: readonly number[]) {
    this.#indexes = indexes.filter((i) => ['s32', 'u32', 'f32'].includes(registers[i].type))
    this.#words = Float64Array.from(this.#indexes, (i) =>
      registers[i].type === 'f32' ? 0 : scale(WORD, registers[i].exponent),
    )
    this.#wereSmall = this.#indexes.map(() => true)
  }

  get isNeeded(): boolean {
    return this.#indexes.length > 0
  }

  areSwapped(values: Float64Array): boolean {
    for (let i = 0; i < this.#indexes.length; i++) {
      const value = values[this.#indexes[i]]
      const word = this.#words[i]
      // Written out: Math.abs() is a call.
      if (word === 0) {
        if (value < MIN_FLOAT_W && value > -MIN_FLOAT_W && value !== 0) return true
      } else if (value < word && value > -word) this.#wereSmall[i] = true
      else {
        // A number that grows past a word meets such a multiple once in 65,536 times.
        if (this.#wereSmall[i] && isMultiple(value, word)) return true
        this.#wereSmall[i] = false
      }
    }
    return false
  }
}

/** Of a negative number the other word is -1. */
function isMultiple(value: number, word: number): boolean {
  const raw = Math.round((value / word) * WORD)
  return raw % WORD === (raw < 0 ? -1 : 0)
}
