/** SUBSCRIBE and UNSUBSCRIBE: what is refused before it is sent, and which wait for their answer. MQTT 5.0, 3.8 to 3.11. */
import { FOREVER, type MonotonicMs } from '../../core/time'
import type { ServerLimits } from '../limits'
import type { MqttOutput } from '../output'
import { PROTOCOL_ERROR, qosFault } from '../packet/codes'
import { propertiesFault } from '../packet/properties'
import { type Illegal, illegal } from '../packet/reason'
import type { Suback, SubscribeProperties, Subscription } from '../packet/subscribe'
import { hasWildcard, isShared, topicFilterFault } from '../packet/topic'

/** Requests without their answer at a time. */
const MAX_PENDING = 8
const MAX_SUBSCRIPTION_ID = 268_435_455

const NOTHING: readonly MqttOutput[] = Object.freeze([])
const NO_FILTER = 'there is no topic filter'

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

export interface PendingRequest {
  answer: Suback['kind']
  id: number
  tag: number
  filters: number
  sentAt: MonotonicMs
}

export class PendingRequests {
  readonly #pending: PendingRequest[] = []

  /** Why no other request can wait, in words; undefined if there is room. */
  get rejection(): string | undefined {
    if (this.#pending.length < MAX_PENDING) return undefined
    return `no room: ${MAX_PENDING} requests are waiting`
  }

  uses(id: number): boolean {
    for (let i = 0; i < this.#pending.length; i++) if (this.#pending[i].id === id) return true
    return false
  }

  get unansweredSince(): MonotonicMs {
    return this.#pending.length > 0 ? this.#pending[0].sentAt : FOREVER
  }

  add(request: PendingRequest): void {
    this.#pending.push(request)
  }

  answered({ kind, id, reasons, properties }: Suback): MqttOutput | Illegal {
    const at = this.#pending.findIndex((each) => each.id === id && each.answer === kind)
    if (at < 0) return illegal(PROTOCOL_ERROR, `a ${kind} that nothing asked for`)
    const { tag, filters } = this.#pending[at]
    if (filters !== reasons.length)
      return illegal(PROTOCOL_ERROR, `a ${kind} with ${reasons.length} reasons for ${filters}`)
    this.#pending.splice(at, 1)
    return { kind: 'granted', tag, reasons, properties }
  }

  /** The connection ends, and with it every wait for an answer. */
  end(): readonly MqttOutput[] {
    if (this.#pending.length === 0) return NOTHING
    const dropped: MqttOutput[] = []
    for (let i = 0; i < this.#pending.length; i++) {
      const { tag } = this.#pending[i]
      dropped.push({ kind: 'dropped', tag, why: 'the connection ended before the answer' })
    }
    this.#pending.length = 0
    return dropped
  }
}

/** Why this request cannot be sent, in words; undefined if it can. */
export function subscribeRejection(
  { subscriptions, properties }: SubscribeRequest,
  limits: ServerLimits,
): string | undefined {
  if (subscriptions.length === 0) return NO_FILTER
  const fault = propertiesFault(properties)
  if (fault) return fault
  for (let i = 0; i < subscriptions.length; i++) {
    const why = subscriptionRejection(subscriptions[i], limits)
    if (why) return why
  }
  const ids = properties?.subscriptionIds ?? []
  if (ids.length > 1) return 'a SUBSCRIBE has one subscription identifier'
  if (ids.length === 1 && !(ids[0] >= 1 && ids[0] <= MAX_SUBSCRIPTION_ID))
    return `the subscription identifier is not 1 to ${MAX_SUBSCRIPTION_ID}`
  if (ids.length === 1 && !limits.subscriptionIdsAvailable)
    return 'the server has no subscription identifiers'
  return undefined
}

export function unsubscribeRejection({
  filters,
  properties,
}: UnsubscribeRequest): string | undefined {
  if (filters.length === 0) return NO_FILTER
  const fault = propertiesFault(properties)
  if (fault) return fault
  for (let i = 0; i < filters.length; i++) {
    const why = topicFilterFault(filters[i])
    if (why) return why
  }
  return undefined
}

function subscriptionRejection(
  { filter, qos, noLocal, retainHandling = 0 }: Subscription,
  limits: ServerLimits,
): string | undefined {
  const fault = topicFilterFault(filter) ?? qosFault(qos)
  if (fault) return fault
  if (retainHandling !== 0 && retainHandling !== 1 && retainHandling !== 2)
    return 'the retain handling is not 0, 1 or 2'
  if (isShared(filter) && noLocal) return 'a shared subscription cannot have No Local'
  if (isShared(filter) && !limits.sharedSubscriptionAvailable)
    return 'the server has no shared subscriptions'
  if (hasWildcard(filter) && !limits.wildcardSubscriptionAvailable)
    return 'the server has no wildcard subscriptions'
  return undefined
}
