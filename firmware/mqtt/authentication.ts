/** Enhanced authentication: one method, its data passed through to the caller and back. MQTT 5.0, 4.12. */
import { FOREVER, type MonotonicMs } from '../core/time'
import { LARGEST_PACKET, TOO_LARGE } from './limits'
import { dataFault } from './options'
import type { Output } from './output'
import { CONTINUE_AUTHENTICATION, PROTOCOL_ERROR, REAUTHENTICATE } from './packet/codes'
import { type DisconnectOrAuth, writeAuth } from './packet/connect'
import type { Properties } from './packet/properties'
import type { Writer } from './packet/writer'

export class Authentication {
  readonly #method: string | undefined
  readonly #events: Output[]
  /** The server has asked and waits for the caller's answer. */
  #challenged = false
  /** While connected: when the last AUTH went out that has no answer yet. */
  #askedAt: MonotonicMs = FOREVER
  #maximumPacketSize = LARGEST_PACKET

  constructor({ method, events }: { method: string | undefined; events: Output[] }) {
    this.#method = method
    this.#events = events
  }

  reset(): void {
    this.#challenged = false
    this.#askedAt = FOREVER
  }

  get unansweredSince(): MonotonicMs {
    return this.#askedAt
  }

  /** An AUTH from the server. Each answers a reason code where the packet is illegal, else 0. */
  receive({ reason, properties }: DisconnectOrAuth, expected: boolean): number {
    const legal = this.#method !== undefined && (expected || this.#askedAt < FOREVER)
    // Before CONNACK only a challenge may come: success is the CONNACK itself.
    const finished = reason !== CONTINUE_AUTHENTICATION
    if (!legal || (expected && finished) || !this.#isOurs(properties)) return PROTOCOL_ERROR
    const data = properties?.authenticationData
    this.#askedAt = FOREVER
    this.#challenged = !finished
    this.#events.push({ kind: finished ? 'authenticated' : 'challenge', data })
    return 0
  }

  /** A CONNACK that accepts. */
  accepted(properties: Properties | undefined): number {
    if (!this.#isOurs(properties)) return PROTOCOL_ERROR
    const data = properties?.authenticationData
    if (this.#method !== undefined) this.#events.push({ kind: 'authenticated', data })
    this.reset()
    this.#maximumPacketSize = properties?.maximumPacketSize ?? LARGEST_PACKET
    return 0
  }

  /** The caller's answer to a challenge during the handshake, whose own deadline covers it. Words why not. */
  answer(data: Uint8Array | undefined, writer: Writer): string | undefined {
    if (!this.#challenged) return 'the server has asked nothing'
    const fault = dataFault(data)
    if (fault) return fault
    this.#challenged = false
    this.#write(writer, CONTINUE_AUTHENTICATION, data)
    return undefined
  }

  /** While connected: the answer to a challenge, or the caller's wish to authenticate anew (4.12.1). Words why not. */
  proceed(data: Uint8Array | undefined, writer: Writer, now: MonotonicMs): string | undefined {
    if (this.#method === undefined) return 'the connection was made without a method'
    if (this.#askedAt < FOREVER) return 'an authentication is under way'
    const fault = dataFault(data)
    if (fault) return fault
    const start = writer.length
    this.#write(writer, this.#challenged ? CONTINUE_AUTHENTICATION : REAUTHENTICATE, data)
    if (writer.length - start > this.#maximumPacketSize) {
      writer.length = start
      return TOO_LARGE
    }
    this.#askedAt = now
    return undefined
  }

  #write(writer: Writer, reason: number, authenticationData: Uint8Array | undefined): void {
    writeAuth(writer, reason, { authenticationMethod: this.#method, authenticationData })
  }

  #isOurs(properties: Properties | undefined): boolean {
    return properties?.authenticationMethod === this.#method
  }
}
