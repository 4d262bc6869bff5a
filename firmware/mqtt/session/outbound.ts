/**
 * Messages from the caller to the server: those that wait, and those in flight until they are acknowledged, which are
 * resent after a reconnect and at no other time. MQTT 5.0, 4.3, 4.4, 4.6 and 4.9.
 */
import { earliest, FOREVER, type MonotonicMs } from '../../core/time'
import { messageRejection, type ServerLimits, TOO_LARGE } from '../limits'
import type { MqttOutput } from '../output'
import type { Acknowledgement } from '../packet/acknowledge'
import { FAILURE, PACKET_ID_NOT_FOUND, PROTOCOL_ERROR, PUBREL, SUCCESS } from '../packet/codes'
import { propertiesFault } from '../packet/properties'
import { type Illegal, illegal, refusalInWords } from '../packet/reason'
import { PacketIds } from './ids'
import { type MqttMessage, OutgoingMessage, type SessionSender } from './outgoing'
import { EncodedTopics } from './topics'

/** Records kept for later messages: as many as are used every few seconds, not as many as a burst took. */
const MAX_FREE = 16

const EXPIRED = 'its deadline has passed'

export class Outbound {
  readonly ids = new PacketIds(this)
  readonly #capacity: number
  readonly #topics = new EncodedTopics()
  readonly #free: OutgoingMessage[] = []
  readonly #waiting: OutgoingMessage[] = []
  /** In the order in which the PUBLISH or PUBREL that each now stands for was first sent. */
  readonly inFlight: OutgoingMessage[] = []
  /** Something in flight may not have been sent on this connection yet. */
  #mustResend = false

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get isFull(): boolean {
    return this.#waiting.length + this.inFlight.length >= this.#capacity
  }

  /** Takes a message, or answers in words why not: a fault of its own, the server's limits or no room. */
  queue(message: MqttMessage, limits: ServerLimits): string | undefined {
    const topic = this.#topics.encode(message.topic)
    if (typeof topic === 'string') return topic
    const why = propertiesFault(message.properties) ?? messageRejection(message, topic, limits)
    if (why) return why
    if (this.isFull) return `no room: ${this.#capacity} messages are waiting`
    const outgoing = this.#free.pop() ?? new OutgoingMessage()
    outgoing.set(message, topic)
    outgoing.fits = limits
    this.#waiting.push(outgoing)
    return undefined
  }

  /** The session goes on over a new connection, on which nothing was sent yet. */
  resume(): void {
    for (let i = 0; i < this.inFlight.length; i++) this.inFlight[i].sentAt = FOREVER
    this.#mustResend = this.inFlight.length > 0
  }

  /** Something is in flight, and all of it is past its deadline. */
  isStale(now: MonotonicMs): boolean {
    return this.inFlight.length > 0 && this.inFlight.every(({ deadline }) => deadline <= now)
  }

