/**
 * One connection to a server, from its open transport to its end. What ends with it is here, and in the sender that writes
 * for it.
 */
import { earliest, type MonotonicMs } from '../../core/time'
import { limitsOf, TOO_LARGE } from '../limits'
import { connectProperties, type ResolvedOptions } from '../options'
import type { MqttOutput } from '../output'
import { PROTOCOL_ERROR, TOPIC_ALIAS_INVALID } from '../packet/codes'
import { Framing } from '../packet/framing'
import { hasProblemInformation, type Packet } from '../packet/packet'
import type { Properties } from '../packet/properties'
import type { ReceivedPublish } from '../packet/publish'
import { type Illegal, illegal } from '../packet/reason'
import { Writer } from '../packet/writer'
import { InboundAliases } from './aliases'
import { Authentication } from './authentication'
import { Liveness } from './liveness'
import { PacketSender } from './sender'

const INITIAL_BUFFER_BYTES = 512

/** Used by one connection after the other, so that a reconnect need not find memory for them. */
export class ConnectionBuffers {
  readonly framing: Framing
  readonly writer = new Writer(INITIAL_BUFFER_BYTES)

  constructor(maxPacketBytes: number) {
    this.framing = new Framing(maxPacketBytes)
  }
}

export class Connection {
  readonly sender: PacketSender
  readonly framing: Framing
  readonly #options: ResolvedOptions
  readonly #liveness: Liveness
  /** If the client wants one. */
  readonly #authentication: Authentication | undefined
  #aliases: InboundAliases | undefined

  constructor(options: ResolvedOptions, { framing, writer }: ConnectionBuffers, now: MonotonicMs) {
    framing.reset()
    this.sender = new PacketSender(writer, options.tellsExpiry)
    this.framing = framing
    this.#options = options
    this.#liveness = new Liveness(options, now)
    const method = options.authentication?.method
    if (method !== undefined) this.#authentication = new Authentication(method)
  }

  /** Throws if no CONNECT can carry `data`, the first of an enhanced authentication. */
  connect(clientId: string, cleanStart: boolean, data?: Uint8Array): void {
    const { keepAliveS, username, password, will } = this.#options
    const properties = connectProperties(this.#options, data)
    this.sender.connect({ clientId, cleanStart, keepAliveS, username, password, will, properties })
  }

  /** A CONNACK that accepts: from now on these properties say what the server takes. */
  accepted(properties: Properties | undefined): MqttOutput | Illegal | undefined {
    this.sender.accepted(limitsOf(properties, this.#options), this.#options.aliasCapacity)
    if (this.#authentication) return this.#authentication.accepted(properties)
    if (properties?.authenticationMethod === undefined) return undefined
    return illegal(PROTOCOL_ERROR, 'a CONNACK with an authentication method')
  }

  /** The next packet of `bytes`; undefined if they are used up. */
  next(bytes: Uint8Array, now: MonotonicMs): Packet | undefined {
    const packet = this.framing.next(bytes)
    if (!packet) return undefined
    this.#liveness.heardAt = now
    const wantsProblems = this.#options.connectProperties?.requestProblemInformation !== 0
    if (wantsProblems || !hasProblemInformation(packet)) return packet
    return illegal(PROTOCOL_ERROR, 'problem information that was not asked for')
  }

  /** A packet that is about the connection. */
  receive(packet: Packet): MqttOutput | Illegal | undefined {
    switch (packet.kind) {
      case 'suback':
      case 'unsuback':
        return this.sender.requests.answered(packet)
      case 'auth':
        if (this.#authentication) return this.#authentication.receive(packet)
        return illegal(PROTOCOL_ERROR, 'an AUTH without an authentication method')
      case 'pingresp':
        this.#liveness.pingresp()
        return undefined
      default:
        return illegal(PROTOCOL_ERROR, `a ${packet.kind} at this time`)
    }
  }

  /** The same message with the topic that its alias stands for, if it has one. */
  resolved(packet: ReceivedPublish): ReceivedPublish | Illegal {
    const alias = packet.properties?.topicAlias
    if (alias === undefined) return packet
    if (alias > this.#options.topicAliasMaximum)
      return illegal(TOPIC_ALIAS_INVALID, `topic alias ${alias}`)
    this.#aliases ??= new InboundAliases()
    const topic = this.#aliases.resolve(alias, packet.topic)
    return topic ? { ...packet, topic } : illegal(PROTOCOL_ERROR, 'an alias of no topic')
  }

  /** Sends AUTH, or answers in words why not. */
  authenticate(data: Uint8Array | undefined, now: MonotonicMs): string | undefined {
    const authentication = this.#authentication
    if (!authentication) return 'the connection was made without a method'
    const why = authentication.rejection(data)
    if (why) return why
    const properties = { authenticationMethod: authentication.method, authenticationData: data }
    if (!this.sender.auth(authentication.reason, properties)) return TOO_LARGE
    authentication.asked(now)
    return undefined
  }

  /** What is to be sent; undefined if nothing is. Valid until something is written. */
  take(now: MonotonicMs): Uint8Array | undefined {
    const bytes = this.sender.take()
    if (bytes) this.#liveness.sentAt = now
    return bytes
  }

  /**
   * Why the connection is dead; undefined if it may be alive, and then a quiet one gets its ping. `unansweredSince` is
   * of the oldest message without an answer.
   */
  watch(now: MonotonicMs, unansweredSince: MonotonicMs): string | undefined {
    const death = this.#liveness.death(now, this.#unansweredSince(unansweredSince))
    if (!death && this.#liveness.isPingDue(now, this.sender.limits.keepAliveS)) {
      this.sender.ping()
      this.#liveness.pinged(now)
    }
    return death
  }

  /** When to watch again. */
  deadline(unansweredSince: MonotonicMs): MonotonicMs {
    const { keepAliveS } = this.sender.limits
    return this.#liveness.deadline(this.#unansweredSince(unansweredSince), keepAliveS)
  }

  #unansweredSince(messages: MonotonicMs): MonotonicMs {
    const since = earliest(messages, this.sender.requests.unansweredSince)
    return this.#authentication ? earliest(since, this.#authentication.unansweredSince) : since
  }
}
