/** The last replies of a line, by their checksums: a gateway may bring one twice, and the copy answers no other request. */
import type { MonotonicMs } from '../core/time'

/** A second copy comes no later, as a rule. */
export const MAX_COPY_MS = 3000

/** Of a refusal, whose copy may come for any request. */
export const NO_ADDRESS = -1

/** A power of two. A reply takes the place of one whose checksum ends with the same bits. */
const SLOTS = 32

export class Copies {
  readonly #checksums = new Uint16Array(SLOTS)
  readonly #addresses = new Int32Array(SLOTS)
  /** Until when a copy of each may come. */
  readonly #until = new Float64Array(SLOTS)

  /** The reply to a request for the registers from `address` on has come. */
  note(checksum: number, address: number, now: MonotonicMs): void {
    const slot = checksum & (SLOTS - 1)
    this.#checksums[slot] = checksum
    this.#addresses[slot] = address
    this.#until[slot] = now + MAX_COPY_MS
  }

  /**
   * Whether what comes for `address` may be the copy of an earlier reply for another. It is taken for it once: the next that
   * is the same is not.
   */
  take(checksum: number, address: number, now: MonotonicMs): boolean {
    const slot = checksum & (SLOTS - 1)
    if (this.#until[slot] <= now || this.#checksums[slot] !== checksum) return false
    if (address !== NO_ADDRESS && this.#addresses[slot] === address) return false
    this.#until[slot] = 0
    return true
  }
}
