/** The topics that are published to, each checked and encoded once: a message every few seconds costs neither again. */
import { utf8 } from '../../core/bytes'
import { topicNameFault } from '../packet/topic'

/** A new one takes the place of the oldest. */
const MAX_KEPT = 16
/** A longer one is encoded each time, and not held. */
const MAX_KEPT_BYTES = 256

export class EncodedTopics {
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
    if (encoded.length <= MAX_KEPT_BYTES) this.#keep(name, encoded)
    return encoded
  }

  #keep(name: string, encoded: Uint8Array): void {
    const isFull = this.#names.length === MAX_KEPT
    const at = isFull ? this.#oldest : this.#names.length
    if (isFull) this.#oldest = (this.#oldest + 1) % MAX_KEPT
    this.#names[at] = name
    this.#encoded[at] = encoded
  }
}
