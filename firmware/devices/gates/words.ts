/**
 * The two words of a 32-bit number in the wrong order. Of a small whole number they make a multiple of 65,536: 200 W are
 * 13,107,200. Of a float they make almost anything, half of it next to 0.
 */
import type { Register } from '../model'
import { scale } from '../value'

const WORD = 0x10000
/** No power in use is as close to 0, but a filter in the meter may come down to it: then the one before was small... */
const MIN_FLOAT_W = 1e-6
const SMALL_FLOAT_W = 10
/** ...or it stops at the last bits of a float and never comes to 0. */
const LAST_BITS_W = 1e-43

export class WordsGate {
  /** Of the registers that it looks at. */
  readonly #indexes: readonly number[]
  /** What a word of each is in its unit; 0 of a float. */
  readonly #words: Float64Array
  /** Whether each was less than a word when it passed last, or a float next to 0. */
  readonly #wereSmall: boolean[]

  constructor(registers: readonly Register[], indexes: readonly number[]) {
    this.#indexes = indexes.filter((i) => ['s32', 'u32', 'f32'].includes(registers[i].type))
    this.#words = Float64Array.from(this.#indexes, (i) =>
      registers[i].type === 'f32' ? 0 : scale(WORD, registers[i].exponent),
    )
    this.#wereSmall = this.#indexes.map((i) => registers[i].type !== 'f32')
  }

  get isNeeded(): boolean {
    return this.#indexes.length > 0
  }

  areSwapped(values: Float64Array): boolean {
    for (let i = 0; i < this.#indexes.length; i++) {
      const value = values[this.#indexes[i]]
      const word = this.#words[i]
      const small = word === 0 ? SMALL_FLOAT_W : word
      // Written out: Math.abs() is a call.
      const isSmall = value < small && value > -small
      if (this.#wereSmall[i] !== isSmall) {
        if (word === 0 ? isSmall && isNextToZero(value) : !isSmall && isMultiple(value, word))
          return true
        this.#wereSmall[i] = isSmall
      }
    }
    return false
  }
}

function isNextToZero(value: number): boolean {
  const size = Math.abs(value)
  return size < MIN_FLOAT_W && size > LAST_BITS_W
}

/**
 * A number that grows past a word meets such a multiple once in 65,536 times. Of a negative number the other word is -1.
 */
function isMultiple(value: number, word: number): boolean {
  const raw = Math.round((value / word) * WORD)
  return raw % WORD === (raw < 0 ? -1 : 0)
}
