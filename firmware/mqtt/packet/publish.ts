/** PUBLISH: bytes <-> values. No IO, clock or state. MQTT 5.0, 3.3. */
import {
  MALFORMED_PACKET,
  MESSAGE_EXPIRY_INTERVAL,
  PROTOCOL_ERROR,
  PUBLISH,
  type QoS,
  TOPIC_ALIAS,
  TOPIC_NAME_INVALID,
} from './codes'
import { type Properties, putProperties, readProperties } from './properties'
import type { Reader } from './reader'
import { hasWildcard, textFault, topicNameFault } from './topic'
import { MAX_FIELD_BYTES, type Writer } from './writer'

/** The publisher's own; expiry and alias are added when the message is sent. */
export type MessageProperties = Pick<
  Properties,
  'payloadFormat' | 'contentType' | 'responseTopic' | 'correlationData' | 'userProperties'
>

/** What is wrong with a caller's properties, in words; undefined if nothing is. */
export function propertiesFault(properties: MessageProperties | undefined): string | undefined {
  if (!properties) return undefined
  const { responseTopic, contentType = '', correlationData, userProperties = [] } = properties
  if (responseTopic !== undefined) {
    const fault = topicNameFault(responseTopic)
    if (fault) return `as the response topic, ${fault}`
  }
  if (correlationData && correlationData.length > MAX_FIELD_BYTES)
    return 'the correlation data are too long'
  for (const [name, value] of userProperties) {
    const fault = textFault(name, 'a user property') ?? textFault(value, 'a user property')
    if (fault) return fault
  }
  return textFault(contentType, 'the content type')
}

/** In the first byte, beside QoS and RETAIN (3.3.1). */
const DUPLICATE = 0x08

export interface Publish {
  /** UTF-8. */
  topic: Uint8Array
  /** Text goes out as UTF-8. */
  payload: Uint8Array | string
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

/** What differs each time a message is sent. An alias or expiry of 0 is left out. */
export interface PublishAttempt {
  duplicate: boolean
  alias: number
  /** The server knows the alias: the topic is left empty. */
  aliasKnown: boolean
  expiryS: number
}

export function writePublish(writer: Writer, message: Publish, attempt: PublishAttempt): void {
  const { qos, properties, payload } = message
  const duplicate = attempt.duplicate ? DUPLICATE : 0
  writer.byte((PUBLISH << 4) | duplicate | (qos << 1) | (message.retain ? 1 : 0))
  const packet = writer.mark()
  if (attempt.aliasKnown) writer.u16(0)
  else writer.binary(message.topic)
  if (qos > 0) writer.u16(message.id)
  const length = writer.mark()
  if (attempt.expiryS > 0) {
    writer.byte(MESSAGE_EXPIRY_INTERVAL)
    writer.u32(attempt.expiryS)
  }
  if (attempt.alias > 0) {
    writer.byte(TOPIC_ALIAS)
    writer.u16(attempt.alias)
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
  if (hasWildcard(topic)) reader.fault(TOPIC_NAME_INVALID, 'a topic name with a wildcard')
  const id = qos > 0 ? reader.u16() : 0
  if (qos > 0 && id === 0) reader.fault(PROTOCOL_ERROR, 'packet identifier 0')
  const properties = readProperties(reader, PUBLISH)
  if (topic === '' && properties?.topicAlias === undefined)
    reader.fault(PROTOCOL_ERROR, 'a PUBLISH with neither topic nor alias')
  if (properties?.responseTopic !== undefined && hasWildcard(properties.responseTopic))
    reader.fault(PROTOCOL_ERROR, 'a response topic with a wildcard')
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
