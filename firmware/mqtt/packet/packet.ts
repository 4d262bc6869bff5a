/** Every packet that a server may send: one body and its first byte -> a value. MQTT 5.0, 2.1 and 3. Never throws. */
import { type Acknowledgement, readAcknowledgement } from './acknowledge'
import { type Connack, type Control, readConnack, readControl } from './connect'
import { type ReceivedPublish, readPublish } from './publish'
import type { Reader } from './reader'
import { MALFORMED, PROTOCOL_ERROR } from './reason'
import { type Granted, readGranted } from './subscribe'
import {
  AUTH,
  CONNACK,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from './types'

export type Packet =
  | Connack
  | ReceivedPublish
  | Acknowledgement
  | Granted
  | Control
  | { kind: 'pingresp' }
  | Illegal

/** What was wrong, as the reason code of the DISCONNECT it calls for and in words. */
export type Illegal = { kind: 'illegal'; reason: number; why: string }

/** What the first byte alone rules out, so that no body need be waited for. */
export function firstByteFault(first: number): Illegal | undefined {
  const type = first >> 4
  if (type === 0) return { kind: 'illegal', reason: MALFORMED, why: 'a packet of type 0' }
  if (type === CONNECT || type === SUBSCRIBE || type === UNSUBSCRIBE || type === PINGREQ)
    return { kind: 'illegal', reason: PROTOCOL_ERROR, why: 'a packet that only clients send' }
  if (type !== PUBLISH && (first & 0x0f) !== (type === PUBREL ? 0x02 : 0))
    return { kind: 'illegal', reason: MALFORMED, why: 'header flags that are reserved' }
  return undefined
}

/** `reader` stands on the body, of a packet whose first byte was found legal. */
export function readPacket(first: number, reader: Reader): Packet {
  const packet = readBody(first, reader)
  if (reader.left > 0) reader.fault(MALFORMED, 'a packet longer than its fields')
  if (reader.reason) return { kind: 'illegal', reason: reader.reason, why: reader.why }
  return packet
}

function readBody(first: number, reader: Reader): Packet {
  const type = first >> 4
  switch (type) {
    case CONNACK:
      return readConnack(reader)
    case PUBLISH:
      return readPublish(reader, first & 0x0f)
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return readAcknowledgement(reader, type)
    case SUBACK:
    case UNSUBACK:
      return readGranted(reader, type)
    case DISCONNECT:
    case AUTH:
      return readControl(reader, type)
    case PINGRESP:
      return { kind: 'pingresp' }
    default:
      throw new Error(`packet type ${type} was not ruled out`)
  }
}

/** Whether it says more than it may to a client that wants no problem information [MQTT-3.1.2-29]. */
export function isTalkative(packet: Packet): boolean {
  if (!('properties' in packet) || packet.kind === 'publish') return false
  if (packet.kind === 'connack' || packet.kind === 'disconnect') return false
  const { reasonString, userProperties } = packet.properties ?? {}
  return reasonString !== undefined || userProperties !== undefined
}
