/**
 * MQTT 5 with the interface of the Moddable SDK's MQTTClient, which is that of ECMA-419 (https://419.ecma-international.org).
 * docs/mqtt.md says in what it differs.
 */
import Timer from 'timer'
import { later } from '../../core/time'
import { MqttClient } from '../client'
import type { IncomingMessage, MqttOutput } from '../output'
import type { QoS } from '../packet/codes'
import { Inbox } from './inbox'
import {
  type Bytes,
  type Control,
  clientOptions,
  type MQTTClientOptions,
  viewOf,
  type WriteOptions,
} from './options'
import { MqttPump } from './pump'

interface Pending {
  id: number
  operation: number
  /** What onControl says if it is done; undefined at QoS 0, of which nothing is heard. */
  answer: number | undefined
  byteLength: number
}

/** Of a message that is written in parts. */
const MAX_PARTED_BYTES = 65_536
const WRITE_CAPACITY = 4096
const MAX_PENDING = 64
const NOTHING = new Uint8Array(0)

export default class MQTTClient {
  static readonly CONNECT = 1
  static readonly CONNACK = 2
  static readonly PUBLISH = 3
  static readonly PUBACK = 4
  static readonly PUBREC = 5
  static readonly PUBREL = 6
  static readonly PUBCOMP = 7
  static readonly SUBSCRIBE = 8
  static readonly SUBACK = 9
  static readonly UNSUBSCRIBE = 10
  static readonly UNSUBACK = 11
  static readonly PINGREQ = 12
  static readonly PINGRESP = 13
  static readonly DISCONNECT = 14
  static readonly AUTH = 15

  target: unknown
  readonly #options: MQTTClientOptions
  readonly #client: MqttClient
  readonly #pump: MqttPump
  readonly #pending = new Map<number, Pending>()
  readonly #writeCapacity: number
  #lastTag = 0
  #pendingBytes = 0
  #toldWritable = 0
  /** A message that is written in parts. */
  #parted: { options: WriteOptions; bytes: Uint8Array; filled: number } | undefined
  readonly #inbox: Inbox
  #start: Timer | undefined
  #isClosed = false

