/** A serial line without wires: what is at its other end answers after the time that the bits would take. */
import type {
  ByteStream,
  ByteStreamEvents,
  LineSettings,
  SerialLine,
} from '../../firmware/ports/bytestream'

export interface MemoryLineOptions {
  /** The other end: a whole frame in, what comes back, or undefined for silence. */
  answer(frame: Uint8Array): Uint8Array | undefined
  /** How the other end is set: if the settings differ, both hear only noise. */
  baud?: number
  parity?: LineSettings['parity']
  /** From a request's last bit to its reply's first. A logged SDM630 takes some 40 ms. */
  turnaroundMs?: number
}

/** A UART's receive buffer is drained in pieces of this size. */
const FIFO_BYTES = 16

export class MemoryLine implements SerialLine {
  readonly #options: Required<MemoryLineOptions>

  constructor(options: MemoryLineOptions) {
    this.#options = { baud: 9600, parity: 'none', turnaroundMs: 40, ...options }
  }

  open(settings: LineSettings, { onBytes }: ByteStreamEvents): ByteStream {
    const { answer, baud, parity, turnaroundMs } = this.#options
    const understood = settings.baud === baud && settings.parity === parity
    const bits = 9 + (parity === 'none' ? 0 : 1) + settings.stopBits
    const characterMs = (bits * 1000) / baud
    const timers = new Set<NodeJS.Timeout>()
    const after = (ms: number, run: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        run()
      }, ms)
      timers.add(timer)
    }
    const deliver = (reply: Uint8Array) => {
      for (let start = 0; start < reply.length; start += FIFO_BYTES) {
        const piece = reply.slice(start, start + FIFO_BYTES)
        after(turnaroundMs + (start + piece.length) * characterMs, () => onBytes(piece))
      }
    }
    return {
      write(bytes) {
        const frame = bytes.slice()
        after(frame.length * characterMs, () => {
          const reply = understood ? answer(frame) : undefined
          if (reply) deliver(reply)
        })
      },
      close() {
        for (const timer of timers) clearTimeout(timer)
        timers.clear()
      },
    }
  }
}
