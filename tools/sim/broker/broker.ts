/**
 * An MQTT 5 broker of one site, whose bytes are read and written by mqtt-packet: our own codec is not its own judge.
 * It keeps sessions by client id and shouts where a client breaks the protocol or the limits that it was told.
 */
import mqtt, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'
import type { Agenda } from '../agenda'
import type { Conditions } from '../conditions'
import type { ServerEnd, ServerEvents } from '../network/stream'
import type { Random } from '../random'
import type { BrokerEvents } from './arrived'

interface Session {
  number: number
  /** QoS 2 packet ids received and not yet released. */
  received: Set<number>
  expiryS: number
  connection: Connection | undefined
  disconnectedAt: number
}

export interface BrokerOptions {
  agenda: Agenda
  random: Random
  conditions: Conditions
  events: BrokerEvents
  /** Secrets by key. */
  accounts: Map<string, string>
}

export class VirtualBroker {
  readonly options: BrokerOptions
  readonly sessions = new Map<string, Session>()
  readonly #connections = new Set<Connection>()
  /** Held against the client in place of what it was told: for proof that a fault of its is seen. */
  enforced: { receiveMaximum?: number } = {}
  #sessionsMade = 0

  constructor(options: BrokerOptions) {
    this.options = options
  }

  accept(end: ServerEnd): ServerEvents {
    const connection = new Connection(this, end)
    this.#connections.add(connection)
    return connection
  }

