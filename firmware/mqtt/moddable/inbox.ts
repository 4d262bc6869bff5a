/** Messages that came and were not read: one after the other, and no more than a few, so that the server waits for a slow reader. */
import Timer from 'timer'
import type { IncomingMessage } from '../output'
import { type Bytes, viewOf } from './options'

const MAX_UNREAD = 4
const NOTHING = new Uint8Array(0)

export class Inbox {
  readonly #onMessage: (message: IncomingMessage) => void
  /** The reader has caught up by itself, outside of `onMessage`. */
  readonly #onRead: () => void
  readonly #messages: IncomingMessage[] = []
  /** What is being read. */
  #payload: Uint8Array = NOTHING
  #isTelling = false
  #timer: Timer | undefined

  constructor(onMessage: (message: IncomingMessage) => void, onRead: () => void) {
    this.#onMessage = onMessage
    this.#onRead = onRead
  }

  get isFull(): boolean {
    return this.#messages.length >= MAX_UNREAD
  }

  push(message: IncomingMessage): void {
    this.#messages.push(message)
    this.#tell()
  }

  /** A new buffer of at most `into` bytes, or how many were put in the buffer given; undefined if nothing is there. */
  read(into?: number | Bytes): ArrayBuffer | number | undefined {
    const payload = this.#payload
    if (payload.length === 0) return undefined
    const buffer = typeof into === 'object' ? viewOf(into) : undefined
    const wanted = buffer ? buffer.length : ((into as number | undefined) ?? payload.length)
    const part = payload.subarray(0, wanted)
    this.#payload = payload.subarray(part.length)
    if (this.#payload.length === 0 && !this.#isTelling) this.#tellLater()
    if (!buffer) return part.slice().buffer as ArrayBuffer
    buffer.set(part)
    return part.length
  }

  close(): void {
    Timer.clear(this.#timer)
    this.#messages.length = 0
    this.#payload = NOTHING
  }

  /** Goes on for as long as each message is read at once. */
  #tell(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    try {
      while (this.#payload.length === 0) {
        const message = this.#messages.shift()
        if (!message) break
        this.#payload = message.payload
        this.#onMessage(message)
      }
    } finally {
      this.#isTelling = false
    }
  }

  /** Not before the reader has returned. */
  #tellLater(): void {
    this.#timer ??= Timer.set(() => {
      this.#timer = undefined
      this.#tell()
      this.#onRead()
    })
  }
}
