/**
 * The MQTT packets of one connection in words. Secrets are masked first, and only what is left is read: user name and
 * password of CONNECT, authentication data, and the password wherever the broker might repeat it.
 */
import mqtt, {
  type IConnectPacket,
  type IPublishPacket,
  type Packet as SentPacket,
} from 'mqtt-packet'
import { utf8Length } from '../../firmware/core/bytes'
import { AUTH } from '../../firmware/mqtt/packet/codes'
import { firstByteFault, type Packet, readPacket } from '../../firmware/mqtt/packet/packet'
import { Reader } from '../../firmware/mqtt/packet/reader'
import { reasonInWords } from '../../firmware/mqtt/packet/reason'
import type { Direction } from './entry'

export interface TracedMessage {
  topic: string
  payload: string
  /** It was sent before, on this connection or an earlier one. */
  again: boolean
}

interface MqttTraceOptions {
  note(direction: Direction, packet: Uint8Array, words: string): void
  onMessage?(message: TracedMessage): void
}

const STAR = 0x2a
/** A shorter password is found everywhere by chance. */
const MIN_SEARCHED_BYTES = 8
const MAX_PACKET_BYTES = 65_536
const MAX_HEADER_BYTES = 5
const UNREADABLE = 'a packet that cannot be read, masked'
const NOTHING = new Uint8Array(0)

export class MqttTrace {
  readonly #options: MqttTraceOptions
  readonly #out = new PacketCutter()
  readonly #in = new PacketCutter()
  /** Topics by alias, as this connection has made them known. */
  readonly #aliases = new Map<number, string>()
  #password: Uint8Array = NOTHING

  constructor(options: MqttTraceOptions) {
    this.#options = options
  }

  sent(bytes: Uint8Array): void {
    for (const packet of this.#out.cut(bytes)) {
      const masked = this.#maskSent(packet)
      const read = parse(masked)
      this.#options.note('out', masked, read ? this.#sentInWords(read) : UNREADABLE)
      if (read?.cmd === 'publish') this.#tell(read)
    }
  }

  received(bytes: Uint8Array): void {
    for (const packet of this.#in.cut(bytes)) {
      const masked = this.#maskReceived(packet)
      this.#options.note('in', masked, isAuth(packet) ? UNREADABLE : receivedInWords(masked))
    }
  }

  /** The connection is over; what is the beginning of a packet stays one. */
  end(): void {
    const cut = 'the beginning of a packet'
    if (this.#out.rest.length > 0) this.#options.note('out', starred(this.#out.rest), cut)
    // It may hold the beginning of a password that the broker repeats.
    if (this.#in.rest.length > 0) this.#options.note('in', starred(this.#in.rest), cut)
  }

  #maskSent(packet: Uint8Array): Uint8Array {
    const read = parse(packet)
    if (!read || isAuth(packet)) return starred(packet)
    if (read.cmd !== 'connect') return packet
    const { username = '', password, properties } = read
    this.#password = password ?? NOTHING
    const masked = packet.slice()
    if (properties?.authenticationData) maskAll(masked, properties.authenticationData)
    // They are the last two fields, each behind two bytes of length. MQTT 5.0, 3.1.3.
    let end = masked.length
    if (password) {
      masked.fill(STAR, end - password.length)
      end -= password.length + 2
    }
    masked.fill(STAR, end - utf8Length(username), end)
    return masked
  }

  #maskReceived(packet: Uint8Array): Uint8Array {
    if (isAuth(packet)) return starred(packet)
    const masked = packet.slice()
    if (this.#password.length >= MIN_SEARCHED_BYTES) maskAll(masked, this.#password)
    const read = parse(masked)
    if (read?.cmd === 'connack' && read.properties?.authenticationData)
      maskAll(masked, read.properties.authenticationData)
    return masked
  }

  #sentInWords(packet: SentPacket): string {
    switch (packet.cmd) {
      case 'connect':
        return connectInWords(packet)
      case 'publish': {
        const { qos, dup, messageId, payload, properties = {} } = packet
        const { topicAlias, messageExpiryInterval } = properties
        const topic = this.#topicOf(packet)
        return [
          `PUBLISH${qos > 0 ? ` ${messageId}` : ''}${dup ? ' again' : ''}`,
          ` to ${topic}, QoS ${qos}`,
          topicAlias === undefined ? '' : `, alias ${topicAlias}`,
          messageExpiryInterval === undefined ? '' : `, for ${messageExpiryInterval} s`,
          `: ${payload.toString()}`,
        ].join('')
      }
      case 'disconnect':
        return `DISCONNECT: ${reasonInWords(packet.reasonCode ?? 0)}`
      case 'pingreq':
        return 'PINGREQ'
      default:
        return `${packet.cmd.toUpperCase()} ${packet.messageId}`
    }
  }

