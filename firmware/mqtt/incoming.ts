/** What a packet from the server means to the connection and to the session. MQTT 5.0, 3.2 and 4. */
import type { MonotonicMs } from '../core/time'
import type { Connection } from './connection/connection'
import { MIN_PACKET_BYTES } from './limits'
import type { MqttOutput } from './output'
import { FAILURE, PROTOCOL_ERROR, SUCCESS } from './packet/codes'
import type { Connack, DisconnectOrAuth } from './packet/connect'
import type { Packet } from './packet/packet'
import { type Illegal, illegal } from './packet/reason'
import type { Session } from './session/session'

/** What the client has to do or to tell. */
export type Step =
  | MqttOutput
  | Illegal
  /** The client is connected. */
  | { kind: 'accepted'; outputs: MqttOutput[] }
  /** The server ends the connection. */
  | { kind: 'refused'; packet: Connack | DisconnectOrAuth }
  /** The server did nothing wrong, but this connection cannot be used. */
  | { kind: 'unusable'; why: string; retryAtOnce: boolean }

/** Before CONNACK. */
export function handshake(
  packet: Packet,
  connection: Connection,
  session: Session,
  now: MonotonicMs,
): Step | undefined {
  if (packet.kind === 'illegal') return packet
  if (packet.kind === 'auth') return connection.receive(packet)
  if (packet.kind !== 'connack') return illegal(PROTOCOL_ERROR, `a ${packet.kind} before CONNACK`)
  const { reason, sessionPresent, properties } = packet
  if (reason >= FAILURE) return { kind: 'refused', packet }
  if (sessionPresent && session.startsClean)
    return illegal(PROTOCOL_ERROR, 'a session present after a clean start')
  if (sessionPresent && session.isUnknown) {
    // Packet ids of an earlier life would be taken for those of this one [MQTT-3.2.2-4].
    session.giveUp()
    connection.sender.disconnect(SUCCESS)
    const why = 'the server has a session that this client does not know'
    return { kind: 'unusable', why, retryAtOnce: true }
  }
  const authenticated = connection.accepted(properties)
  if (authenticated?.kind === 'illegal') return authenticated
  const { maximumPacketSize, sessionExpiryS } = connection.sender.limits
  if (maximumPacketSize < MIN_PACKET_BYTES) {
    connection.sender.discard()
    const why = `the server takes ${maximumPacketSize} bytes a packet`
    return { kind: 'unusable', why, retryAtOnce: false }
  }
  const outputs = session.accepted(sessionPresent, sessionExpiryS, now)
  if (authenticated) outputs.unshift(authenticated)
  // A client that has an id of its own keeps it, whatever a server says (3.2.2.3.7).
  session.clientId ||= properties?.assignedClientId ?? ''
  outputs.push({ kind: 'connected', sessionPresent, properties })
  return { kind: 'accepted', outputs }
}

/** After CONNACK. */
export function receive(
  packet: Packet,
  connection: Connection,
  { inbound, outbound }: Session,
  now: MonotonicMs,
): Step | undefined {
  switch (packet.kind) {
    case 'puback':
      return outbound.puback(packet)
    case 'pubrec':
      return outbound.pubrec(packet, connection.sender, now)
    case 'pubcomp':
      return outbound.pubcomp(packet)
    case 'publish': {
      const resolved = connection.resolved(packet)
      if (resolved.kind === 'illegal') return resolved
      return inbound.publish(resolved, connection.sender)
    }
    case 'pubrel':
      return inbound.pubrel(packet.id, connection.sender)
    case 'disconnect':
      return { kind: 'refused', packet }
    case 'illegal':
      return packet
    default:
      return connection.receive(packet)
  }
}
