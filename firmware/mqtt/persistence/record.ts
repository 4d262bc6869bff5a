/**
 * A session as bytes: what MQTT 5.0, 4.1 calls the client's session state. Messages stand in it as the packets in which they
 * were last sent; user name, password and Will do not. No IO, clock or state.
 */
import { utf8 } from '../../core/bytes'
import { FOREVER, later, type MonotonicMs } from '../../core/time'
import { remainingS } from '../connection/sender'
import { writeAcknowledgement } from '../packet/acknowledge'
import { PUBREL } from '../packet/codes'
import { Framing } from '../packet/framing'
import { writePublish } from '../packet/publish'
import { Reader } from '../packet/reader'
import type { Writer } from '../packet/writer'
import { OutgoingMessage } from '../session/outgoing'
import type { Session } from '../session/session'

export interface KeptSession {
  clientId: string
  subscribes: boolean
  /** Ids of the QoS 2 messages that were delivered and are not released. */
  delivered: number[]
  /** In their order. */
  inFlight: OutgoingMessage[]
}

const TAG_BYTES = 8

export function writeSession(writer: Writer, session: Session, now: MonotonicMs): void {
  const { clientId, subscribes, inbound, outbound } = session
  writer.text(clientId)
  writer.byte(subscribes ? 1 : 0)
  writer.u16(inbound.delivered.length)
  for (const id of inbound.delivered) writer.u16(id)
  for (const message of outbound.inFlight) {
    writer.raw(new Uint8Array(Float64Array.of(message.tag).buffer))
    if (message.released) writeAcknowledgement(writer, PUBREL, message.id)
    else writePublish(writer, message, remainingS(message.deadline, sentAt(message, now)))
  }
}

/** Undefined if the bytes are no session. What is left of each deadline counts from `now` on. */
export function readSession(bytes: Uint8Array, now: MonotonicMs): KeptSession | undefined {
  const reader = new Reader()
  reader.open(bytes, 0, bytes.length)
  const clientId = reader.text()
  const subscribes = reader.byte() === 1
  const delivered: number[] = []
  for (let left = reader.u16(); left > 0; left--) delivered.push(reader.u16())
  if (reader.reason) return undefined
  const inFlight: OutgoingMessage[] = []
  const framing = new Framing(bytes.length)
  for (let at = reader.at; at < bytes.length; at = framing.used) {
    framing.used = at + TAG_BYTES
    if (framing.used >= bytes.length) return undefined
    const [tag] = new Float64Array(bytes.slice(at, framing.used).buffer)
    const message = readMessage(framing, bytes, tag, now)
    if (!message) return undefined
    inFlight.push(message)
  }
  return { clientId, subscribes, delivered, inFlight }
}

function readMessage(
  framing: Framing,
  bytes: Uint8Array,
  tag: number,
  now: MonotonicMs,
): OutgoingMessage | undefined {
  const packet = framing.next(bytes)
  const message = new OutgoingMessage()
  if (packet?.kind === 'publish') {
    const { messageExpiryS, ...properties } = packet.properties ?? {}
    const deadline = messageExpiryS === undefined ? FOREVER : later(now, 1000 * messageExpiryS)
    message.set({ ...packet, properties, tag, deadline }, utf8(packet.topic))
  } else if (packet?.kind === 'pubrel') {
    message.set({ topic: '', payload: '', qos: 2, tag }, utf8(''))
    message.released = true
  } else return undefined
  message.id = packet.id
  // It may have been sent, and its caller was told so.
  message.duplicate = message.told = true
  return message
}

/** It does not change while a message waits for its answer, so that the record does not either. */
function sentAt({ sentAt }: OutgoingMessage, now: MonotonicMs): MonotonicMs {
  return sentAt < FOREVER ? sentAt : now
}
