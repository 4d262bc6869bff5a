/** The other end of a dongle's cable in virtual time: a tool that opens a channel and calls, and hears all that comes. */
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import type { ChannelOptions } from '../../firmware/provisioning/frames'
import { Initiator } from '../../firmware/provisioning/initiator'
import {
  encodeFragment,
  fragmentCount,
  type LineItem,
  LineReader,
} from '../../firmware/provisioning/line'
import { encodeRecord, MessageReader, recordCount } from '../../firmware/provisioning/messages'

export interface Reply {
  id?: number
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
  method?: string
  params?: { id: number; value: unknown }
}

export class ToolEnd {
  /** What the channel says of itself. */
  readonly channel: string[] = []
  readonly replies: Reply[] = []
  /** Texts and packets. */
  readonly heard: string[] = []
  /** For how long no hello is looked at, by the last refusal. */
  waitMs = 0
  /** Where a test alters what is sent. */
  alter: (message: Uint8Array) => Uint8Array = (message) => message
  readonly #options: ChannelOptions
  readonly #send: (bytes: Uint8Array) => void
  readonly #reader = new LineReader()
  #messages = new MessageReader()
  #initiator: Initiator | undefined
  #number = 0
  #id = 0

  constructor(options: ChannelOptions, send: (bytes: Uint8Array) => void) {
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

  receive(bytes: Uint8Array, now: MonotonicMs): void {
    for (const item of this.#reader.take(bytes, now)) {
      if (item.kind === 'frame') this.#initiator?.receive(item.bytes, now)
      else this.heard.push(...inShort([item]))
    }
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
          this.#send(encodeFrame(this.alter(output.bytes.slice()), this.#number++ & 0xff))
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

/** All lines of a frame. */
export function encodeFrame(frame: Uint8Array, number = 0): Uint8Array {
  const lines: number[] = []
  for (let i = 0; i < fragmentCount(frame.length); i++)
    lines.push(...encodeFragment(frame, number, i))
  return Uint8Array.from(lines)
}

/** The items in short: texts as they are, packets by type and data, frames by their length. */
export function inShort(items: readonly LineItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'text') return `text ${String.fromCharCode(...item.bytes)}`
    if (item.kind === 'frame') return `frame of ${item.bytes.length}`
    return item.packet ? `improv ${item.packet.type} ${item.packet.data.join(' ')}` : 'damaged'
  })
}
