/** How a device answers reads of what it does not have, which no map says and every maker does otherwise. */
import {
  ILLEGAL_ADDRESS,
  ILLEGAL_FUNCTION,
  ILLEGAL_VALUE,
  type ReadRegisters,
} from '../modbus/slave'
import type { Random } from '../random'

export interface Manner {
  readonly absent: 'zeros' | 'exception' | 'silence'
  /** So many registers between two of its map are there too, and read as 0. */
  readonly maxGap: number
}

export const LENIENT: Manner = { absent: 'zeros', maxGap: 0 }

/** Of a device that has to be read. */
export function drawManner(random: Random): Manner {
  const absent = (['zeros', 'zeros', 'silence', 'exception', 'exception'] as const)[random.below(5)]
  return { absent, maxGap: [0, 4, 12, 40][random.below(4)] }
}

/** The addresses of a device, by the code of the function that reads them. */
export class AddressSpace {
  readonly #manner: Manner
  readonly #maxRegisters: number
  readonly #barriers: readonly number[]
  readonly #present = new Map<number, Set<number>>()

  constructor(
    manner: Manner,
    { maxRegisters = 125, barriers = [] }: { maxRegisters?: number; barriers?: readonly number[] },
    registers: readonly { code: number; at: number; count: number }[],
  ) {
    this.#manner = manner
    this.#maxRegisters = maxRegisters
    this.#barriers = barriers
    const sorted = [...registers].sort((a, b) => a.at - b.at)
    for (const { code, at, count } of sorted) {
      const present = this.#present.get(code) ?? new Set()
      const last = Math.max(-1, ...present)
      // The gap before it, if it is small.
      const from = last >= 0 && at > last && at - last - 1 <= manner.maxGap ? last + 1 : at
      for (let i = from; i < at + count; i++) present.add(i)
      this.#present.set(code, present)
    }
  }

  has(code: number, at: number): boolean {
    return this.#manner.absent === 'zeros' || (this.#present.get(code)?.has(at) ?? false)
  }

  /** `wordAt`: undefined if no register of the map is there. */
  read(wordAt: (code: number, at: number) => number | undefined): ReadRegisters {
    const { absent } = this.#manner
    const refused = (exception: number) => (absent === 'silence' ? undefined : exception)
    return (code, start, count) => {
      if (count > this.#maxRegisters) return refused(ILLEGAL_VALUE)
      if (!this.#present.has(code) && absent !== 'zeros') return refused(ILLEGAL_FUNCTION)
      const end = start + count
      if (this.#barriers.some((barrier) => start < barrier && barrier < end))
        return refused(ILLEGAL_ADDRESS)
      const words: number[] = []
      for (let at = start; at < end; at++) {
        if (!this.has(code, at)) return refused(ILLEGAL_ADDRESS)
        words.push(wordAt(code, at) ?? 0)
      }
      return words
    }
  }
}
