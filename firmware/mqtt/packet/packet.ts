/** Every packet that a server may send: one body and its first byte -> a value. MQTT 5.0, 2.1 and 3. Never throws. */
import { type Acknowledgement, readAcknowledgement } from './acknowledge'
import {
  AUTH,
  CONNACK,
  CONNECT,
  DISCONNECT,
  MALFORMED_PACKET,
  PINGREQ,
  PINGRESP,
  PROTOCOL_ERROR,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from './codes'
import { type Connack, type DisconnectOrAuth, readConnack, readDisconnectOrAuth } from './connect'
import { type ReceivedPublish, readPublish } from './publish'
import type { Reader } from './reader'
import { type Illegal, illegal } from './reason'
import { readSuback, type Suback } from './subscribe'

export type Packet =
  | Connack
  | ReceivedPublish
  | Acknowledgement
  | Suback
  | DisconnectOrAuth
  | { kind: 'pingresp' }
  | Illegal

/** What is wrong with the first byte: then the body need not be waited for. */
export function firstByteFault(first: number): Illegal | undefined {
  const type = first >> 4
  if (type === 0) return illegal(MALFORMED_PACKET, 'a packet of type 0')
  if (type === CONNECT || type === SUBSCRIBE || type === UNSUBSCRIBE || type === PINGREQ)
    return illegal(PROTOCOL_ERROR, 'a packet that only clients send')
  if (type !== PUBLISH && (first & 0x0f) !== (type === PUBREL ? 0x02 : 0))
    return illegal(MALFORMED_PACKET, 'header flags that are reserved')
  return undefined
}

/** `first` has no fault; `reader` stands at the start of the body. */
export function readPacket(first: number, reader: Reader): Packet {
  const packet = readBody(first, reader)
  if (reader.left > 0) reader.fault(MALFORMED_PACKET, 'a packet longer than its fields')
  if (reader.reason) return illegal(reader.reason, reader.why)
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
      return readSuback(reader, type)
    case DISCONNECT:
    case AUTH:
      return readDisconnectOrAuth(reader, type)
    case PINGRESP:
      return { kind: 'pingresp' }
    default:
      throw new Error(`MQTT packet type ${type} was not refused by its first byte`)
  }
}

/** Whether it has what a client gets only if it asked for problem information [MQTT-3.1.2-29]. */
export function hasProblemInformation(packet: Packet): boolean {
  if (!('properties' in packet) || packet.kind === 'publish') return false
  if (packet.kind === 'connack' || packet.kind === 'disconnect') return false
  const { reasonString, userProperties } = packet.properties ?? {}
  return reasonString !== undefined || userProperties !== undefined
}