  newSession(): Session {
    const number = ++this.#sessionsMade
    return { number, received: new Set(), expiryS: 0, connection: undefined, disconnectedAt: 0 }
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection)
  }

  /** Its process ends; `politely` its sockets are closed, else the host is gone at once. */
  stop({ keepSessions, politely }: { keepSessions: boolean; politely: boolean }): void {
    for (const connection of [...this.#connections]) connection.drop(politely)
    if (!keepSessions) this.sessions.clear()
  }

  /** Sends everyone away with a reason code. */
  dismiss(reason: number): void {
    for (const connection of [...this.#connections]) connection.dismiss(reason)
  }

  /** Is slow no longer. */
  hurry(): void {
    for (const connection of this.#connections) connection.hurry()
  }

  /** Sends what no MQTT is. */
  babble(bytes: Uint8Array): void {
    for (const connection of this.#connections) connection.babble(bytes)
  }
}

const NOT_AUTHORISED = 0x87
const TAKEN_OVER = 0x8e
const KEEP_ALIVE_TIMEOUT = 0x8d

class Connection implements ServerEvents {
  readonly #broker: VirtualBroker
  readonly #end: ServerEnd
  readonly #parser = mqtt.parser({ protocolVersion: 5 })
  readonly #aliases = new Map<number, string>()
  #session: Session | undefined
  #open = true
  #keepAliveMs = 0
  #heardAt = 0
  #sentAt = 0
  #unacknowledged = 0
  readonly #answers: { cmd: 'puback' | 'pubrec' | 'pubcomp'; messageId: number }[] = []
  #acknowledgeAt = 0
  #limits = { receiveMaximum: 65_535, maximumPacketSize: Number.POSITIVE_INFINITY, aliases: 0 }

  constructor(broker: VirtualBroker, end: ServerEnd) {
    this.#broker = broker
    this.#end = end
    this.#parser.on('packet', (packet) => this.#take(packet))
    this.#parser.on('error', (error) => this.#fault(`malformed: ${error}`))
  }

  onBytes(bytes: Uint8Array, sentAt: number): void {
    if (!this.#open) return
    this.#heardAt = this.#broker.options.agenda.now
    this.#sentAt = sentAt
    this.#broker.options.events.onBytes(bytes)
    this.#parser.parse(Buffer.from(bytes))
  }

  onClosed(): void {
    this.#over()
  }

  drop(politely: boolean): void {
    if (politely) this.#end.close()
    else this.#end.sever()
    this.#over()
  }

  dismiss(reasonCode: number): void {
    this.#send({ cmd: 'disconnect', reasonCode })
    this.drop(true)
  }

  babble(bytes: Uint8Array): void {
    if (this.#session) this.#end.write(bytes)
  }

  #fault(what: string): void {
    this.#broker.options.events.onFault(what)
    if (this.#open) this.drop(true)
  }

  #over(): void {
    if (!this.#open) return
    this.#open = false
    this.#broker.forget(this)
    const session = this.#session
    if (session?.connection !== this) return
    session.connection = undefined
    session.disconnectedAt = this.#broker.options.agenda.now
  }

  #send(packet: Packet): void {
    if (this.#open) this.#end.write(new Uint8Array(mqtt.generate(packet, { protocolVersion: 5 })))
  }

  #take(packet: Packet): void {
    if (!this.#open) return
    if (packet.cmd === 'connect') this.#connect(packet)
    else if (!this.#session) this.#fault(`${packet.cmd} before CONNECT was accepted`)
    else if ((packet.length ?? 0) > this.#limits.maximumPacketSize)
      this.#fault(`a packet of ${packet.length} bytes, above ${this.#limits.maximumPacketSize}`)
    else if (packet.cmd === 'publish') this.#publish(packet, this.#session)
    else if (packet.cmd === 'pubrel') this.#release(packet.messageId ?? 0, this.#session)
    else if (packet.cmd === 'pingreq') this.#send({ cmd: 'pingresp' })
    else if (packet.cmd === 'disconnect') this.#disconnect(packet)
    else this.#fault(`${packet.cmd} from a client that only publishes`)
  }

  #connect(packet: IConnectPacket): void {
    const { conditions, accounts, events } = this.#broker.options
    if (this.#session) return this.#fault('a second CONNECT')
    if (packet.protocolVersion !== 5) return this.#fault('another version than MQTT 5')
    if (packet.will) return this.#fault('a Will, though the platform has no topic for one')
    if (!packet.clientId) return this.#fault('no client id')
    const key = packet.username ?? ''
    const known = accounts.get(key) === packet.password?.toString()
    const reason = conditions.broker.connackReason || (known ? 0 : NOT_AUTHORISED)
    if (reason !== 0) {
      events.onRefused(key, reason)
      this.#send({ cmd: 'connack', reasonCode: reason, sessionPresent: false })
      this.drop(true)
      return
    }
    const present = this.#resume(packet)
    this.#welcome(present)
    this.#keepAliveMs = (packet.keepalive ?? 0) * 1500
    this.#watch()
    events.onAccepted(key, present)
  }

  /** Finds or makes the client's session; answers whether there was one. */
  #resume({ clientId, clean, properties }: IConnectPacket): boolean {
    const { sessions, options } = this.#broker
    const old = sessions.get(clientId)
    old?.connection?.dismiss(TAKEN_OVER)
    const expired =
      old && options.agenda.now - old.disconnectedAt > old.expiryS * 1000 ? true : clean
    const session = old && !expired ? old : this.#broker.newSession()
    sessions.set(clientId, session)
    session.connection = this
    session.expiryS = properties?.sessionExpiryInterval ?? 0
    this.#session = session
    return session === old
  }

  #welcome(sessionPresent: boolean): void {
    const { receiveMaximum, maximumPacketSize, topicAliasMaximum } =
      this.#broker.options.conditions.broker
    this.#limits = {
      receiveMaximum: this.#broker.enforced.receiveMaximum ?? receiveMaximum ?? 65_535,
      maximumPacketSize: maximumPacketSize ?? Number.POSITIVE_INFINITY,
      aliases: topicAliasMaximum,
    }
    this.#send({
      cmd: 'connack',
      reasonCode: 0,
      sessionPresent,
      properties: {
        ...(receiveMaximum !== undefined && { receiveMaximum }),
        ...(maximumPacketSize !== undefined && { maximumPacketSize }),
        topicAliasMaximum,
      },
    })
  }

  #watch(): void {
    const { agenda } = this.#broker.options
    if (this.#keepAliveMs === 0 || !this.#open) return
    const due = this.#heardAt + this.#keepAliveMs
    if (agenda.now >= due) return this.dismiss(KEEP_ALIVE_TIMEOUT)
    agenda.at(due, () => this.#watch())
  }

  #publish(packet: IPublishPacket, session: Session): void {
    const { events } = this.#broker.options
    const topic = this.#topicOf(packet)
    const id = packet.messageId ?? 0
    if (topic === undefined) return this.#fault('a topic alias that it was not given')
    const again = packet.qos === 2 && session.received.has(id)
    if (packet.qos === 2) session.received.add(id)
    if (packet.qos > 0 && ++this.#unacknowledged > this.#limits.receiveMaximum)
      return this.#fault(`${this.#unacknowledged} messages unacknowledged at once`)
    if (!again)
      events.onMessage({
        topic,
        payload: packet.payload as Uint8Array,
        qos: packet.qos,
        retain: packet.retain,
        duplicate: packet.dup,
        sentAt: this.#sentAt,
        session: session.number,
      })
    if (packet.qos === 1) this.#acknowledge('puback', id)
    if (packet.qos === 2) this.#acknowledge('pubrec', id)
  }

  #release(id: number, session: Session): void {
    session.received.delete(id)
    this.#acknowledge('pubcomp', id)
  }

  #topicOf({ topic, properties }: IPublishPacket): string | undefined {
    const alias = properties?.topicAlias
    if (alias === undefined) return topic || undefined
    if (alias < 1 || alias > this.#limits.aliases) return undefined
    if (topic) this.#aliases.set(alias, topic)
    return this.#aliases.get(alias)
  }

  /** In the order of the messages, each after its own time. */
  #acknowledge(cmd: 'puback' | 'pubrec' | 'pubcomp', messageId: number): void {
    const { agenda, random, conditions } = this.#broker.options
    const [least, most] = conditions.broker.acknowledgeMs
    const waitMs = least + random.next() * (most - least)
    this.#acknowledgeAt = Math.max(this.#acknowledgeAt, agenda.now + waitMs)
    this.#answers.push({ cmd, messageId })
    agenda.at(this.#acknowledgeAt, () => this.#answer())
  }

  #answer(): void {
    const next = this.#answers.shift()
    if (!next || !this.#open) return
    if (next.cmd !== 'pubrec') this.#unacknowledged--
    this.#send({ ...next, reasonCode: 0 })
  }

  /** Everything that it has been slow to answer. */
  hurry(): void {
    this.#acknowledgeAt = 0
    while (this.#answers.length > 0) this.#answer()
  }

  #disconnect({ properties }: Packet & { cmd: 'disconnect' }): void {
    const expiryS = properties?.sessionExpiryInterval
    if (expiryS !== undefined && this.#session) this.#session.expiryS = expiryS
    this.drop(true)
  }
}
