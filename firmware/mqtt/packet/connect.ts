/** CONNECT, CONNACK, PINGREQ, DISCONNECT and AUTH: bytes <-> values. No IO or state. MQTT 5.0, 3.1, 3.2, 3.12 to 3.15. */
import { utf8Length } from '../../core/bytes'
import {
  AUTH,
  CONNACK,
  CONNECT,
  DISCONNECT,
  DISCONNECT_WITH_WILL,
  MALFORMED_PACKET,
  PINGREQ,
  PROTOCOL_ERROR,
  type QoS,
  qosFault,
  SUCCESS,
  UNSUPPORTED_PROTOCOL_VERSION,
} from './codes'
import {
  type MessageProperties,
  ownProperties,
  type Properties,
  propertiesFault,
  readProperties,
  writeProperties,
} from './properties'
import type { Reader } from './reader'
import { isReasonOf } from './reason'
import { topicNameFault } from './topic'
import { MAX_FIELD_BYTES, type Writer } from './writer'

export interface Will {
  topic: string
  payload: Uint8Array | string
  qos: QoS
  retain: boolean
  properties?: MessageProperties & Pick<Properties, 'willDelayS' | 'messageExpiryS'>
}

/** The same, without bytes that the caller may use again. */
export function ownWill(will: Will): Will {
  const { payload, properties } = will
  return {
    ...will,
    payload: typeof payload === 'string' ? payload : new Uint8Array(payload),
    properties: properties && ownProperties(properties),
  }
}

/** What is wrong with a Will, in words; undefined if nothing is. */
export function willFault({ topic, payload, qos, properties }: Will): string | undefined {
  const fault =
    fieldFault(payload) ??
    qosFault(qos) ??
    secondsFault(properties?.willDelayS) ??
    secondsFault(properties?.messageExpiryS) ??
    topicNameFault(topic) ??
    propertiesFault(properties)
  return fault && `of the Will, ${fault}`
}

function fieldFault(payload: Uint8Array | string): string | undefined {
  const length = typeof payload === 'string' ? utf8Length(payload) : payload.length
  return length > MAX_FIELD_BYTES
    ? `the payload is longer than ${MAX_FIELD_BYTES} bytes`
    : undefined
}

function secondsFault(seconds = 0): string | undefined {
  const isU32 = Number.isInteger(seconds) && seconds >= 0 && seconds <= 0xffff_ffff
  return isU32 ? undefined : `${seconds} are no whole seconds`
}

/** What is wrong with the data of an enhanced authentication, in words; undefined if nothing is. */
export function authenticationDataFault(data: Uint8Array | undefined): string | undefined {
  if (!data || data.length <= MAX_FIELD_BYTES) return undefined
  return `the authentication data are longer than ${MAX_FIELD_BYTES} bytes`
}

export interface Connect {
  clientId: string
  cleanStart: boolean
  keepAliveS: number
  username?: string
  password?: string | Uint8Array
  will?: Will
  properties: Properties
}

export type Connack = {
  kind: 'connack'
  sessionPresent: boolean
  reason: number
  properties: Properties | undefined
}

/** DISCONNECT or AUTH as a server sends it. */
export type DisconnectOrAuth = {
  kind: 'disconnect' | 'auth'
  reason: number
  properties: Properties | undefined
}

const MQTT_5 = 5
/** Return codes of MQTT 3.1.1, 3.2.2.3: its CONNACK ends with them. */
const MAX_MQTT_3_CODE = 5
const MQTT_3_REFUSAL: Connack = Object.freeze({
  kind: 'connack',
  sessionPresent: false,
  reason: UNSUPPORTED_PROTOCOL_VERSION,
  properties: Object.freeze({ reasonString: 'the server speaks MQTT 3' }),
})

/** Connect Flags (3.1.2.3). */
const CLEAN_START = 0x02
const HAS_WILL = 0x04
const WILL_QOS_SHIFT = 3
const WILL_RETAIN = 0x20
const HAS_PASSWORD = 0x40
const HAS_USER_NAME = 0x80

export function writeConnect(writer: Writer, connect: Connect): void {
  const { will, username, password } = connect
  writer.byte(CONNECT << 4)
  const packet = writer.mark()
  writer.text('MQTT')
  writer.byte(MQTT_5)
  let flags = connect.cleanStart ? CLEAN_START : 0
  if (will) flags |= HAS_WILL | (will.qos << WILL_QOS_SHIFT) | (will.retain ? WILL_RETAIN : 0)
  if (password !== undefined) flags |= HAS_PASSWORD
  if (username !== undefined) flags |= HAS_USER_NAME
  writer.byte(flags)
  writer.u16(connect.keepAliveS)
  writeProperties(writer, connect.properties)
  writer.text(connect.clientId)
  if (will) {
    writeProperties(writer, will.properties)
    writer.text(will.topic)
    writeField(writer, will.payload)
  }
  if (username !== undefined) writer.text(username)
  if (password !== undefined) writeField(writer, password)
  writer.measure(packet)
}

export function readConnack(reader: Reader): Connack {
  const flags = reader.byte()
  if (flags > 1) reader.fault(MALFORMED_PACKET, 'CONNACK flags that are reserved')
  const reason = reader.byte()
  if (!isReasonOf(CONNACK, reason)) {
    if (reason <= MAX_MQTT_3_CODE && reader.left === 0) return MQTT_3_REFUSAL
    reader.fault(MALFORMED_PACKET, 'a reason code of another packet')
  }
  if (reason !== SUCCESS && flags === 1)
    reader.fault(PROTOCOL_ERROR, 'a session present in a refusal')
  const properties = readProperties(reader, CONNACK)
  return { kind: 'connack', sessionPresent: flags === 1, reason, properties }
}

export function writePingreq(writer: Writer): void {
  writer.u16(PINGREQ << 12)
}

export function writeDisconnect(writer: Writer, reason: number, properties?: Properties): void {
  writeWithReason(writer, DISCONNECT, reason, properties)
}

/** `withWill`: the server publishes the Will nevertheless. `endSession`: it forgets the session at once (3.14.2). */
export function writeGoodbye(writer: Writer, withWill: boolean, endSession: boolean): void {
  const reason = withWill ? DISCONNECT_WITH_WILL : SUCCESS
  writeDisconnect(writer, reason, endSession ? { sessionExpiryS: 0 } : undefined)
}

export function writeAuth(writer: Writer, reason: number, properties: Properties): void {
  writeWithReason(writer, AUTH, reason, properties)
}

export function readDisconnectOrAuth(reader: Reader, type: number): DisconnectOrAuth {
  const reason = reader.left > 0 ? reader.byte() : SUCCESS
  if (!isReasonOf(type, reason)) reader.fault(MALFORMED_PACKET, 'a reason code of another packet')
  const properties = reader.left > 0 ? readProperties(reader, type) : undefined
  return { kind: type === AUTH ? 'auth' : 'disconnect', reason, properties }
}

/** Success without properties is sent without a body (3.14.2.1, 3.15.2.1). */
function writeWithReason(
  writer: Writer,
  type: number,
  reason: number,
  properties?: Properties,
): void {
  writer.byte(type << 4)
  const packet = writer.mark()
  if (reason !== SUCCESS || properties) writer.byte(reason)
  if (properties) writeProperties(writer, properties)
  writer.measure(packet)
}

function writeField(writer: Writer, value: Uint8Array | string): void {
  if (typeof value === 'string') writer.text(value)
  else writer.binary(value)
}