  /** Throws if the options cannot work. */
  constructor(options: MQTTClientOptions) {
    const { host, port = 1883, socket, dns } = options
    if (!host) throw new Error('host required')
    if (options.format !== undefined) this.format = options.format
    if (options.target !== undefined) this.target = options.target
    this.#options = options
    this.#writeCapacity = options.writeCapacity ?? WRITE_CAPACITY
    this.#client = new MqttClient(clientOptions(options))
    this.#pump = new MqttPump({
      ...{ client: this.#client, host, port, socket, dns },
      onOutput: (output) => this.#told(output),
    })
    this.#inbox = new Inbox(
      (message) => this.#readable(message),
      () => this.#received(),
    )
    // The caller has the object before its first callback.
    this.#start = Timer.set(() => {
      this.#start = undefined
      this.#client.start(this.#pump.now())
      this.#pump.run()
    })
  }

  get format(): string {
    return 'buffer'
  }

  set format(format: string) {
    if (format !== 'buffer') throw new RangeError('the format is buffer')
  }

  /** Says goodbye if it can at once, and releases everything. No callback follows. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    Timer.clear(this.#start)
    this.#inbox.close()
    this.#client.stop(this.#pump.now())
    this.#pump.end()
  }

  /** Answers how many bytes of payload can be written after it. Throws if this cannot be. */
  write(data: Bytes | null, options?: WriteOptions): number {
    if (this.#isClosed) throw new Error('closed')
    const bytes = data ? viewOf(data) : NOTHING
    const operation = options?.operation ?? MQTTClient.PUBLISH
    if (!options) this.#publishPart(bytes)
    else if (operation === MQTTClient.PUBLISH) this.#publishFirst(bytes, options)
    else this.#request(operation, bytes, options)
    this.#toldWritable = this.#writable
    this.#pump.run()
    return this.#writable
  }

  /** A new buffer of at most `into` bytes, or how many were put in the buffer given; undefined if nothing is there. */
  read(into?: number | Bytes): ArrayBuffer | number | undefined {
    return this.#inbox.read(into)
  }

  get #writable(): number {
    const parted = this.#parted
    if (parted) return parted.bytes.length - parted.filled
    if (this.#pending.size >= MAX_PENDING) return 0
    return Math.max(0, this.#writeCapacity - this.#pendingBytes)
  }

  #publishFirst(bytes: Uint8Array, options: WriteOptions): void {
    if (this.#parted) throw new Error('a message is not complete')
    const { byteLength = bytes.length } = options
    if (bytes.length > byteLength || byteLength > MAX_PARTED_BYTES) throw new Error('invalid')
    if (bytes.length === byteLength) {
      if (byteLength > this.#writable) throw new Error('overflow')
      this.#publish(bytes, options)
      return
    }
    this.#parted = { options, bytes: new Uint8Array(byteLength), filled: 0 }
    this.#publishPart(bytes)
  }

  #publishPart(bytes: Uint8Array): void {
    const parted = this.#parted
    if (!parted) throw new Error('options required')
    if (parted.filled + bytes.length > parted.bytes.length) throw new Error('overflow')
    parted.bytes.set(bytes, parted.filled)
    parted.filled += bytes.length
    if (parted.filled < parted.bytes.length) return
    this.#parted = undefined
    this.#publish(parted.bytes, parted.options)
  }

  #publish(payload: Uint8Array, options: WriteOptions): void {
    const { topic = '', QoS = 0, retain, expiry, properties } = options
    const answer = [undefined, MQTTClient.PUBACK, MQTTClient.PUBCOMP][QoS]
    const tag = this.#expect(MQTTClient.PUBLISH, answer, options.id, payload.length)
    const now = this.#pump.now()
    const deadline = expiry === undefined ? undefined : later(now, expiry)
    const message = { topic, payload, tag, deadline, properties, retain: !!retain }
    this.#taken(tag, this.#client.publish({ ...message, qos: QoS as QoS }, now))
  }

  #request(operation: number, bytes: Uint8Array, options: WriteOptions): void {
    const now = this.#pump.now()
    const { items = [], properties, id } = options
    if (operation === MQTTClient.SUBSCRIBE) {
      const tag = this.#expect(operation, MQTTClient.SUBACK, id)
      const subscriptions = items.map(({ topic, QoS = 0, ...more }) => ({
        ...more,
        filter: topic,
        qos: QoS as QoS,
      }))
      this.#taken(tag, this.#client.subscribe({ subscriptions, tag, properties }, now))
    } else if (operation === MQTTClient.UNSUBSCRIBE) {
      const tag = this.#expect(operation, MQTTClient.UNSUBACK, id)
      const filters = items.map(({ topic }) => topic)
      this.#taken(tag, this.#client.unsubscribe({ filters, tag, properties }, now))
    } else if (operation === MQTTClient.AUTH) {
      const why = this.#client.authenticate(bytes.length > 0 ? bytes : undefined, now)
      if (why) throw new Error(why)
    } else if (operation === MQTTClient.DISCONNECT) this.#client.stop(now, options)
    else throw new Error('the client does that by itself')
  }

  /** The tag by which the client tells what became of it. */
  #expect(operation: number, answer: number | undefined, id?: number, byteLength = 0): number {
    const tag = ++this.#lastTag
    this.#pending.set(tag, { id: id ?? tag, operation, answer, byteLength })
    this.#pendingBytes += byteLength
    return tag
  }

  #taken(tag: number, refused: string | undefined): void {
    if (refused === undefined) return
    this.#settled(tag)
    throw new Error(refused)
  }

  #settled(tag: number): Pending | undefined {
    const pending = this.#pending.get(tag)
    this.#pending.delete(tag)
    this.#pendingBytes -= pending?.byteLength ?? 0
    return pending
  }

  #told(output: MqttOutput): void {
    if (this.#isClosed) return
    switch (output.kind) {
      case 'connected': {
        const { sessionPresent, properties } = output
        this.#control({ operation: MQTTClient.CONNACK, reason: 0, sessionPresent, properties })
        this.#toldWritable = 0
        break
      }
      case 'message':
        this.#inbox.push(output)
        this.#pump.isPaused = this.#inbox.isFull
        break
      case 'sent':
        if (this.#pending.get(output.tag)?.answer === undefined) this.#settled(output.tag)
        break
      case 'acknowledged':
      case 'rejected':
      case 'granted':
      case 'dropped':
        this.#answered(output)
        break
      case 'challenge':
      case 'authenticated':
        this.#control({ operation: MQTTClient.AUTH, payload: output.data })
        break
      case 'disconnected':
        this.#disconnected(output)
    }
    if (!this.#isClosed && this.#client.connected && this.#writable > this.#toldWritable) {
      this.#toldWritable = this.#writable
      this.#options.onWritable?.call(this, this.#writable)
    }
  }

  #answered(
    output: Extract<MqttOutput, { kind: 'acknowledged' | 'rejected' | 'granted' | 'dropped' }>,
  ): void {
    const pending = this.#settled(output.tag)
    if (!pending) return
    const { id, operation, answer } = pending
    if (output.kind === 'dropped' || answer === undefined)
      this.#control({ operation, id, why: 'why' in output ? output.why : undefined })
    else if (output.kind === 'granted')
      this.#control({
        operation: answer,
        id,
        payload: output.reasons,
        properties: output.properties,
      })
    else {
      const { reason = 0, properties } = output
      const why = output.kind === 'rejected' ? output.why : undefined
      this.#control({ operation: answer, id, reason, why, properties })
    }
  }

  #disconnected({ why, reason, retryAt }: Extract<MqttOutput, { kind: 'disconnected' }>): void {
    const wasAsked = retryAt === Number.POSITIVE_INFINITY
    if (!wasAsked && this.#options.reconnect !== false) {
      const retry = retryAt - this.#pump.now()
      this.#control({ operation: MQTTClient.DISCONNECT, reason, why, retry })
      return
    }
    const { onClose, onError } = this.#options
    this.close()
    if (wasAsked) onClose?.call(this)
    else onError?.call(this, new Error(why))
  }

  #control(message: Control): void {
    if (!this.#isClosed) this.#options.onControl?.call(this, message)
  }

  #readable({ topic, payload, qos, retain, duplicate, properties }: IncomingMessage): void {
    const { onReadable } = this.#options
    const { length } = payload
    const options = { topic, QoS: qos, byteLength: length, more: false, retain, duplicate }
    if (onReadable) onReadable.call(this, length, { ...options, properties })
    else this.#inbox.read()
  }

  /** There is room for messages again. */
  #received(): void {
    this.#pump.isPaused = this.#inbox.isFull
    this.#pump.run()
  }
}
