/**
 * Messages from the caller to the server: those that wait, and those in flight until they are acknowledged, resent
 * after a reconnect and never before. MQTT 5.0, 4.3, 4.4, 4.6 and 4.9.
 */
import { earliest, FOREVER, type MonotonicMs } from '../core/time'
import { Dispatch } from './dispatch'
import type { PacketIds } from './ids'
import { type Limits, TOO_LARGE } from './limits'
import { type Message, Outgoing } from './outgoing'
import type { Output } from './output'
import { type Acknowledgement, writeAcknowledgement } from './packet/acknowledge'
import { FAILURE, PACKET_ID_NOT_FOUND, PROTOCOL_ERROR, PUBREL } from './packet/codes'
import { propertiesFault } from './packet/publish'
import { refusalInWords } from './packet/reason'
import type { Writer } from './packet/writer'
import { Topics } from './topics'

const STALE = 'its deadline has passed'

/** Enough to fill a TCP segment; what is left goes with the next send. */
const COALESCED_BYTES = 1400

export class Delivery {
  readonly #capacity: number
  readonly #events: Output[]
  readonly #ids: PacketIds
  readonly #topics = new Topics()
  readonly #dispatch: Dispatch
  readonly #free: Outgoing[] = []
  readonly #waiting: Outgoing[] = []
  /** In the order in which the PUBLISH or PUBREL that each now stands for was first sent. */
  readonly #inFlight: Outgoing[] = []
  #limits: Limits | undefined
  /** Something in flight may not have gone out on this connection yet. */
  #mustResend = false

  constructor(options: {
    capacity: number
    aliasCapacity: number
    events: Output[]
    ids: PacketIds
  }) {
    this.#capacity = options.capacity
    this.#events = options.events
    this.#ids = options.ids
    this.#ids.watch(this)
    this.#dispatch = new Dispatch(options.aliasCapacity)
  }

