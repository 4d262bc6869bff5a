/** SUBSCRIBE, UNSUBSCRIBE and their answers: bytes <-> values. No IO or state. MQTT 5.0, 3.8 to 3.11. */
import { type Properties, readProperties, writeProperties } from './properties'
import type { Reader } from './reader'
import { isReasonOf, MALFORMED, PROTOCOL_ERROR } from './reason'
import { type QoS, SUBACK, SUBSCRIBE, UNSUBSCRIBE } from './types'
import type { Writer } from './writer'

export interface Subscription {
  filter: string
  /** The highest the server may use. */
  qos: QoS
  /** Not what this client itself published. */
  noLocal?: boolean
  retainAsPublished?: boolean
  /** Retained messages: 0 at every subscribing, 1 at a new subscription only, 2 never. */
  retainHandling?: 0 | 1 | 2
}

export type SubscribeProperties = Pick<Properties, 'subscriptionIds' | 'userProperties'>

/** The answer to a SUBSCRIBE or UNSUBSCRIBE: one reason code for each filter, in order. */
export type Granted = {
  kind: 'suback' | 'unsuback'
  id: number
  reasons: Uint8Array
  properties: Properties | undefined
}

/** SUBSCRIBE, UNSUBSCRIBE and PUBREL have a reserved 2 in their flags (2.1.3). */
const RESERVED = 0x02

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
  for (const { filter, qos, noLocal, retainAsPublished, retainHandling = 0 } of subscriptions) {
    writer.text(filter)
    writer.byte(qos | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | (retainHandling << 4))
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
  for (const filter of filters) writer.text(filter)
  writer.measure(packet)
}

export function readGranted(reader: Reader, type: number): Granted {
  const id = reader.u16()
  if (id === 0) reader.fault(PROTOCOL_ERROR, 'packet identifier 0')
  const properties = readProperties(reader, type)
  const reasons = reader.rest()
  if (reasons.length === 0) reader.fault(PROTOCOL_ERROR, 'an answer without reason codes')
  for (const reason of reasons) {
    if (!isReasonOf(type, reason)) reader.fault(MALFORMED, 'a reason code of another packet')
  }
  return { kind: type === SUBACK ? 'suback' : 'unsuback', id, reasons, properties }
}
