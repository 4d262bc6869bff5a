/** A tool or page in virtual time, whatever carries its frames: it opens a channel, calls, and hears all that comes of it. */
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import type { ChannelOptions } from '../../firmware/provisioning/frames'
import { Initiator } from '../../firmware/provisioning/initiator'
import { encodeRecord, MessageReader, recordCount } from '../../firmware/provisioning/messages'

export interface Reply {
  id?: number
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
  method?: string
  params?: { id: number; value: unknown }
}

export class ChannelEnd {
  /** What the channel says of itself. */
  readonly channel: string[] = []
  readonly replies: Reply[] = []
  /** For how long no hello is looked at, by the last refusal. */
  waitMs = 0
  /** Where a test alters what is sent. */
  alter: (message: Uint8Array) => Uint8Array = (message) => message
  readonly #options: ChannelOptions
  readonly #send: (frame: Uint8Array) => void
  #messages = new MessageReader()
  #initiator: Initiator | undefined
  #id = 0

  constructor(options: ChannelOptions, send: (frame: Uint8Array) => void) {
    this.#options = options
    this.#send = send
  }

  get isOpen(): boolean {
    return this.#initiator?.isOpen === true
  }

  /** Begins a channel; `info` is the first record. */
  open(now: MonotonicMs): void {
    this.#messages = new MessageReader()
    this.#initiator = new Initiator(this.#options, now)
    this.#run(now)
  }

  call(method: string, params: object | undefined, now: MonotonicMs): number {
    const id = ++this.#id
    this.say(JSON.stringify({ jsonrpc: '2.0', id, method, params }), now)
    return id
  }

  say(text: string, now: MonotonicMs): void {
    const message = utf8(text)
    for (let i = 0; i < recordCount(message.length); i++)
      this.#initiator?.write(encodeRecord(message, i))
    this.#run(now)
  }

  /** As it is, whether it is part of a message or not. */
  record(bytes: Uint8Array, now: MonotonicMs): void {
    this.#initiator?.write(bytes)
    this.#run(now)
  }

  /** A frame of the dongle. */
  hear(frame: Uint8Array, now: MonotonicMs): void {
    this.#initiator?.receive(frame, now)
    this.#run(now)
  }

  /** The reply to that call, taken out; undefined if there is none yet. */
  reply(id: number): Reply | undefined {
    const at = this.replies.findIndex((reply) => reply.id === id)
    return at < 0 ? undefined : this.replies.splice(at, 1)[0]
  }

  #take(message: Uint8Array | 'wrong' | undefined): void {
    if (message === 'wrong') throw new Error('the dongle does not keep to the length that it told')
    if (message) this.replies.push(JSON.parse(readUtf8(message) ?? '') as Reply)
  }

  #run(now: MonotonicMs): void {
    for (;;) {
      const output = this.#initiator?.poll(now)
      switch (output?.kind) {
        case 'send':
          this.#send(this.alter(output.bytes.slice()))
          continue
        case 'open':
          this.channel.push('open')
          this.call('info', undefined, now)
          continue
        case 'record':
          this.#take(this.#messages.take(output.bytes))
          continue
        case 'refused':
          this.channel.push(`refused: ${output.why}`)
          this.waitMs = output.waitMs
          continue
        default:
          return
      }
    }
  }
}
