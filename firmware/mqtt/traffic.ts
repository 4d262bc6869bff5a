/** All that a connected session exchanges, in and out, under one set of packet identifiers. MQTT 5.0, 4. */
import { earliest, type MonotonicMs } from '../core/time'
import { Authentication } from './authentication'
import { Delivery } from './delivery'
import { PacketIds } from './ids'
import type { Limits } from './limits'
import { Liveness } from './liveness'
import type { Settled } from './options'
import type { Message } from './outgoing'
import type { Output } from './output'
import { PROTOCOL_ERROR } from './packet/codes'
import { writePingreq } from './packet/connect'
import type { Packet } from './packet/packet'
import type { Writer } from './packet/writer'
import { Reception } from './reception'
import { Requests, type SubscribeRequest, type UnsubscribeRequest } from './requests'

export class Traffic {
  readonly authentication: Authentication
  readonly #liveness: Liveness
  readonly #writer: Writer
  readonly #delivery: Delivery
  readonly #reception: Reception
  readonly #requests: Requests

  constructor(options: Settled, writer: Writer, events: Output[]) {
    const ids = new PacketIds()
    const { capacity, aliasCapacity, receiveMaximum, topicAliasMaximum } = options
    const { pingrespMs, acknowledgeMs: answerMs } = options
    this.authentication = new Authentication({ method: options.authentication?.method, events })
    this.#liveness = new Liveness({ pingrespMs, answerMs })
    this.#writer = writer
    this.#delivery = new Delivery({ capacity, aliasCapacity, events, ids })
    this.#reception = new Reception({ receiveMaximum, topicAliasMaximum, events })
    this.#requests = new Requests({ events, ids })
  }

  queue(message: Message, now: MonotonicMs): string | undefined {
    return this.#delivery.queue(message, now)
  }

  subscribe(request: SubscribeRequest, now: MonotonicMs): string | undefined {
    return this.#requests.subscribe(request, this.#writer, now)
  }

  unsubscribe(request: UnsubscribeRequest, now: MonotonicMs): string | undefined {
    return this.#requests.unsubscribe(request, this.#writer, now)
  }

  /** Nothing in flight is worth a resumed session any more. */
  isStale(now: MonotonicMs): boolean {
    return this.#delivery.isStale(now)
  }

  /** The client gives up the session. */
  abandon(why?: string): void {
    this.#delivery.abandon(why)
    this.#reception.forget()
  }

  /** The server has no session. */
  sessionLost(now: MonotonicMs): void {
    this.#delivery.sessionLost(now)
    this.#reception.forget()
  }

  connected(limits: Limits, now: MonotonicMs): void {
    this.#delivery.connected(limits)
    this.#reception.connected()
    this.#requests.connected(limits)
    this.#liveness.connected(limits.keepAliveS, now)
  }

  disconnected(): void {
    this.#delivery.disconnected()
    this.#requests.disconnected()
  }

  /** Writes the messages that may go now. */
  write(now: MonotonicMs): void {
    this.#delivery.write(this.#writer, now)
  }

  expire(now: MonotonicMs): void {
    this.#delivery.expire(now)
  }

  get nextExpiry(): MonotonicMs {
    return this.#delivery.nextExpiry
  }

  /** Bytes went out. */
  sent(now: MonotonicMs): void {
    this.#liveness.sent(now)
  }

  /** Why the connection is dead; undefined while there is hope, and then a quiet one gets its ping. */
  watch(now: MonotonicMs): string | undefined {
    const death = this.#liveness.death(now, this.#unansweredSince)
    if (!death && this.#liveness.isPingDue(now)) {
      writePingreq(this.#writer)
      this.#liveness.pinged(now)
    }
    return death
  }

  /** When to watch again. */
  get deadline(): MonotonicMs {
    return this.#liveness.deadline(this.#unansweredSince)
  }

  get #unansweredSince(): MonotonicMs {
    const messages = earliest(this.#delivery.unansweredSince, this.#requests.unansweredSince)
    return earliest(messages, this.authentication.unansweredSince)
  }

  /** Answers the reason code for DISCONNECT where the packet has no place here, else 0. */
  receive(packet: Packet, now: MonotonicMs): number {
    this.#liveness.heardAt = now
    switch (packet.kind) {
      case 'publish':
        return this.#reception.publish(packet, this.#writer)
      case 'pubrel':
        return this.#reception.pubrel(packet.id, this.#writer)
      case 'puback':
        return this.#delivery.puback(packet)
      case 'pubrec':
        return this.#delivery.pubrec(packet, this.#writer, now)
      case 'pubcomp':
        return this.#delivery.pubcomp(packet)
      case 'suback':
      case 'unsuback':
        return this.#requests.granted(packet)
      case 'auth':
        return this.authentication.receive(packet, false)
      case 'pingresp':
        this.#liveness.pingresp()
        return 0
      default:
        return PROTOCOL_ERROR
    }
  }
}
