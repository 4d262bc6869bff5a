/**
 * The secure channel over a cable: frames as lines of text, messages as records. The pump of
 * firmware/provisioning/initiator.ts on Node's streams and timers.
 */
import { randomFillSync } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { readUtf8 } from '../../../firmware/core/bytes'
import type { MonotonicMs } from '../../../firmware/core/time'
import {
  type ChannelRefusal,
  type Label,
  MAX_ANSWER_MS,
} from '../../../firmware/provisioning/frames'
import { Initiator } from '../../../firmware/provisioning/initiator'
import { encodeFragment, fragmentCount, LineReader } from '../../../firmware/provisioning/line'
import {
  encodeRecord,
  MAX_MESSAGE_BYTES,
  MessageReader,
  recordCount,
} from '../../../firmware/provisioning/messages'
import { noblePrimitives } from '../../noble/primitives'
import { Failure, type FailureKind } from './failure'

/** A timer that is longer overflows. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** A hello may have met a line that was begun, or a dongle that was starting. */
const MAX_HELLOS = 2

export interface ChannelEvents {
  onMessage(bytes: Uint8Array): void
  /** Once, if it was not closed by us. */
  onEnd(failure: Failure): void
}

const VERSION = 'Use the version of this tool that the dongle was made with.'

/** Also of dongles that know more refusals than this tool. */
const WORDS: { readonly [why: string]: readonly [FailureKind, string] } = {
  'wrong secret': ['secret', "the secret or the serial number is not this dongle's"],
  'too soon': ['secret', 'the dongle looks at no attempt yet, after one that failed'],
  'other version': ['refused', 'the dongle speaks another version of the secure channel'],
  'no channel': ['cable', 'the dongle has no channel with this tool any more: it was restarted'],
  'altered or lost record': ['cable', 'bytes were lost or altered on the cable'],
  'too many records': ['cable', 'the channel is used up'],
  'too late': ['silent', 'the dongle does not answer'],
  'no label': ['refused', 'no factory has given this dongle a label: nobody can open its channel'],
}

export class Channel {
  readonly #stream: Duplex
  readonly #label: Label
  readonly #reader = new LineReader(false)
  readonly #messages = new MessageReader()
  #initiator!: Initiator
  #timer: NodeJS.Timeout | undefined
  #number = 0
  #hellos = 0
  #mayWait = true
  #events: ChannelEvents | undefined
  #opened: ((result: Channel | Failure) => void) | undefined
  #isOver = false

  /** Undefined until it is open: then the user says its first message at once, or the dongle forgets the channel. */
  static open(stream: Duplex, label: Label): Promise<Channel | Failure> {
    return new Promise((resolve) => new Channel(stream, label, resolve))
  }

  private constructor(stream: Duplex, label: Label, opened: (result: Channel | Failure) => void) {
    this.#stream = stream
    this.#label = label
    this.#opened = opened
    stream.on('data', this.#onData)
    stream.on('close', this.#onGone)
    stream.on('end', this.#onGone)
    stream.on('error', this.#onGone)
    this.#hello()
  }

  listen(events: ChannelEvents): void {
    this.#events = events
  }

  send(message: Uint8Array): Failure | undefined {
    if (this.#isOver) return lost()
    if (message.length > MAX_MESSAGE_BYTES)
      return new Failure('settings', `the message has ${message.length} bytes`, {
        fix: `The dongle takes ${MAX_MESSAGE_BYTES} at once: fewer certificates in ca, or fewer devices.`,
      })
    for (let i = 0; i < recordCount(message.length) && this.#initiator.isOpen; i++)
      this.#initiator.write(encodeRecord(message, i))
    this.#run()
    return undefined
  }

  /** The stream stays open, and is the caller's. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#initiator.close()
    this.#stream.off('data', this.#onData)
    this.#stream.off('close', this.#onGone)
    this.#stream.off('end', this.#onGone)
    // 'error' is still listened to: without a listener it would end the process.
  }

  #hello(): void {
    this.#hellos++
    const options = {
      primitives: noblePrimitives,
      entropy: { fill: (bytes: Uint8Array) => void randomFillSync(bytes) },
      label: this.#label,
      transport: 'cable' as const,
    }
    this.#initiator = new Initiator(options, now())
    this.#run()
  }

  readonly #onData = (bytes: Uint8Array): void => {
    for (const item of this.#reader.take(bytes, now())) {
      if (item.kind !== 'frame' || this.#isOver) continue
      this.#initiator.receive(item.bytes, now())
      this.#run()
    }
  }

  readonly #onGone = (): void => this.#end(lost())

  #run(): void {
    clearTimeout(this.#timer)
    while (!this.#isOver) {
      const output = this.#initiator.poll(now())
      switch (output.kind) {
        case 'send':
          this.#write(output.bytes)
          break
        case 'open':
          this.#opened?.(this)
          this.#opened = undefined
          break
        case 'record':
          this.#record(output.bytes)
          break
        case 'refused':
          return this.#refused(output.why, output.waitMs)
        case 'wait': {
          const ms = Math.min(Math.max(0, output.until - now()), MAX_TIMER_MS)
          this.#timer = setTimeout(() => this.#run(), ms)
          return
        }
      }
    }
  }

  #record(bytes: Uint8Array): void {
    const message = this.#messages.take(bytes)
    if (message === 'wrong')
      this.#end(
        new Failure('refused', 'the dongle says its messages another way', { fix: VERSION }),
      )
    else if (message) this.#events?.onMessage(message)
  }

  #write(frame: Uint8Array): void {
    const number = this.#number++ & 0xff
    const lines: Uint8Array[] = []
    for (let i = 0; i < fragmentCount(frame.length); i++)
      lines.push(encodeFragment(frame, number, i))
    this.#stream.write(Buffer.concat(lines))
  }

  #refused(why: ChannelRefusal, waitMs: number): void {
    if (this.#opened && why === 'too soon' && this.#mayWait) {
      // Somebody else's attempt may have failed, or one of ours that was cut off.
      this.#mayWait = false
      this.#timer = setTimeout(() => this.#hello(), waitMs)
      return
    }
    if (this.#opened && why === 'too late' && this.#hellos < MAX_HELLOS) return this.#hello()
    const [kind, words] = WORDS[why] ?? ['refused', why]
    const retry = waitMs > 0 && kind === 'secret' ? { retryS: waitMs / 1000 } : {}
    const fix = FIXES[why]
    this.#end(new Failure(kind, words, { ...retry, ...(fix ? { fix } : {}) }))
  }

  #end(failure: Failure): void {
    if (this.#isOver) return
    this.close()
    this.#opened?.(failure)
    this.#opened = undefined
    this.#events?.onEnd(failure)
  }
}

const FIXES: { readonly [W in ChannelRefusal]?: string } = {
  'wrong secret': 'Compare the serial number on the label, and scan or type it again.',
  'too late': `Nobody answered ${MAX_HELLOS} times for ${MAX_ANSWER_MS / 1000} s. Is it a dongle, and is it the right port?`,
  'other version': VERSION,
}

function lost(): Failure {
  return new Failure('cable', 'the port is gone: was the cable pulled?')
}

function now(): MonotonicMs {
  return performance.now() as MonotonicMs
}

export function textOf(message: Uint8Array): string {
  return readUtf8(message) ?? ''
}
