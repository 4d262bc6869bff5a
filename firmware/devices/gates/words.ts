/**
 * The two words of a 32-bit number in the wrong order. Of a small whole number they make a multiple of 65,536: 200 W are
 * 13,107,200. Of a float they make almost anything, half of it next to 0.
 */
import type { Register } from '../model'
import { scale } from '../value'

const WORD = 0x10000
/** A power of fewer words than this is one that devices come to, a multiple of a word or not. */
const MIN_WORDS = 16
/** Nor is it a mistake if it grows to a multiple: it was at least so much of it before. */
const MIN_SHARE = 0.5
/** No power in use is as close to 0, but a filter in the meter may come down to it: then the one before was small... */
const MIN_FLOAT_W = 1e-6
const SMALL_FLOAT_W = 10
/** ...or it stops at the last bits of a float and never comes to 0. */
const LAST_BITS_W = 1e-43

export class WordsGate {
  /** Of the registers that it looks at. */
  readonly #indexes: readonly number[]
  /** What MIN_WORDS are in the unit of each, 0 of a float; behind them their sizes when they passed last. */
  readonly #sizes: Float64Array

  constructor(registers: readonly Register[], indexes: readonly number[]) {
    this.#indexes = indexes.filter((i) => ['s32', 'u32', 'f32'].includes(registers[i].type))
    const count = this.#indexes.length
    this.#sizes = new Float64Array(2 * count)
    for (let i = 0; i < count; i++) {
      const { type, exponent } = registers[this.#indexes[i]]
      if (type === 'f32') this.#sizes[count + i] = SMALL_FLOAT_W
      else this.#sizes[i] = scale(MIN_WORDS * WORD, exponent)
    }
  }

  get isNeeded(): boolean {
    return this.#indexes.length > 0
  }

  areSwapped(values: Float64Array): boolean {
    const sizes = this.#sizes
    const count = this.#indexes.length
    for (let i = 0; i < count; i++) {
      const value = values[this.#indexes[i]]
      const large = sizes[i]
      // Written out: Math.abs() is a call.
      const size = value < 0 ? -value : value
      if (large === 0) {
        if (size < MIN_FLOAT_W && size > LAST_BITS_W && sizes[count + i] >= SMALL_FLOAT_W)
          return true
      } else if (size >= large && sizes[count + i] < MIN_SHARE * size && isMultiple(value, large))
        return true
      sizes[count + i] = size
    }
    return false
  }
}

/** Of a negative number the other word is -1. */
function isMultiple(value: number, large: number): boolean {
  const raw = Math.round((value / large) * MIN_WORDS * WORD)
  return raw % WORD === (raw < 0 ? -1 : 0)
}