  /** The client gives the session up, and with it everything in flight. */
  abandon(why = EXPIRED): MqttOutput[] {
    const dropped: MqttOutput[] = []
    for (let i = 0; i < this.inFlight.length; i++) dropped.push(this.#drop(this.inFlight[i], why))
    this.inFlight.length = 0
    return dropped
  }

  /**
   * The server has lost the session. QoS 1 that is still fresh is published anew. QoS 2 is dropped: whether it was
   * delivered is unknown, and it must not be delivered twice.
   */
  sessionLost(now: MonotonicMs): MqttOutput[] {
    const dropped: MqttOutput[] = []
    let anew = 0
    for (let i = 0; i < this.inFlight.length; i++) {
      const outgoing = this.inFlight[i]
      if (outgoing.qos === 2) dropped.push(this.#drop(outgoing, 'the server lost the session'))
      else if (outgoing.deadline <= now) dropped.push(this.#drop(outgoing, EXPIRED))
      else {
        outgoing.renew()
        this.#waiting.splice(anew++, 0, outgoing)
      }
    }
    this.inFlight.length = 0
    return dropped
  }

  uses(id: number): boolean {
    return this.#find(id) >= 0
  }

  /** Drops the first message that has waited beyond its deadline; undefined if there is none. */
  expire(now: MonotonicMs): MqttOutput | undefined {
    for (let i = 0; i < this.#waiting.length; i++)
      if (this.#waiting[i].deadline <= now) return this.#drop(remove(this.#waiting, i), EXPIRED)
    return undefined
  }

  /** When the next waiting message expires. */
  get nextExpiry(): MonotonicMs {
    let next = FOREVER
    for (let i = 0; i < this.#waiting.length; i++) next = earliest(next, this.#waiting[i].deadline)
    return next
  }

  /** When the longest unanswered packet of this connection was sent. */
  get unansweredSince(): MonotonicMs {
    for (let i = 0; i < this.inFlight.length; i++) {
      const { sentAt } = this.inFlight[i]
      if (sentAt < FOREVER) return sentAt
    }
    return FOREVER
  }

  /**
   * Sends what the server allows and the sender has room for: first what an earlier connection left unanswered, then what
   * waits. Stops at each message that there is something to tell of, and answers that; undefined if all is sent.
   */
  send(sender: SessionSender, now: MonotonicMs): MqttOutput | undefined {
    return (this.#mustResend ? this.#resend(sender, now) : undefined) ?? this.#sendNew(sender, now)
  }

  puback(packet: Acknowledgement): MqttOutput | Illegal {
    const at = this.#find(packet.id)
    if (at < 0 || this.inFlight[at].qos !== 1)
      return illegal(PROTOCOL_ERROR, 'a PUBACK that answers nothing')
    return this.#settle(at, packet)
  }

  pubrec(
    packet: Acknowledgement,
    sender: SessionSender,
    now: MonotonicMs,
  ): MqttOutput | Illegal | undefined {
    const at = this.#find(packet.id)
    if (at < 0) {
      // One that says no has ended the exchange [MQTT-4.3.3-4].
      if (packet.reason < FAILURE) sender.acknowledge(PUBREL, packet.id, PACKET_ID_NOT_FOUND)
      return undefined
    }
    const outgoing = this.inFlight[at]
    if (outgoing.qos !== 2) return illegal(PROTOCOL_ERROR, 'a PUBREC that answers QoS 1')
    // After an earlier PUBREC that said yes the server has the message: PUBCOMP is still to come.
    if (packet.reason >= FAILURE) return outgoing.released ? undefined : this.#settle(at, packet)
    // Its place is now that of its PUBREL: behind everything sent before.
    remove(this.inFlight, at)
    this.inFlight.push(outgoing)
    this.#release(outgoing, sender, now)
    return undefined
  }

  pubcomp(packet: Acknowledgement): MqttOutput | Illegal | undefined {
    const at = this.#find(packet.id)
    // The answer to a PUBREL that said "not found" finds nothing here either.
    if (at < 0) return undefined
    if (!this.inFlight[at].released)
      return illegal(PROTOCOL_ERROR, 'a PUBCOMP that answers no PUBREL')
    // Not found is no failure: the server had completed it before the connection was lost (3.7.2.1).
    return this.#settle(at)
  }

  /** What finds no room follows with the next send, and nothing new is sent before it. */
  #resend(sender: SessionSender, now: MonotonicMs): MqttOutput | undefined {
    const { receiveMaximum } = sender.limits
    let used = 0
    for (let i = 0; i < this.inFlight.length; i++) {
      const { released, sentAt } = this.inFlight[i]
      if (released || sentAt < FOREVER) used++
    }
    let isBlocked = false
    for (let i = 0; i < this.inFlight.length; i++) {
      const outgoing = this.inFlight[i]
      if (outgoing.sentAt < FOREVER) continue
      if (!sender.hasRoom) return undefined
      if (outgoing.released) this.#release(outgoing, sender, now)
      else if (isBlocked || used >= receiveMaximum) isBlocked = true
      else if (sender.publish(outgoing, now)) used++
      else return this.#drop(remove(this.inFlight, i), TOO_LARGE)
    }
    this.#mustResend = isBlocked
    return undefined
  }

  /** QoS 0 overtakes what waits for the quota, which a smaller Receive Maximum than before can make negative. */
  #sendNew(sender: SessionSender, now: MonotonicMs): MqttOutput | undefined {
    const { limits } = sender
    for (let i = 0; i < this.#waiting.length && sender.hasRoom; ) {
      const outgoing = this.#waiting[i]
      if (outgoing.qos > 0 && this.inFlight.length >= limits.receiveMaximum) {
        i++
        continue
      }
      remove(this.#waiting, i)
      const why =
        outgoing.fits === limits ? undefined : messageRejection(outgoing, outgoing.topic, limits)
      if (why) return this.#drop(outgoing, why)
      if (outgoing.qos > 0) outgoing.id = this.ids.take(sender.requests)
      if (!sender.publish(outgoing, now)) return this.#drop(outgoing, TOO_LARGE)
      if (outgoing.qos === 0) this.#recycle(outgoing)
      else this.inFlight.push(outgoing)
      if (outgoing.told) continue
      outgoing.told = true
      return { kind: 'sent', tag: outgoing.tag }
    }
    return undefined
  }

  #release(outgoing: OutgoingMessage, sender: SessionSender, now: MonotonicMs): void {
    sender.acknowledge(PUBREL, outgoing.id)
    outgoing.released = true
    outgoing.sentAt = now
  }

  #settle(at: number, answer?: Acknowledgement): MqttOutput {
    const outgoing = remove(this.inFlight, at)
    const { tag } = outgoing
    this.#recycle(outgoing)
    if (!answer || (answer.reason === SUCCESS && !answer.properties))
      return { kind: 'acknowledged', tag }
    const { reason, properties } = answer
    if (reason < FAILURE) return { kind: 'acknowledged', tag, reason, properties }
    return { kind: 'rejected', tag, why: refusalInWords(answer), reason, properties }
  }

  #recycle(outgoing: OutgoingMessage): void {
    if (outgoing.isSmall && this.#free.length < MAX_FREE) this.#free.push(outgoing)
  }

  #drop(outgoing: OutgoingMessage, why: string): MqttOutput {
    this.#recycle(outgoing)
    return { kind: 'dropped', tag: outgoing.tag, why }
  }

  #find(id: number): number {
    for (let i = 0; i < this.inFlight.length; i++) if (this.inFlight[i].id === id) return i
    return -1
  }
}

/** Takes one item out of a list. It is nearly always the first, so nothing cleverer is needed. */
function remove(list: OutgoingMessage[], at: number): OutgoingMessage {
  const item = list[at]
  if (at === 0) list.shift()
  else list.splice(at, 1)
  return item
}
