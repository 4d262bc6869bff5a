/** Writes the packets of one connection within its server's limits, which are held here and nowhere else. */
import { FOREVER, type MonotonicMs } from '../../core/time'
import { type ServerLimits, TOO_LARGE, UNLIMITED } from '../limits'
import { writeAcknowledgement } from '../packet/acknowledge'
import { MESSAGE_RATE_TOO_HIGH, SUCCESS } from '../packet/codes'
import {
  type Connect,
  writeAuth,
  writeConnect,
  writeDisconnect,
  writeGoodbye,
  writePingreq,
} from '../packet/connect'
import type { Properties } from '../packet/properties'
import { type TopicAlias, writePublish } from '../packet/publish'
import { illegal } from '../packet/reason'
import { writeSubscribe, writeUnsubscribe } from '../packet/subscribe'
import type { Writer } from '../packet/writer'
import type { PacketIds } from '../session/ids'
import type { OutgoingMessage, SessionSender } from '../session/outgoing'
import { OutboundAliases } from './aliases'
import {
  type PendingRequest,
  PendingRequests,
  type SubscribeRequest,
  subscribeRejection,
  type UnsubscribeRequest,
  unsubscribeRejection,
} from './requests'

/** Enough to fill a TCP segment: what is left goes with the next send. */
const SEGMENT_BYTES = 1400
/** Far more than an honest server calls for. */
const MAX_UNSENT_BYTES = 16_384
export const OVERFULL = Object.freeze(
  illegal(MESSAGE_RATE_TOO_HIGH, 'more packets than can be taken'),
)

export class PacketSender implements SessionSender {
  /** From CONNACK on; nothing is known before it. */
  limits: ServerLimits = UNLIMITED
  readonly requests = new PendingRequests()
  /** How many bytes the transport takes now. */
  room = Number.POSITIVE_INFINITY
  readonly #writer: Writer
  readonly #tellsExpiry: boolean
  #aliases: OutboundAliases | undefined

  constructor(writer: Writer, tellsExpiry: boolean) {
    this.#writer = writer
    this.#tellsExpiry = tellsExpiry
    writer.clear()
  }

  /** CONNACK has come. `aliasCapacity` is the most aliases that the client has room for. */
  accepted(limits: ServerLimits, aliasCapacity: number): void {
    this.limits = limits
    const maximum = Math.min(limits.topicAliasMaximum, aliasCapacity)
    if (maximum > 0) this.#aliases = new OutboundAliases(maximum)
  }

  get hasRoom(): boolean {
    const { length } = this.#writer
    return length < SEGMENT_BYTES && length < this.room
  }

  /** Something was written and not taken yet. */
  get isPending(): boolean {
    return this.#writer.length > 0
  }

  /** More was written than a server may call for before it reads again. */
  get isOverfull(): boolean {
    return this.#writer.length > MAX_UNSENT_BYTES
  }

  /** What was written and the transport takes now; undefined if that is nothing. Valid until the next call. */
  take(): Uint8Array | undefined {
    return this.#writer.length > 0 ? this.#writer.take(this.room) : undefined
  }

  /** What was not taken yet is never sent. */
  discard(): void {
    this.#writer.clear()
  }

  connect(connect: Connect): void {
    writeConnect(this.#writer, connect)
  }

  ping(): void {
    writePingreq(this.#writer)
  }

  disconnect(reason: number): void {
    writeDisconnect(this.#writer, reason)
  }

  goodbye(withWill: boolean, endSession: boolean): void {
    writeGoodbye(this.#writer, withWill, endSession)
  }

  acknowledge(type: number, id: number, reason = SUCCESS): void {
    writeAcknowledgement(this.#writer, type, id, reason)
  }

  /** False, with nothing written, if the server does not take a packet of this size. */
  auth(reason: number, properties: Properties): boolean {
    const start = this.#writer.length
    writeAuth(this.#writer, reason, properties)
    return this.#fits(start)
  }

  publish(message: OutgoingMessage, now: MonotonicMs): boolean {
    const aliases = this.#aliases
    // What is resent carries its topic in full: its alias was another connection's.
    if (aliases && !message.duplicate) {
      aliases.choose(message.topicName)
      if (this.#publish(message, now, aliases)) return true
      aliases.forget()
    }
    return this.#publish(message, now)
  }

  /** Both answer in words why not. */
  subscribe(request: SubscribeRequest, ids: PacketIds, now: MonotonicMs): string | undefined {
    const why = this.requests.rejection ?? subscribeRejection(request, this.limits)
    if (why) return why
    const { subscriptions, tag, properties } = request
    const start = this.#writer.length
    const id = ids.take(this.requests)
    writeSubscribe(this.#writer, id, subscriptions, properties)
    const filters = subscriptions.length
    return this.#await(start, { answer: 'suback', id, tag, filters, sentAt: now })
  }

  unsubscribe(request: UnsubscribeRequest, ids: PacketIds, now: MonotonicMs): string | undefined {
    const why = this.requests.rejection ?? unsubscribeRejection(request)
    if (why) return why
    const { filters, tag, properties } = request
    const start = this.#writer.length
    const id = ids.take(this.requests)
    writeUnsubscribe(this.#writer, id, filters, properties)
    return this.#await(start, { answer: 'unsuback', id, tag, filters: filters.length, sentAt: now })
  }

  #await(start: number, request: PendingRequest): string | undefined {
    if (!this.#fits(start)) return TOO_LARGE
    this.requests.add(request)
    return undefined
  }

  #publish(message: OutgoingMessage, now: MonotonicMs, alias?: TopicAlias): boolean {
    const start = this.#writer.length
    const expiryS = this.#tellsExpiry ? remainingS(message.deadline, now) : 0
    writePublish(this.#writer, message, expiryS, alias)
    // It must fit with its topic too, or it could not be resent.
    if (!this.#fits(start, alias?.known ? message.topic.length : 0)) return false
    message.duplicate = true
    message.sentAt = now
    return true
  }

  /** Takes back what was written from `start` on if it, with so many more bytes, is above the server's maximum. */
  #fits(start: number, moreBytes = 0): boolean {
    if (this.#writer.length - start + moreBytes <= this.limits.maximumPacketSize) return true
    this.#writer.length = start
    return false
  }
}

/** Message Expiry Interval: whole seconds, at least one if there is a deadline; 0 if there is none. */
export function remainingS(deadline: MonotonicMs, now: MonotonicMs): number {
  return deadline === FOREVER ? 0 : Math.max(1, Math.floor((deadline - now) / 1000))
}
