/**
 * The secure channel with the dialogue inside, for whatever carries its frames: a machine of the dongle's side, which cable and
 * radio share. docs/provisioning.md
 */
import { earliest, FOREVER, type MonotonicMs } from '../core/time'
import type { Store } from '../ports/store'
import { Dialogue } from './dialogue'
import { type ChannelOptions, type ChannelRefusal, refusal } from './frames'
import { encodeRecord, MAX_MESSAGE_BYTES, MessageReader, recordCount } from './messages'
import type { Call } from './methods'
import { Responder } from './responder'

/** Frames of the peer that wait while one of ours goes out: the longest message that there is, and one more. */
const MAX_HEARD = recordCount(MAX_MESSAGE_BYTES) + 1

export type SecureOutput =
  /** A frame. */
  | { kind: 'send'; bytes: Uint8Array }
  /** Answer by `dialogue`. */
  | Call
  | { kind: 'cancel'; id: number }
  /** For the log. */
  | { kind: 'refused'; why: ChannelRefusal; waitMs: number }
  /** `until` is now if there is work to do that others should not have to wait for. */
  | { kind: 'wait'; until: MonotonicMs }

/** After any call, also of `dialogue`, poll(now) until it answers 'wait'. */
export class SecureSession {
  readonly dialogue = new Dialogue()
  readonly #responder: Responder | undefined
  readonly #wait = { kind: 'wait' as const, until: FOREVER }
  #isOpen = false
  #messages = new MessageReader()
  /** Frames since the channel last had nothing to do. */
  #heard = 0
  /** A message of which records are still to be sealed, from this one on. */
  #reply: Uint8Array | undefined
  #record = 0
  #asksInVain = false

  /** `channel`: undefined if the device has no label. */
  constructor(channel: (ChannelOptions & { store: Store }) | undefined, now: MonotonicMs) {
    this.#responder = channel && new Responder(channel, now)
  }

  get isOpen(): boolean {
    return this.#responder?.isOpen === true
  }

  /** There is nothing to say, or no more of it. */
  get isSilent(): boolean {
    return !this.#reply && !this.#asksInVain
  }

  /** A frame, which may be overwritten. */
  receive(frame: Uint8Array, now: MonotonicMs): void {
    if (this.#heard === MAX_HEARD) return
    this.#heard++
    if (this.#responder) this.#responder.receive(frame, now)
    else this.#asksInVain = true
  }

  /** The other side is gone, or we want no more of it. */
  close(now: MonotonicMs): void {
    this.#responder?.close(now)
  }

  poll(now: MonotonicMs): SecureOutput {
    for (;;) {
      const output = this.#pollChannel(now)
      if (output) return output
      if (this.#reply) {
        this.#sealNext(this.#reply, now)
        continue
      }
      const said = this.dialogue.poll(now)
      if (said.kind === 'wait') {
        this.#wait.until = earliest(said.until, this.#wait.until)
        return this.#wait
      }
      if (said.kind !== 'send') return said
      if (this.#isOpen) this.#reply = said.bytes
      this.#record = 0
    }
  }

  /** Until the channel has a frame, something for the log, or nothing: then `#wait` has its deadline. */
  #pollChannel(now: MonotonicMs): SecureOutput | undefined {
    const responder = this.#responder
    this.#wait.until = FOREVER
    for (;;) {
      const output = responder?.poll(now)
      if (this.#isOpen && !responder?.isOpen) {
        this.#isOpen = false
        this.#reply = undefined
        this.#messages = new MessageReader()
        this.dialogue.end()
      }
      switch (output?.kind) {
        case 'open':
          this.#isOpen = true
          continue
        case 'record': {
          const message = this.#messages.take(output.bytes)
          if (message === 'wrong') responder?.close(now)
          else if (message) this.dialogue.receive(message, now)
          continue
        }
        case 'send':
        case 'refused':
          return output
        case 'wait':
          this.#wait.until = output.until
      }
      this.#heard = 0
      if (!this.#asksInVain) return undefined
      this.#asksInVain = false
      return { kind: 'send', bytes: refusal('no label', 0) }
    }
  }

  #sealNext(message: Uint8Array, now: MonotonicMs): void {
    this.#responder?.write(encodeRecord(message, this.#record), now)
    if (++this.#record === recordCount(message.length)) this.#reply = undefined
  }
}
