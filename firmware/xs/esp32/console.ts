/** The device's cable: UART 0 and, on chips that have it, USB; it answers on the one that was heard last. */
import type { Cable, OpenCable } from '../../ports/cable'
import { NativeCable, UART, USB } from './cable'

/** A packet of USB, half of a UART's FIFO. */
const PIECE_BYTES = 64

class DeviceCable implements Cable {
  #open: OpenLines | undefined

  /** What the line's own console says would then be in the midst of what the cable carries. */
  get isOpen(): boolean {
    return this.#open?.isOpen === true
  }

  open(onBytes: (bytes: Uint8Array) => void): OpenCable {
    this.#open = new OpenLines(onBytes)
    return this.#open
  }
}

export function deviceCable(): DeviceCable {
  return new DeviceCable()
}

class OpenLines implements OpenCable {
  readonly #buffer = new Uint8Array(PIECE_BYTES)
  readonly #onBytes: (bytes: Uint8Array) => void
  #lines: NativeCable[] = []
  #heard: NativeCable | undefined

  constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#onBytes = onBytes
    this.#open(UART)
    this.#open(USB)
    this.#heard = this.#lines[0]
    if (!this.#heard) throw new Error('no serial line is free')
  }

  /** A line that is not there or not free is none: the other may do. */
  #open(which: typeof UART | typeof USB): void {
    try {
      const line: NativeCable = new NativeCable(which, () => this.#read(line))
      this.#lines.push(line)
    } catch {}
  }

  get isOpen(): boolean {
    return this.#heard !== undefined
  }

  write(bytes: Uint8Array): number {
    return this.#heard?.write(bytes) ?? 0
  }

  close(): void {
    for (const line of this.#lines) line.close()
    this.#lines = []
    this.#heard = undefined
  }

  #read(line: NativeCable): void {
    // Looked up each time: what the bytes cause may close it.
    while (this.#lines.includes(line)) {
      const count = line.read(this.#buffer)
      if (count === 0) return
      this.#heard = line
      this.#onBytes(this.#buffer.subarray(0, count))
    }
  }
}
