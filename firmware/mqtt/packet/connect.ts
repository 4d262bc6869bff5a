/** CONNECT, CONNACK, PINGREQ, DISCONNECT and AUTH: bytes <-> values. No IO or state. MQTT 5.0, 3.1, 3.2, 3.12 to 3.15. */

import { type Properties, readProperties, writeProperties } from './properties'
import type { MessageProperties } from './publish'
import type { Reader } from './reader'
import { DISCONNECT_WITH_WILL, isReasonOf, MALFORMED, PROTOCOL_ERROR, SUCCESS } from './reason'
import { AUTH, CONNACK, CONNECT, DISCONNECT, PINGREQ, type QoS } from './types'
import type { Writer } from './writer'

export interface Will {
  topic: string
  payload: Uint8Array | string
  qos: QoS
  retain: boolean
  properties?: MessageProperties & Pick<Properties, 'willDelayS' | 'messageExpiryS'>
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
export type Control = {
  kind: 'disconnect' | 'auth'
  reason: number
  properties: Properties | undefined
}

const MQTT_5 = 5

export function writeConnect(writer: Writer, connect: Connect): void {
  const { will, username, password } = connect
  writer.byte(CONNECT << 4)
  const packet = writer.mark()
  writer.text('MQTT')
  writer.byte(MQTT_5)
  let flags = connect.cleanStart ? 0x02 : 0
  if (will) flags |= 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0)
  if (password !== undefined) flags |= 0x40
  if (username !== undefined) flags |= 0x80
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
  if (flags > 1) reader.fault(MALFORMED, 'CONNACK flags that are reserved')
  const reason = reader.byte()
  if (!isReasonOf(CONNACK, reason)) reader.fault(MALFORMED, 'a reason code of another packet')
  if (reason !== SUCCESS && flags === 1)
    reader.fault(PROTOCOL_ERROR, 'a session present in a refusal')
  const properties = readProperties(reader, CONNACK)
  return { kind: 'connack', sessionPresent: flags === 1, reason, properties }
}

export function writePingreq(writer: Writer): void {
  writer.u16(PINGREQ << 12)
}

export function writeDisconnect(writer: Writer, reason: number, properties?: Properties): void {
  writeControl(writer, DISCONNECT, reason, properties)
}

/** `withWill`: the server publishes the Will all the same. `endSession`: it forgets the session now (3.14.2). */
export function writeGoodbye(writer: Writer, withWill: boolean, endSession: boolean): void {
  const reason = withWill ? DISCONNECT_WITH_WILL : SUCCESS
  writeDisconnect(writer, reason, endSession ? { sessionExpiryS: 0 } : undefined)
}

export function writeAuth(writer: Writer, reason: number, properties: Properties): void {
  writeControl(writer, AUTH, reason, properties)
}

export function readControl(reader: Reader, type: number): Control {
  const reason = reader.left > 0 ? reader.byte() : SUCCESS
  if (!isReasonOf(type, reason)) reader.fault(MALFORMED, 'a reason code of another packet')
  const properties = reader.left > 0 ? readProperties(reader, type) : undefined
  return { kind: type === AUTH ? 'auth' : 'disconnect', reason, properties }
}

/** Success without properties needs no body at all (3.14.2.1, 3.15.2.1). */
function writeControl(writer: Writer, type: number, reason: number, properties?: Properties): void {
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
