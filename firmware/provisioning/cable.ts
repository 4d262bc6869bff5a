/**
 * The dongle's end of the cable: a machine. One serial line carries the log as text, Improv, and the secure channel with the
 * dialogue inside. What the port does not take waits, within bounds: nobody need be at
 * the other end. docs/provisioning.md, "The line".
 */
import { utf8 } from '../core/bytes'
import { Ring } from '../core/ring'
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { WifiSettings } from '../ports/network'
import type { Store } from '../ports/store'
import { Dialogue } from './dialogue'
import { type ChannelOptions, type ChannelRefusal, refusal } from './frames'
import { type ImprovDevice, ImprovSession } from './improvsession'
import { encodeFragment, fragmentCount, LineReader } from './line'
import { encodeRecord, MAX_MESSAGE_BYTES, MessageReader, recordCount } from './messages'
import type { Call } from './methods'
import { NOTHING } from './noise'
import { Responder } from './responder'

/** Lines of the log that wait; the oldest give way. */
export const MAX_TEXTS = 16
/** Frames of the peer that wait while one of ours goes out: the longest message that there is, and one more. */
export const MAX_HEARD = recordCount(MAX_MESSAGE_BYTES) + 1
/** When what the port did not take is tried again: at 115,200 baud 576 bytes have left by then. */
export const RETRY_MS = 50
/** If it takes nothing for so long nobody reads: what waits is dropped, and the channel with it. */
export const MAX_DEAF_MS = 10_000

export type CableOutput =
  /** Say by taken() how many of them the port took. */
  | { kind: 'send'; bytes: Uint8Array }
  /** Answer by `dialogue`. */
  | Call
  | { kind: 'cancel'; id: number }
  /** Improv's (improvsession.ts). Answer by `improv`. */
  | { kind: 'scan' | 'give up' }
  | { kind: 'join'; wifi: WifiSettings }
  /** For the log. */
  | { kind: 'refused'; why: ChannelRefusal; waitMs: number }
  /** `until` is now if there is work to do that others should not have to wait for. */
  | { kind: 'wait'; until: MonotonicMs }

export interface CableOptions {
  /** Undefined if the device has no label. */
  channel: (ChannelOptions & { store: Store }) | undefined
  device: ImprovDevice
}

/** After any call, also of `improv` and `dialogue`, poll(now) until it answers 'wait'. */
export class CableSession {
  readonly improv: ImprovSession
  readonly dialogue = new Dialogue()
  readonly #responder: Responder | undefined
  readonly #reader = new LineReader(false)
  readonly #texts = new Ring<string>(MAX_TEXTS)
  readonly #wait = { kind: 'wait' as const, until: FOREVER }
  #isOpen = false
  #messages = new MessageReader()
  /** Frames since the channel last had nothing to do. */
  #heard = 0
  /** A message of which records are still to be sealed, from this one on. */
  #reply: Uint8Array | undefined
  #record = 0
  /** A frame of which fragments are still to be sent, from this one on. */
  #frame: Uint8Array | undefined
  #number = 0
  #fragment = 0
  /** What the port has not taken yet. */
  #bytes = NOTHING
  #retryAt = 0 as MonotonicMs
  #deafAt = FOREVER
  #isDeaf = false

  constructor({ channel, device }: CableOptions, now: MonotonicMs) {
    this.improv = new ImprovSession(device)
    this.#responder = channel && new Responder(channel, now)
  }

  /** Everything that there is to say has been taken. */
  get isSilent(): boolean {
    return this.#bytes.length === 0 && !this.#frame && !this.#reply && this.#texts.length === 0
  }

  /** `bytes` need not outlive the call. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    for (const item of this.#reader.take(bytes, now)) {
      if (item.kind === 'improv') this.improv.receive(item.packet, now)
      else if (item.kind === 'frame' && this.#heard < MAX_HEARD) {
        this.#heard++
        if (this.#responder) this.#responder.receive(item.bytes, now)
        else this.#begin(refusal('no label', 0))
      }
    }
  }

  /** A line of the log without its end. */
  log(text: string): void {
    this.#texts.push(text)
  }

  /** So many of the bytes that were sent last, from their start. */
  taken(count: number, now: MonotonicMs): void {
    const isAll = count >= this.#bytes.length
    this.#bytes = isAll || this.#isDeaf ? NOTHING : this.#bytes.subarray(count)
    this.#retryAt = later(now, RETRY_MS)
    if (isAll) this.#isDeaf = false
    if (count > 0) this.#deafAt = FOREVER
    else if (this.#deafAt === FOREVER) this.#deafAt = later(now, MAX_DEAF_MS)
  }

  poll(now: MonotonicMs): CableOutput {
    if (this.#bytes.length > 0) {
      if (now >= this.#deafAt) this.#drop(now)
      else if (now < this.#retryAt) return this.#waitUntil(this.#retryAt)
      else return { kind: 'send', bytes: this.#bytes }
    }
    for (;;) {
      if (this.#frame) return this.#send(this.#nextFragment(this.#frame))
      const text = this.#texts.shift()
      if (text !== undefined) return this.#send(utf8(`${text}\r\n`))
      const improv = this.improv.poll(now)
      if (improv.kind === 'send') return this.#send(improv.bytes)
      if (improv.kind !== 'wait') return improv
      const refused = this.#pollChannel(now)
      if (refused) return refused
      if (this.#frame) continue
      if (this.#reply) {
        this.#sealNext(this.#reply, now)
        continue
      }
      const dialogue = this.dialogue.poll(now)
      if (dialogue.kind === 'wait')
        return this.#waitUntil(earliest(improv.until, dialogue.until, this.#wait.until))
      if (dialogue.kind !== 'send') return dialogue
      if (this.#isOpen) this.#reply = dialogue.bytes
      this.#record = 0
    }
  }

  /** Until the channel has a frame for the line, something for the log, or nothing: then `#wait` has its deadline. */
  #pollChannel(now: MonotonicMs): CableOutput | undefined {
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
        case 'send':
          return this.#begin(output.bytes)
        case 'open':
          this.#isOpen = true
          continue
        case 'record': {
          const message = this.#messages.take(output.bytes)
          if (message === 'wrong') responder?.close(now)
          else if (message) this.dialogue.receive(message, now)
          continue
        }
        case 'refused':
          return output
        case 'wait':
          this.#wait.until = output.until
      }
      this.#heard = 0
      return undefined
    }
  }

  #sealNext(message: Uint8Array, now: MonotonicMs): void {
    this.#responder?.write(encodeRecord(message, this.#record), now)
    if (++this.#record === recordCount(message.length)) this.#reply = undefined
  }

  #begin(frame: Uint8Array): undefined {
    this.#frame = frame
    this.#fragment = 0
    this.#number = (this.#number + 1) & 0xff
  }

  #nextFragment(frame: Uint8Array): Uint8Array {
    const line = encodeFragment(frame, this.#number, this.#fragment)
    if (++this.#fragment === fragmentCount(frame.length)) this.#frame = undefined
    return line
  }

  #send(bytes: Uint8Array): CableOutput {
    this.#bytes = bytes
    return { kind: 'send', bytes }
  }

  #waitUntil(until: MonotonicMs): CableOutput {
    this.#wait.until = until
    return this.#wait
  }

  #drop(now: MonotonicMs): void {
    this.#isDeaf = true
    this.#deafAt = FOREVER
    this.#bytes = NOTHING
    this.#frame = undefined
    while (this.#texts.shift() !== undefined);
    this.#responder?.close(now)
  }
}
