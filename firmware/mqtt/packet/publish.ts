/** PUBLISH: bytes <-> values. No IO, clock or state. MQTT 5.0, 3.3. */
import { type Properties, putProperties, readProperties } from './properties'
import type { Reader } from './reader'
import { MALFORMED, PROTOCOL_ERROR, TOPIC_NAME_INVALID } from './reason'
import { hasWildcard, textFault, topicNameFault } from './topic'
import { PUBLISH, type QoS } from './types'
import { LONGEST_FIELD, type Writer } from './writer'

/** What the publisher says of a message, its expiry and alias left to the session. */
export type MessageProperties = Pick<
  Properties,
  'payloadFormat' | 'contentType' | 'responseTopic' | 'correlationData' | 'userProperties'
>

/** What a server would not take of a caller's properties, in words; undefined where nothing is wrong. */
export function propertiesFault(properties: MessageProperties | undefined): string | undefined {
  if (!properties) return undefined
  const { responseTopic, contentType = '', correlationData, userProperties = [] } = properties
  if (responseTopic !== undefined) {
    const fault = topicNameFault(responseTopic)
    if (fault) return `as the response topic, ${fault}`
  }
  if (correlationData && correlationData.length > LONGEST_FIELD)
    return 'the correlation data are too long'
  for (const [name, value] of userProperties) {
    const fault = textFault(name, 'a user property') ?? textFault(value, 'a user property')
    if (fault) return fault
  }
  return textFault(contentType, 'the content type')
}

export interface Publish {
  /** UTF-8. */
  topic: Uint8Array
  /** Text goes out as UTF-8. */
  payload: Uint8Array | string
  qos: QoS
  retain: boolean
  /** 1 to 65535; of no meaning at QoS 0. */
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
  /** Empty where an alias stands for it. */
  topic: string
  properties: Properties | undefined
  payload: Uint8Array
}

/** The properties that depend on when and on which connection a message goes out; 0 leaves one away. */
export interface Dispatch {
  duplicate: boolean
  alias: number
  /** The alias is known to the server: the topic stays empty. */
  aliasKnown: boolean
  expiryS: number
}

export function writePublish(writer: Writer, message: Publish, dispatch: Dispatch): void {
  const { qos, properties, payload } = message
  const duplicate = dispatch.duplicate ? 0x08 : 0
  writer.byte((PUBLISH << 4) | duplicate | (qos << 1) | (message.retain ? 1 : 0))
  const packet = writer.mark()
  if (dispatch.aliasKnown) writer.u16(0)
  else writer.binary(message.topic)
  if (qos > 0) writer.u16(message.id)
  const length = writer.mark()
  if (dispatch.expiryS > 0) {
    writer.byte(0x02)
    writer.u32(dispatch.expiryS)
  }
  if (dispatch.alias > 0) {
    writer.byte(0x23)
    writer.u16(dispatch.alias)
  }
  if (properties) putProperties(writer, properties)
  writer.measure(length)
  if (typeof payload === 'string') writer.utf8(payload)
  else writer.raw(payload)
  writer.measure(packet)
}

export function readPublish(reader: Reader, flags: number): ReceivedPublish {
  const qos = (flags >> 1) & 3
  const duplicate = (flags & 0x08) !== 0
  if (qos === 3) reader.fault(MALFORMED, 'a PUBLISH of QoS 3')
  if (qos === 0 && duplicate) reader.fault(MALFORMED, 'a duplicate at QoS 0')
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
