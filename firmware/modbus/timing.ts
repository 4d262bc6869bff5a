/** How long frames and silences take on one serial line. Serial Line V1.02, 2.5.1.1. */
import type { LineSettings } from '../ports/bytestream'

export class LineTiming {
  readonly #characterMs: number
  /** The silence that separates frames: 3.5 characters, and above 19200 baud a fixed 1.75 ms. */
  readonly silenceMs: number

  constructor({ baud, parity, stopBits }: LineSettings) {
    if (!(baud > 0)) throw new RangeError(`baud: ${baud}`)
    // A start bit, 8 data bits, the parity bit, the stop bits.
    const characterBits = 9 + (parity === 'none' ? 0 : 1) + stopBits
    this.#characterMs = (1000 * characterBits) / baud
    this.silenceMs = baud > 19_200 ? 1.75 : 3.5 * this.#characterMs
  }

  frameMs(bytes: number): number {
    return bytes * this.#characterMs
  }
}