  /** Takes a message, or answers why it cannot be sent: a fault of its own, the server's limits or no room. */
  queue(message: Message, now: MonotonicMs): string | undefined {
    const topic = this.#topics.encode(message.topic)
    if (typeof topic === 'string') return topic
    const why = propertiesFault(message.properties) ?? this.#beyondServer(message, topic)
    if (why) return why
    if (this.#held() >= this.#capacity) this.expire(now)
    if (this.#held() >= this.#capacity) return `no room: ${this.#capacity} messages are waiting`
    const outgoing = this.#free.pop() ?? new Outgoing()
    outgoing.set(message, topic)
    this.#waiting.push(outgoing)
    return undefined
  }

  /** A new connection: its limits hold from now on, and nothing has been sent on it yet. */
  connected(limits: Limits): void {
    this.#limits = limits
    this.#dispatch.connected(limits)
    for (const outgoing of this.#inFlight) outgoing.sentAt = FOREVER
    this.#mustResend = true
  }

  disconnected(): void {
    this.#limits = undefined
  }

  /** Something is in flight, and all of it is past its deadline: nothing is worth resuming for. */
  isStale(now: MonotonicMs): boolean {
    for (const { deadline } of this.#inFlight) if (deadline > now) return false
    return this.#inFlight.length > 0
  }

  /** The client gives the session up, and with it all that is in flight. */
  abandon(why = STALE): void {
    for (const outgoing of this.#inFlight) this.#drop(outgoing, why)
    this.#inFlight.length = 0
  }

  /**
   * The server has lost the session. QoS 1 is worth sending anew while it is fresh; QoS 2 is not, because nobody
   * can know any more whether it was delivered, and twice is what its sender wanted least.
   */
  sessionLost(now: MonotonicMs): void {
    let anew = 0
    for (const outgoing of this.#inFlight) {
      if (outgoing.qos === 2) this.#drop(outgoing, 'the server lost the session')
      else if (outgoing.deadline <= now) this.#drop(outgoing, STALE)
      else {
        outgoing.renew()
        this.#waiting.splice(anew++, 0, outgoing)
      }
    }
    this.#inFlight.length = 0
  }

  uses(id: number): boolean {
    return this.#find(id) >= 0
  }

  /** Drops what has waited beyond its deadline. */
  expire(now: MonotonicMs): void {
    for (let i = 0; i < this.#waiting.length; ) {
      if (this.#waiting[i].deadline > now) i++
      else this.#drop(remove(this.#waiting, i), STALE)
    }
  }

  /** When the next waiting message expires. */
  get nextExpiry(): MonotonicMs {
    let next = FOREVER
    for (let i = 0; i < this.#waiting.length; i++) next = earliest(next, this.#waiting[i].deadline)
    return next
  }

  /** When the longest unanswered packet of this connection went out. */
  get unansweredSince(): MonotonicMs {
    for (let i = 0; i < this.#inFlight.length; i++) {
      const { sentAt } = this.#inFlight[i]
      if (sentAt < FOREVER) return sentAt
    }
    return FOREVER
  }

  /** Writes what this connection allows: first what an earlier one left unanswered, then what is new. */
  write(writer: Writer, now: MonotonicMs): void {
    const limits = this.#limits
    if (!limits) return
    if (this.#mustResend) this.#resend(writer, limits, now)
    this.#sendNew(writer, limits.receiveMaximum - this.#inFlight.length, now)
  }

  /** Each answers a reason code where the acknowledgement is illegal. */
  puback(packet: Acknowledgement): number {
    const at = this.#find(packet.id)
    if (at < 0 || this.#inFlight[at].qos !== 1) return PROTOCOL_ERROR
    this.#settle(at, packet)
    return 0
  }

  pubrec(packet: Acknowledgement, writer: Writer, now: MonotonicMs): number {
    const at = this.#find(packet.id)
    if (at < 0) {
      writeAcknowledgement(writer, PUBREL, packet.id, PACKET_ID_NOT_FOUND)
      return 0
    }
    const outgoing = this.#inFlight[at]
    if (outgoing.qos !== 2) return PROTOCOL_ERROR
    if (packet.reason >= FAILURE && !outgoing.released) {
      this.#settle(at, packet)
      return 0
    }
    // Its place is now that of its PUBREL: behind everything sent before.
    remove(this.#inFlight, at)
    this.#inFlight.push(outgoing)
    this.#release(writer, outgoing, now)
    return 0
  }

  pubcomp(packet: Acknowledgement): number {
    const at = this.#find(packet.id)
    // The answer to a PUBREL that said "not found" finds nothing here either.
    if (at < 0) return 0
    if (!this.#inFlight[at].released) return PROTOCOL_ERROR
    // Not found is no failure: the server had completed it before the connection was lost (3.7.2.1).
    this.#settle(at)
    return 0
  }

  /** Where it fills the writer, the rest follows with the next send: nothing new fits in before it. */
  #resend(writer: Writer, limits: Limits, now: MonotonicMs): void {
    let used = 0
    for (const { released, sentAt } of this.#inFlight) if (released || sentAt < FOREVER) used++
    let blocked = false
    for (let i = 0; i < this.#inFlight.length; i++) {
      const outgoing = this.#inFlight[i]
      if (outgoing.sentAt < FOREVER) continue
      if (writer.length >= COALESCED_BYTES) return
      if (outgoing.released) this.#release(writer, outgoing, now)
      else if (blocked || used >= limits.receiveMaximum) blocked = true
      else if (this.#dispatch.write(writer, outgoing, now)) used++
      else this.#drop(remove(this.#inFlight, i--), TOO_LARGE)
    }
    this.#mustResend = blocked
  }

  /** QoS 0 passes by what waits for its turn. A smaller Receive Maximum than before can make the quota negative. */
  #sendNew(writer: Writer, quota: number, now: MonotonicMs): void {
    for (let i = 0; i < this.#waiting.length && writer.length < COALESCED_BYTES; ) {
      const outgoing = this.#waiting[i]
      if (outgoing.qos > 0 && quota <= 0) {
        i++
        continue
      }
      remove(this.#waiting, i)
      const why = this.#beyondServer(outgoing, outgoing.topic)
      if (why) {
        this.#drop(outgoing, why)
        continue
      }
      if (outgoing.qos > 0) outgoing.id = this.#ids.take()
      if (!this.#dispatch.write(writer, outgoing, now)) {
        this.#drop(outgoing, TOO_LARGE)
        continue
      }
      if (!outgoing.told) this.#events.push({ kind: 'sent', tag: outgoing.tag })
      outgoing.told = true
      if (outgoing.qos === 0) {
        this.#free.push(outgoing)
        continue
      }
      this.#inFlight.push(outgoing)
      quota--
    }
  }

  #release(writer: Writer, outgoing: Outgoing, now: MonotonicMs): void {
    writeAcknowledgement(writer, PUBREL, outgoing.id)
    outgoing.released = true
    outgoing.sentAt = now
  }

  #settle(at: number, answer?: Acknowledgement): void {
    const outgoing = remove(this.#inFlight, at)
    const { tag } = outgoing
    if (answer && answer.reason >= FAILURE)
      this.#events.push({ kind: 'rejected', tag, why: refusalInWords(answer) })
    else this.#events.push({ kind: 'acknowledged', tag })
    this.#free.push(outgoing)
  }

  #drop(outgoing: Outgoing, why: string): void {
    this.#events.push({ kind: 'dropped', tag: outgoing.tag, why })
    this.#free.push(outgoing)
  }

  /** What the server, while there is one, does not take of this message. */
  #beyondServer(
    { qos, retain, payload }: Pick<Message, 'qos' | 'retain' | 'payload'>,
    topic: Uint8Array,
  ): string | undefined {
    const limits = this.#limits
    if (!limits) return undefined
    if (qos > limits.maximumQoS) return `QoS ${qos} is above the server's ${limits.maximumQoS}`
    if (retain && !limits.retainAvailable) return 'the server retains no messages'
    // No packet is shorter than its topic and payload; which ones are longer is known when they are written.
    const least = topic.length + payload.length
    return least > limits.maximumPacketSize ? TOO_LARGE : undefined
  }

  #find(id: number): number {
    for (let i = 0; i < this.#inFlight.length; i++) if (this.#inFlight[i].id === id) return i
    return -1
  }

  #held(): number {
    return this.#waiting.length + this.#inFlight.length
  }
}

/** Takes one item out of a list; that it is nearly always the first is why nothing cleverer is needed. */
function remove(list: Outgoing[], at: number): Outgoing {
  const item = list[at]
  if (at === 0) list.shift()
  else list.splice(at, 1)
  return item
}
