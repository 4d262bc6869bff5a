/** SUBSCRIBE and UNSUBSCRIBE that wait for their answer, which they do on one connection only. MQTT 5.0, 3.8 to 3.11. */
import { FOREVER, type MonotonicMs } from '../core/time'
import type { PacketIds } from './ids'
import { type Limits, TOO_LARGE } from './limits'
import type { Output } from './output'
import { PROTOCOL_ERROR } from './packet/codes'
import { propertiesFault } from './packet/publish'
import {
  type Suback,
  type SubscribeProperties,
  type Subscription,
  writeSubscribe,
  writeUnsubscribe,
} from './packet/subscribe'
import { hasWildcard, isShared, topicFilterFault } from './packet/topic'
import type { Writer } from './packet/writer'

/** Requests without their answer at a time. */
const PENDING_MOST = 8
const IDENTIFIER_MOST = 268_435_455

export interface SubscribeRequest {
  subscriptions: readonly Subscription[]
  tag: number
  properties?: SubscribeProperties
}

export interface UnsubscribeRequest {
  filters: readonly string[]
  tag: number
  properties?: Pick<SubscribeProperties, 'userProperties'>
}

interface Pending {
  answer: Suback['kind']
  id: number
  tag: number
  filters: number
  sentAt: MonotonicMs
}

export class Requests {
  readonly #events: Output[]
  readonly #ids: PacketIds
  readonly #pending: Pending[] = []
  #limits: Limits | undefined

  constructor({ events, ids }: { events: Output[]; ids: PacketIds }) {
    this.#events = events
    this.#ids = ids
    ids.watch(this)
  }

  connected(limits: Limits): void {
    this.#limits = limits
  }

  disconnected(): void {
    this.#limits = undefined
    for (const { tag } of this.#pending)
      this.#events.push({ kind: 'dropped', tag, why: 'the connection ended before the answer' })
    this.#pending.length = 0
  }

  uses(id: number): boolean {
    for (let i = 0; i < this.#pending.length; i++) if (this.#pending[i].id === id) return true
    return false
  }

  get unansweredSince(): MonotonicMs {
    return this.#pending.length > 0 ? this.#pending[0].sentAt : FOREVER
  }

  /** Both write at once, or answer in words why not. */
  subscribe(request: SubscribeRequest, writer: Writer, now: MonotonicMs): string | undefined {
    const { subscriptions, tag, properties } = request
    const refusal = this.#refusal(subscriptions.length) ?? propertiesFault(properties)
    const fault = refusal ?? this.#subscribeFault(request)
    if (fault) return fault
    const start = writer.length
    const id = this.#ids.take()
    writeSubscribe(writer, id, subscriptions, properties)
    return this.#await('suback', id, tag, subscriptions.length, writer, start, now)
  }

  unsubscribe(request: UnsubscribeRequest, writer: Writer, now: MonotonicMs): string | undefined {
    const { filters, tag, properties } = request
    const refusal = this.#refusal(filters.length) ?? propertiesFault(properties)
    if (refusal) return refusal
    for (const filter of filters) {
      const fault = topicFilterFault(filter)
      if (fault) return fault
    }
    const start = writer.length
    const id = this.#ids.take()
    writeUnsubscribe(writer, id, filters, properties)
    return this.#await('unsuback', id, tag, filters.length, writer, start, now)
  }

  /** Answers a reason code where nothing asked for this, or for another number of answers. */
  granted({ kind, id, reasons }: Suback): number {
    const at = this.#pending.findIndex((each) => each.id === id && each.answer === kind)
    if (at < 0 || this.#pending[at].filters !== reasons.length) return PROTOCOL_ERROR
    const { tag } = this.#pending[at]
    this.#pending.splice(at, 1)
    this.#events.push({ kind: 'granted', tag, reasons })
    return 0
  }

  #await(
    answer: Suback['kind'],
    id: number,
    tag: number,
    filters: number,
    writer: Writer,
    start: number,
    sentAt: MonotonicMs,
  ): string | undefined {
    if (this.#limits && writer.length - start > this.#limits.maximumPacketSize) {
      writer.length = start
      return TOO_LARGE
    }
    this.#pending.push({ answer, id, tag, filters, sentAt })
    return undefined
  }

  #refusal(filters: number): string | undefined {
    if (!this.#limits) return 'there is no connection'
    if (this.#pending.length >= PENDING_MOST) return `no room: ${PENDING_MOST} requests are waiting`
    return filters === 0 ? 'there is no topic filter' : undefined
  }

  #subscribeFault({ subscriptions, properties }: SubscribeRequest): string | undefined {
    const limits = this.#limits
    for (const { filter, noLocal } of subscriptions) {
      const fault = topicFilterFault(filter)
      if (fault) return fault
      if (isShared(filter) && noLocal) return 'a shared subscription cannot be without local'
      if (isShared(filter) && !limits?.sharedSubscriptionAvailable)
        return 'the server has no shared subscriptions'
      if (hasWildcard(filter) && !limits?.wildcardSubscriptionAvailable)
        return 'the server has no wildcard subscriptions'
    }
    const ids = properties?.subscriptionIds ?? []
    if (ids.length > 1) return 'a SUBSCRIBE has one subscription identifier'
    if (ids.length === 1 && !(ids[0] >= 1 && ids[0] <= IDENTIFIER_MOST))
      return `the subscription identifier is not 1 to ${IDENTIFIER_MOST}`
    if (ids.length === 1 && !limits?.subscriptionIdsAvailable)
      return 'the server has no subscription identifiers'
    return undefined
  }
}
