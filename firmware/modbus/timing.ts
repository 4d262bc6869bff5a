/** How long frames and silences take on one serial line. Serial Line V1.02, 2.5.1.1. */

export class LineTiming {
  readonly #characterMs: number
  /** The silence that separates frames: 3.5 characters, and above 19200 baud a fixed 1.75 ms. */
  readonly silenceMs: number

  /** `characterBits`: 10 for 8N1, 11 with a parity bit or a second stop bit. */
  constructor(baud: number, characterBits: number) {
    if (!(baud > 0)) throw new RangeError(`baud: ${baud}`)
    this.#characterMs = (1000 * characterBits) / baud
    this.silenceMs = baud > 19_200 ? 1.75 : 3.5 * this.#characterMs
  }

  frameMs(bytes: number): number {
    return bytes * this.#characterMs
  }
}
