/** Messages from the server to the caller: topic aliases, QoS 2 exactly once, and never more than was announced. MQTT 5.0, 4.3, 4.9. */

import { InboundAliases } from './alias'
import type { Output } from './output'
import { writeAcknowledgement } from './packet/acknowledge'
import {
  PACKET_ID_NOT_FOUND,
  PROTOCOL_ERROR,
  PUBACK,
  PUBCOMP,
  PUBREC,
  RECEIVE_MAXIMUM_EXCEEDED,
  SUCCESS,
  TOPIC_ALIAS_INVALID,
} from './packet/codes'
import type { ReceivedPublish } from './packet/publish'
import type { Writer } from './packet/writer'

export class Reception {
  readonly #receiveMaximum: number
  readonly #events: Output[]
  readonly #aliases: InboundAliases
  /** QoS 2 messages that were delivered and whose PUBREL has not come: one that comes again is a duplicate. */
  readonly #delivered: number[] = []

  constructor(options: { receiveMaximum: number; topicAliasMaximum: number; events: Output[] }) {
    this.#receiveMaximum = options.receiveMaximum
    this.#events = options.events
    this.#aliases = new InboundAliases(options.topicAliasMaximum)
  }

  connected(): void {
    this.#aliases.reset()
  }

  /** The session is gone: every packet id means something new. */
  forget(): void {
    this.#delivered.length = 0
  }

  /** Each answers a reason code where the packet is illegal, else 0. */
  publish(packet: ReceivedPublish, writer: Writer): number {
    const alias = packet.properties?.topicAlias
    let topic: string | undefined = packet.topic
    if (alias !== undefined) {
      if (alias > this.#aliases.maximum) return TOPIC_ALIAS_INVALID
      topic = this.#aliases.resolve(alias, topic)
      if (topic === undefined) return PROTOCOL_ERROR
    }
    const { qos, id } = packet
    const known = qos === 2 && this.#delivered.includes(id)
    // QoS 1 is acknowledged before the next packet is looked at, so that it never adds up.
    if (qos === 2 && !known) {
      if (this.#delivered.length >= this.#receiveMaximum) return RECEIVE_MAXIMUM_EXCEEDED
      this.#delivered.push(id)
    }
    if (!known) this.#deliver(packet, topic)
    if (qos > 0) writeAcknowledgement(writer, qos === 1 ? PUBACK : PUBREC, id)
    return 0
  }

  pubrel(id: number, writer: Writer): number {
    const at = this.#delivered.indexOf(id)
    if (at >= 0) this.#delivered.splice(at, 1)
    writeAcknowledgement(writer, PUBCOMP, id, at >= 0 ? SUCCESS : PACKET_ID_NOT_FOUND)
    return 0
  }

  #deliver({ duplicate, qos, retain, properties, payload }: ReceivedPublish, topic: string): void {
    this.#events.push({ kind: 'message', topic, payload, qos, retain, duplicate, properties })
  }
}
