/**
 * An MQTT 5.0 client as a machine: bytes and time in, bytes and events out. It decides when to connect, what to send and
 * when a silent connection is dead; a pump does the rest. After any call: poll until it answers 'wait'.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import { LEAST_PACKET, limitsOf } from './limits'
import { announced, type SessionOptions, type Settled, settle } from './options'
import type { Message } from './outgoing'
import type { Output } from './output'
import {
  type Connack,
  type Control,
  writeConnect,
  writeDisconnect,
  writeGoodbye,
} from './packet/connect'
import { Framing } from './packet/framing'
import { isTalkative, type Packet } from './packet/packet'
import * as reasons from './packet/reason'
import { Writer } from './packet/writer'
import { Reconnection } from './reconnection'
import type { SubscribeRequest, UnsubscribeRequest } from './requests'
import { Traffic } from './traffic'

export type { SessionOptions } from './options'
export type { Message } from './outgoing'
export type { Output } from './output'

/** Far more than any honest server calls for before it reads again. */
const UNSENT_MOST_BYTES = 16_384
const FIRST_BUFFER_BYTES = 512

type State =
  | { kind: 'stopped' }
  | { kind: 'pausing'; until: MonotonicMs }
  | { kind: 'opening'; until: MonotonicMs }
  | { kind: 'connecting'; until: MonotonicMs; cleanStart: boolean }
  | { kind: 'connected' }
  /** What is written is still sent, then the transport is closed; `retryAt` FOREVER is a stop. */
  | { kind: 'closing'; why: string; reason: number | undefined; retryAt: MonotonicMs }

export class Session {
  #options: Settled
  readonly #events: Output[] = []
  readonly #unreadMost: number
  readonly #writer = new Writer(FIRST_BUFFER_BYTES)
  readonly #framing: Framing
  readonly #traffic: Traffic
  readonly #reconnection: Reconnection
  #state: State = { kind: 'stopped' }
  #clientId: string
  /** What a server may hold for us: a session we know, one of an earlier life, or one that must go. */
  #session: 'held' | 'unknown' | 'abandoned'

  /** Throws where the options cannot work. */
  constructor(options: SessionOptions) {
    const settled = settle(options)
    const { entropy, clientId, cleanStart } = settled
    this.#options = settled
    this.#unreadMost = settled.capacity + settled.inboundCapacity
    this.#clientId = clientId
    this.#session = cleanStart ? 'abandoned' : 'unknown'
    this.#framing = new Framing(settled.maximumPacketSize)
    this.#traffic = new Traffic(settled, this.#writer, this.#events)
    this.#reconnection = new Reconnection(entropy)
  }

  get connected(): boolean {
    return this.#state.kind === 'connected'
  }

  /** The caller's, or the one that the server assigned. */
  get clientId(): string {
    return this.#clientId
  }

  /** Connects, and connects again whenever it has to, until `stop`; a stay away that a server caused is kept. */
  start(now: MonotonicMs): void {
    const state = this.#state
    const { notBefore } = this.#reconnection
    const until = notBefore > now ? notBefore : now
    if (state.kind === 'stopped') this.#state = { kind: 'pausing', until }
    else if (state.kind === 'closing' && state.retryAt === FOREVER)
      this.#state = { ...state, retryAt: until }
  }

