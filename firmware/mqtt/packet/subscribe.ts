/** SUBSCRIBE, UNSUBSCRIBE and their answers: bytes <-> values. No IO or state. MQTT 5.0, 3.8 to 3.11. */
import { MALFORMED_PACKET, PROTOCOL_ERROR, type QoS, SUBACK, SUBSCRIBE, UNSUBSCRIBE } from './codes'
import { type Properties, readProperties, writeProperties } from './properties'
import type { Reader } from './reader'
import { isReasonOf } from './reason'
import type { Writer } from './writer'

export interface Subscription {
  filter: string
  /** The highest the server may use. */
  qos: QoS
  /** Leave out what this client itself published. */
  noLocal?: boolean
  retainAsPublished?: boolean
  /** Retained messages are sent: 0 at each subscribe, 1 only for a new subscription, 2 never. */
  retainHandling?: 0 | 1 | 2
}

export type SubscribeProperties = Pick<Properties, 'subscriptionIds' | 'userProperties'>

/** SUBACK or UNSUBACK: one reason code for each filter, in order. */
export type Suback = {
  kind: 'suback' | 'unsuback'
  id: number
  reasons: Uint8Array
  properties: Properties | undefined
}

/** The flags of SUBSCRIBE and UNSUBSCRIBE (2.1.3). */
const RESERVED = 0x02

/** Subscription Options (3.8.3.1), beside the QoS. */
const NO_LOCAL = 0x04
const RETAIN_AS_PUBLISHED = 0x08
const RETAIN_HANDLING_SHIFT = 4

export function writeSubscribe(
  writer: Writer,
  id: number,
  subscriptions: readonly Subscription[],
  properties?: SubscribeProperties,
): void {
  writer.byte((SUBSCRIBE << 4) | RESERVED)
  const packet = writer.mark()
  writer.u16(id)
  writeProperties(writer, properties)
  for (let i = 0; i < subscriptions.length; i++) {
    const { filter, qos, noLocal, retainAsPublished, retainHandling = 0 } = subscriptions[i]
    writer.text(filter)
    const local = noLocal ? NO_LOCAL : 0
    const retain = retainAsPublished ? RETAIN_AS_PUBLISHED : 0
    writer.byte(qos | local | retain | (retainHandling << RETAIN_HANDLING_SHIFT))
  }
  writer.measure(packet)
}

export function writeUnsubscribe(
  writer: Writer,
  id: number,
  filters: readonly string[],
  properties?: SubscribeProperties,
): void {
  writer.byte((UNSUBSCRIBE << 4) | RESERVED)
  const packet = writer.mark()
  writer.u16(id)
  writeProperties(writer, properties)
  for (let i = 0; i < filters.length; i++) writer.text(filters[i])
  writer.measure(packet)
}

export function readSuback(reader: Reader, type: number): Suback {
  const id = reader.u16()
  if (id === 0) reader.fault(PROTOCOL_ERROR, 'packet identifier 0')
  const properties = readProperties(reader, type)
  const reasons = reader.rest()
  if (reasons.length === 0) reader.fault(PROTOCOL_ERROR, 'an answer without reason codes')
  for (let i = 0; i < reasons.length; i++) {
    if (!isReasonOf(type, reasons[i]))
      reader.fault(MALFORMED_PACKET, 'a reason code of another packet')
  }
  return { kind: type === SUBACK ? 'suback' : 'unsuback', id, reasons, properties }
}
