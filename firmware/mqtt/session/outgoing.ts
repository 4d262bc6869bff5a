/** A message on its way to the server, in a record that is used again for later ones, and what a session sends it through. */
import { FOREVER, type MonotonicMs } from '../../core/time'
import type { ServerLimits } from '../limits'
import type { QoS } from '../packet/codes'
import { type MessageProperties, ownProperties } from '../packet/properties'
import type { Publish } from '../packet/publish'
import type { PacketIdUser } from './ids'

export interface MqttMessage {
  topic: string
  /** Bytes are copied, here and in the properties. Text is kept and sent as UTF-8. */
  payload: Uint8Array | string
  qos: QoS
  /** Comes back with every output about this message. */
  tag: number
  /** Not sent for the first time at or after it; the server is told what is left of it. */
  deadline?: MonotonicMs
  retain?: boolean
  properties?: MessageProperties
}

/** What a session needs of the connection that it goes over. */
export interface SessionSender {
  readonly limits: ServerLimits
  /** SUBSCRIBE and UNSUBSCRIBE have packet ids too. */
  readonly requests: PacketIdUser
  /** Messages may be added to what is sent next. */
  readonly hasRoom: boolean
  /** False, with nothing written, if the server does not take a packet of this size. */
  publish(message: OutgoingMessage, now: MonotonicMs): boolean
  acknowledge(type: number, id: number, reason?: number): void
}

const EMPTY = new Uint8Array(0)
/** A record of more is not kept for a later message. */
const MAX_KEPT_BYTES = 256

export class OutgoingMessage implements Publish {
  topic: Uint8Array = EMPTY
  topicName = ''
  payload: Uint8Array | string = ''
  qos: QoS = 0
  retain = false
  properties: MessageProperties | undefined
  tag = 0
  deadline: MonotonicMs = FOREVER
  id = 0
  /** It was sent on some connection before. */
  duplicate = false
  /** The caller was told so: once, even if a lost session has it published anew. */
  told = false
  /** QoS 2: PUBREC has come, and PUBREL takes the place of PUBLISH. */
  released = false
  /** When its PUBLISH or PUBREL was sent on this connection; FOREVER if it was not. */
  sentAt: MonotonicMs = FOREVER
  /** The limits that it was checked against: those of another connection may be others. */
  fits: ServerLimits | undefined
  /** What it holds may be held until the next message takes its record. */
  isSmall = true
  #copy = EMPTY

  /** `topic` is the message's, encoded. */
  set(message: MqttMessage, topic: Uint8Array): void {
    const { properties } = message
    this.topic = topic
    this.topicName = message.topic
    this.payload =
      typeof message.payload === 'string' ? message.payload : this.#copied(message.payload)
    this.qos = message.qos
    this.isSmall = !properties && topic.length + this.payload.length <= MAX_KEPT_BYTES
    this.retain = message.retain ?? false
    this.properties = properties && ownProperties(properties)
    this.tag = message.tag
    this.deadline = message.deadline ?? FOREVER
    this.told = false
    this.renew()
  }

  /** As if it had never been sent: its session is gone, and with it its packet id. */
  renew(): void {
    this.id = 0
    this.duplicate = this.released = false
    this.sentAt = FOREVER
  }

  #copied(payload: Uint8Array): Uint8Array {
    // In flash EMPTY takes no `set`, not even of nothing.
    if (payload.length === 0) return EMPTY
    if (payload.length > this.#copy.length) this.#copy = new Uint8Array(payload.length)
    this.#copy.set(payload)
    return payload.length === this.#copy.length
      ? this.#copy
      : this.#copy.subarray(0, payload.length)
  }
}
