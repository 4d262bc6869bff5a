/**
 * The dongle's end of the radio: a machine. Each request of the phone is answered with the next part of what there is to say.
 * What a phone does wrong costs its connection. docs/provisioning.md, "The radio"
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { Store } from '../ports/store'
import type { Dialogue } from './dialogue'
import type { ChannelOptions } from './frames'
import { type GattItem, GattReader, GattWriter, valueBytes } from './gatt'
import { type SecureOutput, SecureSession } from './securesession'

/**
 * For the channel to be open, and for the next request while a frame is being read. There is one connection, and whoever keeps it
 * for nothing keeps the installer out.
 */
export const MAX_SILENT_MS = 30_000

export type DropReason = 'silent' | (GattItem & { kind: 'wrong' })['why']

export type RadioOutput =
  /** What is to be read from now on. */
  | { kind: 'respond'; bytes: Uint8Array }
  /** The phone is to be disconnected. */
  | { kind: 'drop'; why: DropReason }
  /** Of the channel, but for its frames. Answer by `dialogue`. */
  | Exclude<SecureOutput, { kind: 'send' | 'wait' }>
  /** `until` is now if there is work to do that others should not have to wait for. */
  | { kind: 'wait'; until: MonotonicMs }

interface Connection {
  readonly reader: GattReader
  readonly writer: GattWriter
  silentAt: MonotonicMs
  /** Number of the request that is to be answered, and how large the answer may be. */
  asked: number | undefined
  maxBytes: number
  wrong: DropReason | undefined
}

/** After any call, also of `dialogue`, poll(now) until it answers 'wait'. */
export class RadioSession {
  readonly dialogue: Dialogue
  readonly #secure: SecureSession
  readonly #wait = { kind: 'wait' as const, until: FOREVER }
  #connection: Connection | undefined

  /** `channel`: undefined if the device has no label. */
  constructor(channel: (ChannelOptions & { store: Store }) | undefined, now: MonotonicMs) {
    this.#secure = new SecureSession(channel, now)
    this.dialogue = this.#secure.dialogue
  }

  /** Somebody who has the secret is there. */
  get isOpen(): boolean {
    return this.#secure.isOpen
  }

  /** Everything that there is to say has been asked for. */
  get isSilent(): boolean {
    return this.#secure.isSilent && !this.#connection?.writer.isBusy
  }

  /** A phone. There is one at most. */
  connected(now: MonotonicMs): void {
    this.#connection = {
      reader: new GattReader(),
      writer: new GattWriter(),
      silentAt: later(now, MAX_SILENT_MS),
      asked: undefined,
      maxBytes: 0,
      wrong: undefined,
    }
  }

  gone(now: MonotonicMs): void {
    this.#connection = undefined
    this.#secure.close(now)
  }

  /** `bytes` need not outlive the call. */
  receive(bytes: Uint8Array, mtu: number, now: MonotonicMs): void {
    const connection = this.#connection
    if (!connection) return
    const item = connection.reader.take(bytes)
    // A repeated one has its answer already, or gets it at the next poll.
    if (item.kind === 'repeated') return
    if (item.kind === 'wrong') {
      connection.wrong ??= item.why
      return
    }
    if (item.kind === 'frame') this.#secure.receive(item.bytes, now)
    if (this.#secure.isOpen) connection.silentAt = later(now, MAX_SILENT_MS)
    connection.asked = bytes[0]
    connection.maxBytes = valueBytes(mtu)
  }

  poll(now: MonotonicMs): RadioOutput {
    const connection = this.#connection
    const wrong = connection && this.#wrong(connection, now)
    if (wrong) {
      this.gone(now)
      return { kind: 'drop', why: wrong }
    }
    const writer = connection?.writer
    let until = FOREVER
    while (!writer?.isBusy) {
      const output = this.#secure.poll(now)
      if (output.kind === 'wait') {
        until = output.until
        break
      }
      if (output.kind !== 'send') return output
      writer?.begin(output.bytes)
    }
    if (connection && writer) {
      const { asked, maxBytes } = connection
      if (asked !== undefined) {
        connection.asked = undefined
        return { kind: 'respond', bytes: writer.next(asked, maxBytes) }
      }
      if (this.#mustNotBeSilent(connection)) until = earliest(until, connection.silentAt)
    }
    this.#wait.until = until
    return this.#wait
  }

  #wrong(connection: Connection, now: MonotonicMs): DropReason | undefined {
    const isSilent = this.#mustNotBeSilent(connection) && now >= connection.silentAt
    return connection.wrong ?? (isSilent ? 'silent' : undefined)
  }

  #mustNotBeSilent({ writer }: Connection): boolean {
    return writer.isBusy || !this.#secure.isOpen
  }
}
