/** What MQTTClient takes and tells, by the names of ECMA-419 and the Moddable SDK; what MQTT 5 has beyond them, by its own. */
import { readUtf8 } from '../../core/bytes'
import type { Entropy } from '../../core/entropy'
import type { MqttOptions } from '../options'
import type { QoS } from '../packet/codes'
import type { Will } from '../packet/connect'
import type { MessageProperties, Properties } from '../packet/properties'
import type { SubscribeProperties, Subscription } from '../packet/subscribe'
import type { ClientSocket, HostResolver, IO } from './pump'

export type Bytes = ArrayBuffer | ArrayBufferView
type Text = string | ArrayBuffer

export interface MQTTClientOptions {
  host: string
  port?: number
  socket: IO<ClientSocket>
  dns: IO<HostResolver>
  id?: string
  user?: Text
  password?: Text
  /** In milliseconds; 0 for none. */
  keepAlive?: number
  /** Nothing is kept from before, and nothing after the connection unless `sessionExpiry` says so. True by default. */
  clean?: boolean
  /** How long the server keeps the session without a connection, in seconds. By default none if `clean`, else for ever. */
  sessionExpiry?: number
  will?: {
    topic: string
    message: string | Bytes
    QoS?: number
    retain?: boolean | number
    properties?: Will['properties']
  }
  /** After a loss the client connects anew; if false, a loss is an error. True by default. */
  reconnect?: boolean
  /** Payload bytes that may wait to be sent or acknowledged. */
  writeCapacity?: number
  /** Those of MqttOptions for which nothing above stands. */
  mqtt?: Partial<MqttOptions>
  target?: unknown
  format?: string
  /** All are called with the MQTTClient as `this`. A message, which is acknowledged already. It is read at once, or later in parts. */
  onReadable?(count: number, options: ReadOptions): void
  /** So many bytes can be written: at first, and after some were sent or acknowledged. */
  onWritable?(count: number): void
  onControl?(message: Control): void
  /** DISCONNECT was written, and the connection is closed. */
  onClose?(): void
  /** The client is closed. */
  onError?(error: Error): void
}

export interface ReadOptions {
  topic: string
  QoS: QoS
  byteLength: number
  /** Always false: a message comes whole. */
  more: boolean
  retain: boolean
  duplicate: boolean
  properties: Properties | undefined
}

/** What became of a request, by its own `id`; or CONNACK, DISCONNECT or AUTH. */
export interface Control {
  operation: number
  id?: number
  /** The server's code; 0x80 and above say no. Undefined if this side gave up: `why` has it in words. */
  reason?: number
  why?: string
  /** SUBACK, UNSUBACK: a code for each item. AUTH: the data. */
  payload?: Uint8Array
  /** CONNACK: subscriptions are still there. */
  sessionPresent?: boolean
  /** DISCONNECT: when the client connects anew, in milliseconds; undefined if it does not. */
  retry?: number
  properties?: Properties
}

export interface WriteOptions {
  /** PUBLISH by default. */
  operation?: number
  /** Comes back with onControl; not the packet's. */
  id?: number
  topic?: string
  QoS?: number
  retain?: boolean | number
  /** Of the whole message, if `data` is its first part: the others are written without options. */
  byteLength?: number
  /** In milliseconds: nobody is given the message later. */
  expiry?: number
  items?: readonly ({ topic: string; QoS?: number } & Omit<Subscription, 'filter' | 'qos'>)[]
  /** DISCONNECT: the server publishes the Will, or forgets the session. */
  withWill?: boolean
  endSession?: boolean
  properties?: MessageProperties & SubscribeProperties
}

/** MQTT 3.1.1 has no other. */
const NEVER_EXPIRES = 0xffff_ffff

/** It only spreads reconnects: nobody gains by guessing it. */
const ENTROPY: Entropy = Object.freeze({
  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) bytes[at] = Math.random() * 256
  },
})

/** What the machine below is made with. */
export function clientOptions(options: MQTTClientOptions): MqttOptions {
  const { id = '', user, password, keepAlive = 0, clean = true, will } = options
  return {
    clientId: id,
    username: textOf(user),
    password: textOf(password),
    keepAliveS: Math.ceil(keepAlive / 1000),
    cleanStart: clean,
    sessionExpiryS: options.sessionExpiry ?? (clean ? 0 : NEVER_EXPIRES),
    will: will && {
      topic: will.topic,
      payload: typeof will.message === 'string' ? will.message : viewOf(will.message),
      qos: (will.QoS ?? 0) as QoS,
      retain: !!will.retain,
      properties: will.properties,
    },
    entropy: ENTROPY,
    ...options.mqtt,
  }
}

function textOf(text: Text | undefined): string | undefined {
  return text instanceof ArrayBuffer ? readUtf8(new Uint8Array(text)) : text
}

export function viewOf(data: Bytes): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
