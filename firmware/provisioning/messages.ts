/**
 * Messages of the dialogue <-> records of the channel, which are shorter: the length of the message in two bytes, then the
 * message, in as many records as it takes. The channel loses nothing and mixes nothing up.
 */
import { putU16, u16 } from '../core/bytes'
import { MAX_RECORD_BYTES } from './frames'

const LENGTH_BYTES = 2
/** The largest settings that there are (settings/parse.ts), and what is around them. */
export const MAX_MESSAGE_BYTES = 7168

export class MessageReader {
  #message: Uint8Array | undefined
  #bytes = 0

  /**
   * The message that this record completes; undefined if there is more to come. An empty record is none. 'wrong' is a peer
   * that counts otherwise, with whom nothing can be spoken: the channel is to be closed.
   */
  take(record: Uint8Array): Uint8Array | 'wrong' | undefined {
    if (record.length === 0) return undefined
    let from = 0
    if (!this.#message) {
      const length = u16(record, 0)
      if (record.length < LENGTH_BYTES || length > MAX_MESSAGE_BYTES) return 'wrong'
      this.#message = new Uint8Array(length)
      this.#bytes = 0
      from = LENGTH_BYTES
    }
    const message = this.#message
    const end = this.#bytes + record.length - from
    if (end > message.length) return 'wrong'
    message.set(from > 0 ? record.subarray(from) : record, this.#bytes)
    this.#bytes = end
    if (end < message.length) return undefined
    this.#message = undefined
    return message
  }
}

/** Into how many records a message of so many bytes goes. */
export function recordCount(length: number): number {
  return Math.ceil((LENGTH_BYTES + length) / MAX_RECORD_BYTES)
}

/** The record `index` of a message. */
export function encodeRecord(message: Uint8Array, index: number): Uint8Array {
  const from = index * MAX_RECORD_BYTES - LENGTH_BYTES
  const to = Math.min(from + MAX_RECORD_BYTES, message.length)
  if (index > 0) return message.subarray(from, to)
  const record = new Uint8Array(LENGTH_BYTES + to)
  putU16(record, 0, message.length)
  record.set(message.subarray(0, to), LENGTH_BYTES)
  return record
}
