/** From power on to power off: what a port was asked for in one life never reaches the next. */
import type { Random } from './random'

export interface Life {
  alive: boolean
  /** The probability that lwIP and TLS find no memory for what they are asked; 0 if undefined. A restart gives it back. */
  noMemory?: number
}

/** For one allocation. */
export function lacksMemory({ noMemory = 0 }: Life, random: Random): boolean {
  return noMemory > 0 && random.chance(noMemory)
}
