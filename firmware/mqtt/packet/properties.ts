/** Properties of MQTT 5.0 (2.2.2): written as given; read with a check of packet type, number and value. */
import {
  AUTH,
  CONNACK,
  DISCONNECT,
  MALFORMED_PACKET,
  MESSAGE_EXPIRY_INTERVAL,
  PROTOCOL_ERROR,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  TOPIC_ALIAS,
  TOPIC_ALIAS_INVALID,
  UNSUBACK,
} from './codes'
import type { Reader } from './reader'
import { textFault, topicNameFault } from './topic'
import { MAX_FIELD_BYTES, type Writer } from './writer'

export type UserProperty = readonly [name: string, value: string]

/** All properties there are; the table below says which packet may have which. */
export interface Properties {
  payloadFormat?: number
  messageExpiryS?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  subscriptionIds?: number[]
  sessionExpiryS?: number
  assignedClientId?: string
  serverKeepAliveS?: number
  authenticationMethod?: string
  authenticationData?: Uint8Array
  requestProblemInformation?: number
  willDelayS?: number
  requestResponseInformation?: number
  responseInformation?: string
  serverReference?: string
  reasonString?: string
  receiveMaximum?: number
  topicAliasMaximum?: number
  topicAlias?: number
  maximumQoS?: number
  retainAvailable?: number
  userProperties?: UserProperty[]
  maximumPacketSize?: number
  wildcardSubscriptionAvailable?: number
  subscriptionIdsAvailable?: number
  sharedSubscriptionAvailable?: number
}

/** The publisher's own; expiry and alias are added when the message is sent. */
export type MessageProperties = Pick<
  Properties,
  'payloadFormat' | 'contentType' | 'responseTopic' | 'correlationData' | 'userProperties'
>

/** The same, without bytes that the caller may use again. */
export function ownProperties<T extends MessageProperties>(properties: T): T {
  const { correlationData } = properties
  return correlationData
    ? { ...properties, correlationData: new Uint8Array(correlationData) }
    : properties
}

/** What is wrong with a caller's properties, in words; undefined if nothing is. */
export function propertiesFault(properties: MessageProperties | undefined): string | undefined {
  if (!properties) return undefined
  const { payloadFormat = 0, responseTopic, contentType = '' } = properties
  const { correlationData, userProperties = [] } = properties
  if (payloadFormat !== 0 && payloadFormat !== 1) return 'the payload format is not 0 or 1'
  if (responseTopic !== undefined) {
    const fault = topicNameFault(responseTopic)
    if (fault) return `as the response topic, ${fault}`
  }
  if (correlationData && correlationData.length > MAX_FIELD_BYTES)
    return 'the correlation data are too long'
  for (let i = 0; i < userProperties.length; i++) {
    const pair = userProperties[i]
    const fault = textFault(pair[0], 'a user property') ?? textFault(pair[1], 'a user property')
    if (fault) return fault
  }
  return textFault(contentType, 'the content type')
}

type Type = 'flag' | 'u16' | 'u32' | 'text' | 'binary' | 'variables' | 'pairs'

interface Property {
  id: number
  type: Type
  /** Bit n: a server may send it in packet type n. */
  packets: number
  /** Zero is a protocol error. */
  positive?: boolean
}

const ANSWERS =
  (1 << PUBACK) |
  (1 << PUBREC) |
  (1 << PUBREL) |
  (1 << PUBCOMP) |
  (1 << SUBACK) |
  (1 << UNSUBACK) |
  (1 << CONNACK) |
  (1 << DISCONNECT) |
  (1 << AUTH)
const C = 1 << CONNACK
const P = 1 << PUBLISH

/** MQTT 5.0, table 2-4. Those of `packets: 0` only a client sends. */
const PROPERTIES: { readonly [name in keyof Properties]-?: Property } = {
  payloadFormat: { id: 0x01, type: 'flag', packets: P },
  messageExpiryS: { id: MESSAGE_EXPIRY_INTERVAL, type: 'u32', packets: P },
  contentType: { id: 0x03, type: 'text', packets: P },
  responseTopic: { id: 0x08, type: 'text', packets: P },
  correlationData: { id: 0x09, type: 'binary', packets: P },
  subscriptionIds: { id: 0x0b, type: 'variables', packets: P, positive: true },
  // In a DISCONNECT only a client may change it [MQTT-3.14.2-2].
  sessionExpiryS: { id: 0x11, type: 'u32', packets: C },
  assignedClientId: { id: 0x12, type: 'text', packets: C },
  serverKeepAliveS: { id: 0x13, type: 'u16', packets: C },
  authenticationMethod: { id: 0x15, type: 'text', packets: C | (1 << AUTH) },
  authenticationData: { id: 0x16, type: 'binary', packets: C | (1 << AUTH) },
  requestProblemInformation: { id: 0x17, type: 'flag', packets: 0 },
  willDelayS: { id: 0x18, type: 'u32', packets: 0 },
  requestResponseInformation: { id: 0x19, type: 'flag', packets: 0 },
  responseInformation: { id: 0x1a, type: 'text', packets: C },
  serverReference: { id: 0x1c, type: 'text', packets: C | (1 << DISCONNECT) },
  reasonString: { id: 0x1f, type: 'text', packets: ANSWERS },
  receiveMaximum: { id: 0x21, type: 'u16', packets: C, positive: true },
  topicAliasMaximum: { id: 0x22, type: 'u16', packets: C },
  topicAlias: { id: TOPIC_ALIAS, type: 'u16', packets: P },
  maximumQoS: { id: 0x24, type: 'flag', packets: C },
  retainAvailable: { id: 0x25, type: 'flag', packets: C },
  userProperties: { id: 0x26, type: 'pairs', packets: ANSWERS | P },
  maximumPacketSize: { id: 0x27, type: 'u32', packets: C, positive: true },
  wildcardSubscriptionAvailable: { id: 0x28, type: 'flag', packets: C },
  subscriptionIdsAvailable: { id: 0x29, type: 'flag', packets: C },
  sharedSubscriptionAvailable: { id: 0x2a, type: 'flag', packets: C },
}

