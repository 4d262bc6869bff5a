/** The peaks of what the machine used, from its instruments, while starting and while streaming. */

/** On a 64-bit host; an ESP32's slot has 16. */
const SLOT_BYTES = 32

interface Use {
  seconds: number
  slots: number
  chunkBytes: number
  stackBytes: number
  collections: number
}

const none = (): Use => ({ seconds: 0, slots: 0, chunkBytes: 0, stackBytes: 0, collections: 0 })

export class Peaks {
  readonly #starting = none()
  readonly #streaming = none()
  /** Since `warm`: what was used each second. */
  #since: { slots: number; chunkBytes: number }[] | undefined
  streaming = false

  /** From now on what is held is looked at. */
  warm(): void {
    this.#since = []
  }

  /** The least that was held in the first half and in the second, which is what no collection frees. */
  growth(): { name: string; early: number; late: number }[] {
    const since = this.#since ?? []
    const half = since.length >> 1
    const least = (part: typeof since, key: 'slots' | 'chunkBytes') =>
      Math.min(...part.map((use) => use[key]))
    return (['slots', 'chunkBytes'] as const).map((name) => ({
      name,
      early: least(since.slice(0, half), name),
      late: least(since.slice(half), name),
    }))
  }

  note(values: Map<string, number>): void {
    const use = this.streaming ? this.#streaming : this.#starting
    const value = (name: string) => values.get(name) ?? 0
    use.seconds++
    this.#since?.push({ slots: value('Slot used') / SLOT_BYTES, chunkBytes: value('Chunk used') })
    use.slots = Math.max(use.slots, value('Slot used') / SLOT_BYTES)
    use.chunkBytes = Math.max(use.chunkBytes, value('Chunk used'))
    use.stackBytes = Math.max(use.stackBytes, value('Stack used'))
    use.collections += value('Garbage collections')
  }

  lines(): string[] {
    return [
      line('starting', this.#starting),
      line('streaming', this.#streaming),
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
