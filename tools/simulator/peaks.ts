/**
 * The peaks of what the machine used, from its instruments, while starting and while streaming; and of what it held: what was
 * in use behind a collection.
 */

/** On a 64-bit host; an ESP32's slot has 16. */
export const SLOT_BYTES = 32

interface Use {
  seconds: number
  slots: number
  chunkBytes: number
  stackBytes: number
  collections: number
}

export interface Held {
  slots: number
  chunkBytes: number
}

const none = (): Use => ({ seconds: 0, slots: 0, chunkBytes: 0, stackBytes: 0, collections: 0 })

export class Peaks {
  readonly #starting = none()
  readonly #streaming = none()
  /** Since `warm`. */
  #held: Held[] | undefined
  streaming = false
  nativeBytes = 0

  /** From now on what is held is looked at. */
  warm(): void {
    this.#held = []
  }

  /** To be called at the same moment of each tick. */
  hold(held: Held): void {
    this.#held?.push(held)
  }

  /** The least that was held in the first half and in the second: in some ticks, samples and requests wait. */
  growth(): { name: string; early: number; late: number }[] {
    const held = this.#held ?? []
    const half = held.length >> 1
    const least = (part: readonly Held[], key: keyof Held) =>
      Math.min(...part.map((use) => use[key]))
    return (['slots', 'chunkBytes'] as const).map((name) => ({
      name,
      early: least(held.slice(0, half), name),
      late: least(held.slice(half), name),
    }))
  }

  note(values: Map<string, number>): void {
    const use = this.streaming ? this.#streaming : this.#starting
    const value = (name: string) => values.get(name) ?? 0
    use.seconds++
    use.slots = Math.max(use.slots, value('Slot used') / SLOT_BYTES)
    use.chunkBytes = Math.max(use.chunkBytes, value('Chunk used'))
    use.stackBytes = Math.max(use.stackBytes, value('Stack used'))
    use.collections += value('Garbage collections')
  }

  lines(): string[] {
    return [
      line('starting', this.#starting),
      line('streaming', this.#streaming),
      `native stack: ${this.nativeBytes} bytes, GLib's and a debug build's among them`,
      `(slots of ${SLOT_BYTES} bytes on this host, of 16 on ESP32; peaks include garbage)`,
    ]
  }
}

function line(name: string, { seconds, slots, chunkBytes, stackBytes, collections }: Use): string {
  return (
    `${name.padEnd(9)} ${seconds} s: peak ${slots} slots, ${chunkBytes} chunk bytes, ` +
    `${stackBytes} stack bytes; ${collections} garbage collections`
  )
}