type Name = keyof Properties
type Value = number | string | Uint8Array | number[] | UserProperty[]

/** The same table by identifier, for reading. */
const NAMES: readonly (Name | undefined)[] = Object.freeze(byId())

function byId(): (Name | undefined)[] {
  const names: (Name | undefined)[] = new Array(0x2b).fill(undefined)
  for (const name in PROPERTIES) names[PROPERTIES[name as Name].id] = name as Name
  return names
}

/** Writes the property length and every property that is not undefined. */
export function writeProperties(writer: Writer, properties: Properties | undefined): void {
  const mark = writer.mark()
  if (properties) putProperties(writer, properties)
  writer.measure(mark)
}

/** Writes the properties without their length, for a packet that has more of them. */
export function putProperties(writer: Writer, properties: Properties): void {
  for (const name in properties) {
    const value = properties[name as Name]
    if (value !== undefined) putProperty(writer, PROPERTIES[name as Name], value)
  }
}

function putProperty(writer: Writer, { id, type }: Property, value: Value): void {
  if (type === 'variables') {
    const numbers = value as number[]
    for (let i = 0; i < numbers.length; i++) {
      writer.byte(id)
      writer.variable(numbers[i])
    }
    return
  }
  if (type === 'pairs') {
    const pairs = value as UserProperty[]
    for (let i = 0; i < pairs.length; i++) {
      writer.byte(id)
      writer.text(pairs[i][0])
      writer.text(pairs[i][1])
    }
    return
  }
  writer.byte(id)
  if (type === 'flag') writer.byte(value as number)
  else if (type === 'u16') writer.u16(value as number)
  else if (type === 'u32') writer.u32(value as number)
  else if (type === 'text') writer.text(value as string)
  else writer.binary(value as Uint8Array)
}

/** Reads the property length and the properties of a packet of this type; undefined if it has none. */
export function readProperties(reader: Reader, type: number): Properties | undefined {
  const length = reader.variable()
  if (length === 0) return undefined
  if (length > reader.left) {
    reader.fault(MALFORMED_PACKET, 'properties longer than their packet')
    return undefined
  }
  const properties: Properties = {}
  const packetEnd = reader.end
  reader.end = reader.at + length
  while (reader.left > 0) readProperty(reader, type, properties)
  reader.end = packetEnd
  return properties
}

function readProperty(reader: Reader, packet: number, into: Properties): void {
  const id = reader.variable()
  const name = NAMES[id]
  const property = name && PROPERTIES[name]
  if (!name || !property || (property.packets & (1 << packet)) === 0) {
    reader.fault(MALFORMED_PACKET, `property ${id} in a packet of type ${packet}`)
    return
  }
  const fields = into as { [name: string]: Value }
  const before = fields[name]
  if (property.type === 'pairs') {
    const pair: UserProperty = [reader.text(), reader.text()]
    if (before) (before as UserProperty[]).push(pair)
    else fields[name] = [pair]
    return
  }
  if (property.type === 'variables') {
    const value = reader.variable()
    if (before) (before as number[]).push(value)
    else fields[name] = [value]
    if (value === 0) reader.fault(PROTOCOL_ERROR, 'subscription identifier 0')
    return
  }
  if (before !== undefined) reader.fault(PROTOCOL_ERROR, `property ${id} twice`)
  fields[name] = readValue(reader, property)
}

function readValue(reader: Reader, { id, type, positive }: Property): Value {
  if (type === 'text') return reader.text()
  if (type === 'binary') return reader.binary()
  const value = type === 'flag' ? reader.byte() : type === 'u16' ? reader.u16() : reader.u32()
  if (type === 'flag' && value > 1) reader.fault(PROTOCOL_ERROR, `property ${id} neither 0 nor 1`)
  if (positive && value === 0) reader.fault(PROTOCOL_ERROR, `property ${id} is 0`)
  if (id === TOPIC_ALIAS && value === 0) reader.fault(TOPIC_ALIAS_INVALID, 'topic alias 0')
  return value
}
