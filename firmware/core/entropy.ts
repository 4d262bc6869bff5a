/** Random numbers. Their source is a port; in tests it is a seed that is printed. */
import { u32 } from './bytes'

/** Bytes that cannot be guessed. */
export interface Entropy {
  fill(bytes: Uint8Array): void
}

/** A number in [0, 1) from 32 random bits. */
export function uniform(entropy: Entropy): number {
  return u32(random(entropy, 4), 0) / 0x1_0000_0000
}

export function random(entropy: Entropy, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  entropy.fill(bytes)
  return bytes
}
