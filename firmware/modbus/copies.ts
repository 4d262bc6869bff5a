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

  /**
   * Whether a reply that comes for the registers from `address` on may be the copy of an earlier one. It is taken for it once:
   * the next that is the same is not. `isKnown`: the same came for `address` the last time, so that it is no copy of
   * another's. `ownCopies`: a copy of its own counts as well. What is no copy is noted.
   */
  take(
    checksum: number,
    address: number,
    isKnown: boolean,
    ownCopies: boolean,
    now: MonotonicMs,
  ): boolean {
    const slot = checksum & (SLOTS - 1)
    if (this.#until[slot] > now && this.#checksums[slot] === checksum) {
      const isOwn = address !== NO_ADDRESS && this.#addresses[slot] === address
      if (isOwn ? ownCopies : !isKnown) {
        this.#until[slot] = 0
        return true
      }
    }
    this.#checksums[slot] = checksum
    this.#addresses[slot] = address
    this.#until[slot] = now + MAX_COPY_MS
    return false
  }
}
