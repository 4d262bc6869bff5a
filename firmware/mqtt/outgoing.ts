/** One message on its way out, in a record that is used again for later messages. */
import { FOREVER, type MonotonicMs } from '../core/time'
import type { QoS } from './packet/codes'
import type { MessageProperties, Publish } from './packet/publish'

export interface Message {
  topic: string
  /** Bytes are copied; text is kept and goes out as UTF-8. */
  payload: Uint8Array | string
  qos: QoS
  /** Comes back with everything that is said of this message. */
  tag: number
  /** Not sent for the first time at or after it; the server is told what remains of it. */
  deadline?: MonotonicMs
  retain?: boolean
  properties?: MessageProperties
}

const NOTHING = new Uint8Array(0)

export class Outgoing implements Publish {
  topic: Uint8Array = NOTHING
  topicName = ''
  payload: Uint8Array | string = ''
  qos: QoS = 0
  retain = false
  properties: MessageProperties | undefined
  tag = 0
  deadline: MonotonicMs = FOREVER
  id = 0
  /** It went out on some connection, so that the next time it is a duplicate. */
  sent = false
  /** Its publisher was told so: once, though a lost session has it published anew. */
  told = false
  /** QoS 2: PUBREC has come, PUBREL takes the place of PUBLISH. */
  released = false
  /** When its PUBLISH or PUBREL went out on this connection; FOREVER where it did not. */
  sentAt: MonotonicMs = FOREVER
  #copy = NOTHING

  /** `topic` is the message's, encoded. */
  set(message: Message, topic: Uint8Array): void {
    this.topic = topic
    this.topicName = message.topic
    this.payload =
      typeof message.payload === 'string' ? message.payload : this.#copied(message.payload)
    this.qos = message.qos
    this.retain = message.retain ?? false
    this.properties = message.properties
    this.tag = message.tag
    this.deadline = message.deadline ?? FOREVER
    this.told = false
    this.renew()
  }

  /** As if it had never been sent: its session is gone, and with it its packet id. */
  renew(): void {
    this.id = 0
    this.sent = this.released = false
    this.sentAt = FOREVER
  }

  #copied(payload: Uint8Array): Uint8Array {
    if (payload.length > this.#copy.length) this.#copy = new Uint8Array(payload.length)
    this.#copy.set(payload)
    return payload.length === this.#copy.length
      ? this.#copy
      : this.#copy.subarray(0, payload.length)
  }
}