  #tell(packet: IPublishPacket): void {
    const payload = packet.payload.toString()
    this.#options.onMessage?.({ topic: this.#topicOf(packet), payload, again: packet.dup })
  }

  #topicOf({ topic, properties }: IPublishPacket): string {
    const alias = properties?.topicAlias
    if (alias === undefined) return topic
    if (topic) this.#aliases.set(alias, topic)
    return this.#aliases.get(alias) ?? `the topic of alias ${alias}`
  }
}

/** A stream of bytes -> whole packets, by the lengths that they tell. MQTT 5.0, 2.1.4. */
class PacketCutter {
  rest: Uint8Array = NOTHING
  /** A length that no packet can have: nothing is cut any more. */
  #lost = false

  cut(bytes: Uint8Array): Uint8Array[] {
    this.rest = Uint8Array.from([...this.rest, ...bytes])
    const packets: Uint8Array[] = []
    for (let size = this.#size(); size > 0; size = this.#size()) {
      packets.push(this.rest.slice(0, size))
      this.rest = this.rest.slice(size)
    }
    return packets
  }

  /** Of the packet at the start of `rest`; 0 if it is not whole yet. */
  #size(): number {
    const { length } = this.rest
    if (this.#lost) return length
    let body = 0
    for (let i = 1; i < Math.min(length, MAX_HEADER_BYTES); i++) {
      body |= (this.rest[i] & 0x7f) << (7 * (i - 1))
      if (this.rest[i] >= 0x80) continue
      const size = 1 + i + body
      if (size > MAX_PACKET_BYTES) break
      return size <= length ? size : 0
    }
    this.#lost = length >= MAX_HEADER_BYTES
    return this.#lost ? length : 0
  }
}

function parse(packet: Uint8Array): SentPacket | undefined {
  let read: SentPacket | undefined
  const parser = mqtt.parser({ protocolVersion: 5 })
  parser.on('packet', (whole) => {
    read = whole
  })
  parser.on('error', () => {
    read = undefined
  })
  parser.parse(Buffer.from(packet))
  return read
}

function connectInWords({
  clientId,
  clean,
  keepalive,
  username,
  password,
  properties,
}: IConnectPacket): string {
  const secrets = [username && 'user name', password && 'password'].filter(Boolean)
  return [
    `CONNECT as ${clientId}`,
    secrets.length > 0 ? `, ${secrets.join(' and ')} masked` : '',
    clean ? ', clean start' : '',
    `, keep alive ${keepalive} s, session kept for ${properties?.sessionExpiryInterval ?? 0} s`,
  ].join('')
}

function receivedInWords(packet: Uint8Array): string {
  const read = decode(packet)
  switch (read.kind) {
    case 'illegal':
      return `no MQTT packet: ${read.why}`
    case 'pingresp':
      return 'PINGRESP'
    case 'publish':
      return `PUBLISH to ${read.topic}, QoS ${read.qos}: ${read.payload.length} bytes`
    case 'suback':
    case 'unsuback':
      return `${read.kind.toUpperCase()} ${read.id}`
    case 'connack':
      return `CONNACK: ${reasonInWords(read.reason)}${read.sessionPresent ? ', session present' : ''}${propertiesInWords(read)}`
    case 'disconnect':
    case 'auth':
      return `${read.kind.toUpperCase()}: ${reasonInWords(read.reason)}${propertiesInWords(read)}`
    default:
      return `${read.kind.toUpperCase()} ${read.id}: ${reasonInWords(read.reason)}${propertiesInWords(read)}`
  }
}

/** As the dongle reads it. */
function decode(packet: Uint8Array): Packet {
  const fault = firstByteFault(packet[0])
  if (fault) return fault
  let body = 1
  while (packet[body] >= 0x80) body++
  const reader = new Reader()
  reader.open(packet, body + 1, packet.length)
  return readPacket(packet[0], reader)
}

/** Such as `; topicAliasMaximum 10`. */
function propertiesInWords({ properties = {} }: { properties: object | undefined }): string {
  const words = Object.entries(properties).map(([name, value]) =>
    value instanceof Uint8Array
      ? `${name} of ${value.length} bytes`
      : `${name} ${JSON.stringify(value)}`,
  )
  return words.length > 0 ? `; ${words.join(', ')}` : ''
}

/** Whose purpose is to carry a secret. */
function isAuth(packet: Uint8Array): boolean {
  return packet[0] >> 4 === AUTH
}

/** All but the type and the length. */
function starred(packet: Uint8Array): Uint8Array {
  let body = 1
  while (packet[body] >= 0x80 && body < MAX_HEADER_BYTES - 1) body++
  return packet.slice().fill(STAR, body + 1)
}

function maskAll(bytes: Uint8Array, secret: Uint8Array): void {
  if (secret.length === 0) return
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length))
    bytes.fill(STAR, at, at + secret.length)
}
