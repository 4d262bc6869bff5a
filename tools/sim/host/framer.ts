/**
 * Cuts the master's byte stream into frames. A pseudo-terminal keeps no timing inside a frame, so a frame is
 * whole when it has the 8 bytes of a read; silence starts anew, as t3.5 does on a wire.
 */

const MAX_REQUEST_BYTES = 256

export class RequestFramer {
  readonly #silenceMs: number
  readonly #held = new Uint8Array(MAX_REQUEST_BYTES)
  #length = 0
  #lastMs = 0

  constructor({ silenceMs }: { silenceMs: number }) {
    this.#silenceMs = silenceMs
  }

  /** Calls `onFrame` for each whole read in `bytes`, which came at `nowMs`. */
  receive(bytes: Uint8Array, nowMs: number, onFrame: (frame: Uint8Array) => void): void {
    if (nowMs - this.#lastMs >= this.#silenceMs) this.#length = 0
    this.#lastMs = nowMs
    for (const byte of bytes) {
      if (this.#length === MAX_REQUEST_BYTES) this.#length = 0
      this.#held[this.#length++] = byte
      if (this.#length < 8) continue
      onFrame(this.#held.slice(0, 8))
      this.#length = 0
    }
  }
}
