/** One connection at the broker: what its client sends, held against the protocol and the limits that it was told. */
import mqtt, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'
import type { Agenda } from '../agenda'
import type { Conditions } from '../conditions'
import type { ServerEnd, ServerEvents } from '../network/stream'
import type { Random } from '../random'
import type { BrokerEvents } from './events'
import type { BrokerSession, Sessions } from './sessions'

export interface BrokerOptions {
  agenda: Agenda
  random: Random
  conditions: Conditions
  events: BrokerEvents
  /** Secrets by key. */
  accounts: Map<string, string>
}

interface ConnectionOptions extends BrokerOptions {
  end: ServerEnd
  sessions: Sessions<BrokerConnection>
  enforced: { readonly receiveMaximum?: number }
  onOver(): void
}

type Rival = NonNullable<Conditions['broker']['rival']>

interface Answer {
  cmd: 'puback' | 'pubrec' | 'pubcomp'
  messageId: number
  reasonCode: number
}

/** From here on a reason code says no. */
const FAILURE = 0x80
const NOT_AUTHORISED = 0x87
const TAKEN_OVER = 0x8e
const KEEP_ALIVE_TIMEOUT = 0x8d

export class BrokerConnection implements ServerEvents {
  readonly #options: ConnectionOptions
  readonly #parser = mqtt.parser({ protocolVersion: 5 })
  readonly #aliases = new Map<number, string>()
  #session: BrokerSession<BrokerConnection> | undefined
  #open = true
  /** CONNECT has come. */
  #isAsked = false
  #keepAliveMs = 0
  #heardAt = 0
  /** When the first byte of the packet that is read was written, and of the bytes that came last. */
  #begunAt = 0
  #sentAt = 0
  #isBetween = true
  #unacknowledged = 0
  readonly #answers: Answer[] = []
  #acknowledgeAt = 0
  #limits = { receiveMaximum: 65_535, maximumPacketSize: Number.POSITIVE_INFINITY, aliases: 0 }

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#parser.on('packet', (packet) => {
      this.#take(packet)
      this.#begunAt = this.#sentAt
    })
    this.#parser.on('error', (error) => this.#fault(`malformed: ${error}`))
  }

  onBytes(bytes: Uint8Array, sentAt: number): void {
    if (!this.#open) return
    this.#heardAt = this.#options.agenda.now
    this.#sentAt = sentAt
    if (this.#isBetween) this.#begunAt = sentAt
    this.#options.events.onBytes(bytes)
    this.#isBetween = this.#parser.parse(Buffer.from(bytes)) === 0
  }

  onClosed(): void {
    this.#over()
  }

  drop(politely: boolean): void {
    if (politely) this.#options.end.close()
    else this.#options.end.sever()
    this.#over()
  }

  disconnect(reasonCode: number): void {
    this.#send({ cmd: 'disconnect', reasonCode, properties: this.#reference })
    this.drop(true)
  }

  get #reference(): { serverReference?: string } {
    const { serverReference } = this.#options.conditions.broker
    return serverReference === undefined ? {} : { serverReference }
  }

  sendGarbage(bytes: Uint8Array): void {
    if (this.#session) this.#options.end.write(bytes)
  }

  #fault(what: string): void {
    this.#options.events.onFault(what)
    if (this.#open) this.drop(true)
  }

  #over(): void {
    if (!this.#open) return
    this.#open = false
    this.#options.onOver()
    if (this.#session?.connection === this) this.#options.sessions.close(this.#session)
  }

  #send(packet: Packet): void {
    if (this.#open)
      this.#options.end.write(new Uint8Array(mqtt.generate(packet, { protocolVersion: 5 })))
  }

  #take(packet: Packet): void {
    if (!this.#open) return
    if (packet.cmd === 'connect') this.#connect(packet)
    // A client need not wait for CONNACK to say goodbye: MQTT 5, 3.1.4.
    else if (packet.cmd === 'disconnect' && this.#isAsked) this.drop(true)
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
    const { conditions, accounts, events } = this.#options
    if (this.#session) return this.#fault('a second CONNECT')
    this.#isAsked = true
    if (packet.protocolVersion !== 5) return this.#fault('another version than MQTT 5')
    if (packet.will) return this.#fault('a Will, though the platform has no topic for one')
    if (!packet.clientId) return this.#fault('no client id')
    if (conditions.broker.ignoresConnect) return
    const key = packet.username ?? ''
    const known = accounts.get(key) === packet.password?.toString()
    const reason = conditions.broker.connackReason || (known ? 0 : NOT_AUTHORISED)
    if (reason !== 0) {
      events.onRefused(key, reason)
      const properties = this.#reference
      this.#send({ cmd: 'connack', reasonCode: reason, sessionPresent: false, properties })
      this.drop(true)
      return
    }
    const present = this.#resume(packet)
    this.#welcome(present)
    const { serverKeepAliveS, rival } = conditions.broker
    this.#keepAliveMs = (serverKeepAliveS ?? packet.keepalive ?? 0) * 1500
    this.#watch()
    events.onAccepted(key, present)
    if (rival) this.#awaitRival(rival)
  }

  #awaitRival({ afterMs: [min, max], startsClean }: Rival): void {
    const { agenda, conditions, random, sessions, events } = this.#options
    agenda.after(min + random.next() * (max - min), () => {
      if (!this.#open || !conditions.broker.rival) return
      if (startsClean) sessions.lose()
      this.disconnect(TAKEN_OVER)
      events.onTakenOver()
    })
  }

  /** Opens the client's session; answers whether there was one. */
  #resume({ clientId, clean, properties }: IConnectPacket): boolean {
    const { sessions } = this.#options
    sessions.connectionOf(clientId)?.disconnect(TAKEN_OVER)
    const { session, present } = sessions.open(clientId, {
      clean: clean ?? false,
      expiryS: properties?.sessionExpiryInterval ?? 0,
      connection: this,
    })
    this.#session = session
    return present
  }

  #welcome(sessionPresent: boolean): void {
    const { conditions, enforced } = this.#options
    const { receiveMaximum, maximumPacketSize, topicAliasMaximum, serverKeepAliveS } =
      conditions.broker
    this.#limits = {
      receiveMaximum: enforced.receiveMaximum ?? receiveMaximum ?? 65_535,
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
        ...(serverKeepAliveS !== undefined && { serverKeepAlive: serverKeepAliveS }),
        topicAliasMaximum,
      },
    })
  }

  #watch(): void {
    const { agenda } = this.#options
    if (this.#keepAliveMs === 0 || !this.#open) return
    const due = this.#heardAt + this.#keepAliveMs
    if (agenda.now >= due) return this.disconnect(KEEP_ALIVE_TIMEOUT)
    agenda.at(due, () => this.#watch())
  }

  #publish(packet: IPublishPacket, session: BrokerSession<BrokerConnection>): void {
    const { events } = this.#options
    const topic = this.#topicOf(packet)
    const id = packet.messageId ?? 0
    if (topic === undefined) return this.#fault('a topic alias that it was not given')
    const again = packet.qos === 2 && session.received.has(id)
    if (packet.qos > 0 && ++this.#unacknowledged > this.#limits.receiveMaximum)
      return this.#fault(`${this.#unacknowledged} messages unacknowledged at once`)
    const payload = packet.payload as Uint8Array
    const refusal = again ? undefined : this.#refusal(topic, payload)
    if (refusal !== undefined) {
      events.onMessageRefused({ topic, payload }, refusal)
      return this.#acknowledge(packet.qos === 2 ? 'pubrec' : 'puback', id, refusal)
    }
    if (packet.qos === 2) session.received.add(id)
    if (!again)
      events.onMessage({
        topic,
        payload,
        qos: packet.qos,
        retain: packet.retain,
        duplicate: packet.dup,
        sentAt: this.#begunAt,
        session: session.number,
      })
    if (packet.qos === 1) this.#acknowledge('puback', id)
    if (packet.qos === 2) this.#acknowledge('pubrec', id)
  }

  /** Why a message is not taken; undefined if it is. Draws nothing of a broker that takes all. */
  #refusal(topic: string, payload: Uint8Array): number | undefined {
    const { conditions, random, sessions } = this.#options
    const { refuses } = conditions.broker
    return sessions.refusal(`${topic} ${payload}`, () =>
      refuses && random.chance(refuses.share) ? refuses.reason : undefined,
    )
  }

  #release(id: number, session: BrokerSession<BrokerConnection>): void {
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
  #acknowledge(cmd: Answer['cmd'], messageId: number, reasonCode = 0): void {
    const { agenda, random, conditions } = this.#options
    const [min, max] = conditions.broker.acknowledgeMs
    const waitMs = min + random.next() * (max - min)
    this.#acknowledgeAt = Math.max(this.#acknowledgeAt, agenda.now + waitMs)
    this.#answers.push({ cmd, messageId, reasonCode })
    agenda.at(this.#acknowledgeAt, () => this.#answer())
  }

  #answer(): void {
    const next = this.#answers.shift()
    if (!next || !this.#open) return
    if (next.cmd !== 'pubrec' || next.reasonCode >= FAILURE) this.#unacknowledged--
    this.#send(next)
  }

  acknowledgeAll(): void {
    this.#acknowledgeAt = 0
    while (this.#answers.length > 0) this.#answer()
  }

  #disconnect({ properties }: Packet & { cmd: 'disconnect' }): void {
    const expiryS = properties?.sessionExpiryInterval
    if (expiryS !== undefined && this.#session) this.#session.expiryS = expiryS
    this.drop(true)
  }
}
