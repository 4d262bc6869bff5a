/** The topics that are published to, each checked and encoded once: what goes out every few seconds costs no more. */
import { utf8 } from '../core/bytes'
import { topicNameFault } from './packet/topic'

/** Those that the server has aliases for, as a rule; the oldest makes way. */
const MOST_KEPT = 16
/** A longer one is encoded each time, rather than held. */
const LONGEST_KEPT = 256

export class Topics {
  readonly #names: string[] = []
  readonly #encoded: Uint8Array[] = []
  #oldest = 0

  /** The topic's UTF-8, never to be written to; or in words what is wrong with it. */
  encode(name: string): Uint8Array | string {
    const at = this.#names.indexOf(name)
    if (at >= 0) return this.#encoded[at]
    const fault = topicNameFault(name)
    if (fault) return fault
    const encoded = utf8(name)
    if (encoded.length <= LONGEST_KEPT) this.#keep(name, encoded)
    return encoded
  }

  #keep(name: string, encoded: Uint8Array): void {
    const full = this.#names.length === MOST_KEPT
    const at = full ? this.#oldest : this.#names.length
    if (full) this.#oldest = (this.#oldest + 1) % MOST_KEPT
    this.#names[at] = name
    this.#encoded[at] = encoded
  }
}
