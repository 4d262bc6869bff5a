/**
 * The dongle's end of the cable: a machine. One serial line carries the log as text, Improv, and the secure channel with the
 * dialogue inside (securesession.ts). What the port does not take waits, within bounds: nobody need be at the other end.
 * docs/provisioning.md, "The line".
 */
import { utf8 } from '../core/bytes'
import { Ring } from '../core/ring'
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { WifiSettings } from '../ports/network'
import type { Store } from '../ports/store'
import type { Dialogue } from './dialogue'
import type { ChannelOptions } from './frames'
import { type ImprovDevice, ImprovSession } from './improvsession'
import { encodeFragment, fragmentCount, LineReader } from './line'
import { NOTHING } from './noise'
import { type SecureOutput, SecureSession } from './securesession'

/** Lines of the log that wait; the oldest give way. */
export const MAX_TEXTS = 16
/** When what the port did not take is tried again: at 115,200 baud 576 bytes have left by then. */
export const RETRY_MS = 50
/** If it takes nothing for so long nobody reads: what waits is dropped, and the channel with it. */
export const MAX_DEAF_MS = 10_000

export type CableOutput =
  /** Say by taken() how many of them the port took. */
  | { kind: 'send'; bytes: Uint8Array }
  /** Of the channel, but for its frames. Answer by `dialogue`. */
  | Exclude<SecureOutput, { kind: 'send' | 'wait' }>
  /** Improv's (improvsession.ts). Answer by `improv`. */
  | { kind: 'scan' | 'give up' }
  | { kind: 'join'; wifi: WifiSettings }
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
  readonly dialogue: Dialogue
  readonly #secure: SecureSession
  readonly #reader = new LineReader(false)
  readonly #texts = new Ring<string>(MAX_TEXTS)
  readonly #wait = { kind: 'wait' as const, until: FOREVER }
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
    this.#secure = new SecureSession(channel, now)
    this.dialogue = this.#secure.dialogue
  }

  /** Somebody who has the secret is there. */
  get isOpen(): boolean {
    return this.#secure.isOpen
  }

  /** Everything that there is to say has been taken. */
  get isSilent(): boolean {
    return (
      this.#bytes.length === 0 && !this.#frame && this.#secure.isSilent && this.#texts.length === 0
    )
  }

  /** `bytes` need not outlive the call. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    for (const item of this.#reader.take(bytes, now)) {
      if (item.kind === 'improv') this.improv.receive(item.packet, now)
      else if (item.kind === 'frame') this.#secure.receive(item.bytes, now)
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
      const output = this.#secure.poll(now)
      if (output.kind === 'wait') return this.#waitUntil(earliest(improv.until, output.until))
      if (output.kind !== 'send') return output
      this.#begin(output.bytes)
    }
  }

  #begin(frame: Uint8Array): void {
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
    this.#secure.close(now)
  }
}
