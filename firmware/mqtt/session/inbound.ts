/** Messages from the server: each acknowledged, QoS 2 delivered exactly once, and no more than announced. MQTT 5.0, 4.3, 4.9. */
import type { MqttOutput } from '../output'
import {
  PACKET_ID_NOT_FOUND,
  PUBACK,
  PUBCOMP,
  PUBREC,
  RECEIVE_MAXIMUM_EXCEEDED,
  SUCCESS,
} from '../packet/codes'
import type { ReceivedPublish } from '../packet/publish'
import { type Illegal, illegal } from '../packet/reason'
import type { SessionSender } from './outgoing'

export class Inbound {
  readonly #receiveMaximum: number
  /** QoS 2 messages that were delivered and whose PUBREL has not come: one that comes again is a duplicate. */
  readonly delivered: number[] = []

  constructor(receiveMaximum: number) {
    this.#receiveMaximum = receiveMaximum
  }

  /** The session is gone: every packet id means a new message. */
  forget(): void {
    this.delivered.length = 0
  }

  /** Answers the message, if it is new. */
  publish(packet: ReceivedPublish, sender: SessionSender): MqttOutput | Illegal | undefined {
    const { qos, id } = packet
    const isKnown = qos === 2 && this.delivered.includes(id)
    // QoS 1 is acknowledged before the next packet is looked at, so it never adds up.
    if (qos === 2 && !isKnown) {
      if (this.delivered.length >= this.#receiveMaximum)
        return illegal(RECEIVE_MAXIMUM_EXCEEDED, `more than ${this.#receiveMaximum} messages`)
      this.delivered.push(id)
    }
    if (qos > 0) sender.acknowledge(qos === 1 ? PUBACK : PUBREC, id)
    if (isKnown) return undefined
    const { topic, payload, retain, duplicate, properties } = packet
    return { kind: 'message', topic, payload, qos, retain, duplicate, properties }
  }

  pubrel(id: number, sender: SessionSender): undefined {
    const at = this.delivered.indexOf(id)
    if (at >= 0) this.delivered.splice(at, 1)
    sender.acknowledge(PUBCOMP, id, at >= 0 ? SUCCESS : PACKET_ID_NOT_FOUND)
  }
}
