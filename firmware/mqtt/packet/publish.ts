/** PUBLISH: bytes <-> values. No IO, clock or state. MQTT 5.0, 3.3. */
import {
  MALFORMED_PACKET,
  MESSAGE_EXPIRY_INTERVAL,
  PROTOCOL_ERROR,
  PUBLISH,
  type QoS,
  TOPIC_ALIAS,
} from './codes'
import {
  type MessageProperties,
  type Properties,
  putProperties,
  readProperties,
} from './properties'
import type { Reader } from './reader'
import { hasWildcard, isTopicName } from './topic'
import type { Writer } from './writer'

/** In the first byte, beside QoS and RETAIN (3.3.1). */
const DUPLICATE = 0x08

export interface Publish {
  /** UTF-8. */
  topic: Uint8Array
  /** Text goes out as UTF-8. */
  payload: Uint8Array | string
  duplicate: boolean
  qos: QoS
  retain: boolean
  /** 1 to 65535; ignored at QoS 0. */
  id: number
  properties: MessageProperties | undefined
}

export type ReceivedPublish = {
  kind: 'publish'
  duplicate: boolean
  qos: QoS
  retain: boolean
  /** 0 at QoS 0. */
  id: number
  /** Empty if an alias stands for it. */
  topic: string
  properties: Properties | undefined
  payload: Uint8Array
}

/** A number that stands for a topic on one connection. */
export interface TopicAlias {
  alias: number
  /** The server knows the alias: the topic is left empty. */
  known: boolean
}

/** `expiryS` of 0 is left out. */
export function writePublish(
  writer: Writer,
  message: Publish,
  expiryS: number,
  alias?: TopicAlias,
): void {
  const { qos, properties, payload } = message
  const duplicate = message.duplicate ? DUPLICATE : 0
  writer.byte((PUBLISH << 4) | duplicate | (qos << 1) | (message.retain ? 1 : 0))
  const packet = writer.mark()
  if (alias?.known) writer.u16(0)
  else writer.binary(message.topic)
  if (qos > 0) writer.u16(message.id)
  const length = writer.mark()
  if (expiryS > 0) {
    writer.byte(MESSAGE_EXPIRY_INTERVAL)
    writer.u32(expiryS)
  }
  if (alias) {
    writer.byte(TOPIC_ALIAS)
    writer.u16(alias.alias)
  }
  if (properties) putProperties(writer, properties)
  writer.measure(length)
  if (typeof payload === 'string') writer.utf8(payload)
  else writer.raw(payload)
  writer.measure(packet)
}

export function readPublish(reader: Reader, flags: number): ReceivedPublish {
  const qos = (flags >> 1) & 3
  const duplicate = (flags & DUPLICATE) !== 0
  if (qos === 3) reader.fault(MALFORMED_PACKET, 'a PUBLISH of QoS 3')
  if (qos === 0 && duplicate) reader.fault(MALFORMED_PACKET, 'a duplicate at QoS 0')
  const topic = reader.text()
  if (hasWildcard(topic)) reader.fault(PROTOCOL_ERROR, 'a topic name with a wildcard')
  const id = qos > 0 ? reader.u16() : 0
  if (qos > 0 && id === 0) reader.fault(PROTOCOL_ERROR, 'packet identifier 0')
  const properties = readProperties(reader, PUBLISH)
  if (topic === '' && properties?.topicAlias === undefined)
    reader.fault(PROTOCOL_ERROR, 'a PUBLISH with neither topic nor alias')
  if (properties?.responseTopic !== undefined && !isTopicName(properties.responseTopic))
    reader.fault(PROTOCOL_ERROR, 'a response topic that is empty or has a wildcard')
  const payload = reader.rest()
  return {
    kind: 'publish',
    duplicate,
    qos: qos as QoS,
    retain: (flags & 1) !== 0,
    id,
    topic,
    properties,
    payload,
  }
}