  /**
   * Says goodbye where there is a connection; messages and session are kept for the next `start`. `withWill` has the
   * server publish the Will all the same, `endSession` has it forget the session now (3.14.2).
   */
  stop(now: MonotonicMs, { withWill = false, endSession = false } = {}): void {
    const { kind } = this.#state
    // Before CONNACK too: the server may have taken the CONNECT already, and its Will.
    if (kind === 'connected' || kind === 'connecting')
      writeGoodbye(this.#writer, withWill, endSession)
    if (endSession) this.#abandon('its session was ended')
    this.#reconnection.left(now)
    if (kind === 'pausing') this.#state = { kind: 'stopped' }
    else if (kind !== 'stopped') this.#leave('stopped', FOREVER)
  }

  /** Whom to be from the next connection on. */
  identify(username: string, password: string): void {
    this.#options = settle({ ...this.#options, username, password })
  }

  /** The network is back: there is no point in waiting out a backoff that its absence has grown. */
  hurry(now: MonotonicMs): void {
    if (this.#state.kind === 'pausing')
      this.#state = { kind: 'pausing', until: this.#reconnection.hurry(now) }
  }

  /** The transport that 'open' asked for is there. `data` are the first of an enhanced authentication. */
  opened(now: MonotonicMs, data?: Uint8Array): void {
    if (this.#state.kind !== 'opening') return
    if (this.#traffic.isStale(now)) this.#abandon()
    const { keepAliveS, username, password, will, connackMs } = this.#options
    const clientId = this.#clientId
    const cleanStart = this.#session === 'abandoned'
    const properties = announced(this.#options, data)
    this.#framing.reset()
    this.#traffic.authentication.reset()
    const connect = { clientId, cleanStart, keepAliveS, username, password, will, properties }
    writeConnect(this.#writer, connect)
    this.#state = { kind: 'connecting', until: later(now, connackMs), cleanStart }
  }

  /** The transport failed or came to its end. */
  closed(why: string, now: MonotonicMs): void {
    const state = this.#state
    if (state.kind === 'closing') this.#pause(state.why, state.retryAt, state.reason)
    else if (state.kind !== 'stopped' && state.kind !== 'pausing')
      this.#pause(why, this.#reconnection.after(now))
  }

  /** Bytes from the server, in any pieces; they are not kept. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#framing.used = 0
    while (this.#state.kind === 'connecting' || this.#state.kind === 'connected') {
      const packet = this.#framing.next(bytes)
      if (!packet) return
      this.#handle(packet, now)
      if (this.#writer.length > UNSENT_MOST_BYTES || this.#events.length > this.#unreadMost)
        this.#fail(reasons.RATE_TOO_HIGH, 'more packets than can be taken', now)
    }
  }

  /** Takes the message, or answers in words why not. */
  publish(message: Message, now: MonotonicMs): string | undefined {
    return this.#traffic.queue(message, now)
  }

  /** Both need a connection, and their answers are lost with it: ask again after the next 'connected'. */
  subscribe(request: SubscribeRequest, now: MonotonicMs): string | undefined {
    return this.#traffic.subscribe(request, now)
  }

  unsubscribe(request: UnsubscribeRequest, now: MonotonicMs): string | undefined {
    return this.#traffic.unsubscribe(request, now)
  }

  /** Answers the server's 'challenge', or authenticates anew where there was none (4.12). */
  authenticate(data: Uint8Array | undefined, now: MonotonicMs): string | undefined {
    const state = this.#state.kind
    const { authentication } = this.#traffic
    if (state === 'connecting') return authentication.answer(data, this.#writer)
    if (state !== 'connected') return 'there is no connection'
    return authentication.proceed(data, this.#writer, now)
  }

  poll(now: MonotonicMs): Output {
    this.#traffic.expire(now)
    this.#watch(now)
    const output = this.#events.shift() ?? this.#act(now) ?? this.#events.shift()
    if (output) return output
    return { kind: 'wait', until: earliest(this.#deadline(), this.#traffic.nextExpiry) }
  }

  /** What is to be done at this moment; it may leave events behind. */
  #act(now: MonotonicMs): Output | undefined {
    const state = this.#state
    if (state.kind === 'connected') this.#traffic.write(now)
    if (this.#writer.length > 0) return this.#flush(now)
    if (state.kind === 'pausing' && now >= state.until) {
      this.#state = { kind: 'opening', until: later(now, this.#options.openMs) }
      return { kind: 'open', server: this.#reconnection.server }
    }
    if (state.kind === 'closing') {
      this.#pause(state.why, state.retryAt, state.reason)
      return { kind: 'close' }
    }
    return undefined
  }

  #flush(now: MonotonicMs): Output {
    const bytes = this.#writer.written
    this.#writer.clear()
    this.#traffic.sent(now)
    return { kind: 'send', bytes }
  }

  /** Everything that may not take for ever, and the ping that keeps a quiet connection alive. */
  #watch(now: MonotonicMs): void {
    const state = this.#state
    if (state.kind === 'opening' || state.kind === 'connecting') {
      const what = state.kind === 'opening' ? 'no connection' : 'no CONNACK'
      if (now >= state.until) this.#giveUp(`${what} in time`, now)
    } else if (state.kind === 'connected') {
      const death = this.#traffic.watch(now)
      if (death) this.#giveUp(death, now)
    }
  }

  #deadline(): MonotonicMs {
    const state = this.#state
    if (state.kind === 'connected') return this.#traffic.deadline
    return state.kind === 'stopped' || state.kind === 'closing' ? FOREVER : state.until
  }

  #handle(packet: Packet, now: MonotonicMs): void {
    if (packet.kind === 'illegal') this.#fail(packet.reason, packet.why, now)
    else if (
      this.#options.connectProperties?.requestProblemInformation === 0 &&
      isTalkative(packet)
    )
      this.#fail(reasons.PROTOCOL_ERROR, 'problem information that was not asked for', now)
    else if (this.#state.kind === 'connecting') this.#handshake(packet, this.#state.cleanStart, now)
    else if (packet.kind === 'disconnect') this.#refused(packet, now)
    else {
      const reason = this.#traffic.receive(packet, now)
      if (reason) this.#fail(reason, `an illegal ${packet.kind}`, now)
    }
  }

  #handshake(packet: Packet, cleanStart: boolean, now: MonotonicMs): void {
    if (packet.kind === 'connack') {
      if (packet.reason >= reasons.FAILURE) this.#refused(packet, now)
      else this.#accepted(packet, cleanStart, now)
    } else if (packet.kind !== 'auth' || this.#traffic.authentication.receive(packet, true))
      this.#fail(reasons.PROTOCOL_ERROR, `an illegal ${packet.kind} before CONNACK`, now)
  }

  #accepted({ sessionPresent, properties }: Connack, cleanStart: boolean, now: MonotonicMs): void {
    if (sessionPresent && cleanStart)
      return this.#fail(reasons.PROTOCOL_ERROR, 'a session present after a clean start', now)
    if (sessionPresent && this.#session === 'unknown') {
      // Packet ids of an earlier life would meet those of this one [MQTT-3.2.2-4].
      this.#session = 'abandoned'
      writeDisconnect(this.#writer, reasons.SUCCESS)
      return this.#leave('the server has a session that this client does not know', now)
    }
    if (this.#traffic.authentication.accepted(properties))
      return this.#fail(reasons.PROTOCOL_ERROR, 'another authentication method', now)
    const limits = limitsOf(properties, this.#options)
    if (limits.maximumPacketSize < LEAST_PACKET)
      return this.#giveUp(`the server takes ${limits.maximumPacketSize} bytes a packet`, now)
    if (!sessionPresent) this.#traffic.sessionLost(now)
    // Whoever has an id of its own keeps it, whatever a server says (3.2.2.3.7).
    this.#clientId = this.#clientId || (properties?.assignedClientId ?? '')
    // A session without an expiry ends with its connection (3.1.2.11.2).
    this.#session = limits.sessionExpiryS > 0 ? 'held' : 'abandoned'
    this.#traffic.connected(limits, now)
    this.#reconnection.connected(now)
    this.#state = { kind: 'connected' }
    this.#events.push({ kind: 'connected', sessionPresent, properties })
  }

  /** The server ended it, in a CONNACK or a DISCONNECT: nothing may be sent any more. */
  #refused(packet: Connack | Control, now: MonotonicMs): void {
    this.#writer.clear()
    const { reason, properties } = packet
    const retryAt = this.#reconnection.after(now, reason, properties)
    const words = reasons.refusalInWords(packet)
    const contested = this.#reconnection.isContested(reason)
    this.#leave(contested ? `another client uses our client id: ${words}` : words, retryAt, reason)
  }

  /** The server broke the protocol: it is told how, and left. */
  #fail(reason: number, why: string, now: MonotonicMs): void {
    writeDisconnect(this.#writer, reason)
    this.#leave(`${why}: ${reasons.reasonInWords(reason)}`, this.#reconnection.after(now))
  }

  /** Nobody answers, so that nobody would read a DISCONNECT. */
  #giveUp(why: string, now: MonotonicMs): void {
    this.#writer.clear()
    this.#leave(why, this.#reconnection.after(now))
  }

  #leave(why: string, retryAt: MonotonicMs, reason?: number): void {
    this.#state = { kind: 'closing', why, reason, retryAt }
    this.#traffic.disconnected()
  }

  #pause(why: string, retryAt: MonotonicMs, reason?: number): void {
    this.#state = retryAt === FOREVER ? { kind: 'stopped' } : { kind: 'pausing', until: retryAt }
    this.#writer.clear()
    this.#traffic.disconnected()
    this.#events.push({ kind: 'disconnected', why, reason, retryAt })
  }

  #abandon(why?: string): void {
    this.#session = 'abandoned'
    this.#traffic.abandon(why)
  }
}
