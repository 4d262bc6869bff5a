/** Randomness that can be had again: every random test prints its seed, and SEED in the environment replays it. */
import type { Entropy } from '../../firmware/core/entropy'

export interface Random extends Entropy {
  readonly seed: number
  /** A number in [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  below(below: number): number
  chance(probability: number): boolean
}

/** mulberry32: 32 bits of state, good enough to draw faults with, for no other use. */
export function random(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  return {
    seed,
    next,
    below: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = next() * 256
    },
  }
}
