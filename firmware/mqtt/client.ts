/**
 * An MQTT 5.0 client as a machine: bytes and time in, bytes and events out. It decides when to connect and when to leave;
 * a pump does the rest. What lives with a connection is in connection/, what outlives it in session/. After any call: poll
 * until it answers 'wait'.
 */
import { plainView } from '../core/bytes'
import { earliest, FOREVER, later, latest, type MonotonicMs } from '../core/time'
import { Connection, ConnectionBuffers } from './connection/connection'
import type { SubscribeRequest, UnsubscribeRequest } from './connection/requests'
import { OVERFULL } from './connection/sender'
import { handshake, receive } from './incoming'
import { UNLIMITED } from './limits'
import { type MqttOptions, type ResolvedOptions, resolveOptions, withCredentials } from './options'
import type { MqttOutput } from './output'
import type { Connack, DisconnectOrAuth } from './packet/connect'
import type { Packet } from './packet/packet'
import type { Properties } from './packet/properties'
import { type Illegal, reasonInWords } from './packet/reason'
import { Reconnection } from './reconnection'
import type { MqttMessage } from './session/outgoing'
import { Session } from './session/session'
import { assertTransition, type ClientState, MAX_CLOSING_MS, STOPPED } from './states'

export type { MqttOptions } from './options'
export type { MqttOutput } from './output'
export type { MqttMessage } from './session/outgoing'

const NO_CONNECTION = 'there is no connection'

export class MqttClient {
  #options: ResolvedOptions
  readonly #buffers: ConnectionBuffers
  protected readonly session: Session // persistence/ keeps it.
  readonly #reconnection: Reconnection
  /** What happened and was not polled yet. */
  readonly #outputs: MqttOutput[] = []
  /** Nothing is late before it: as of the last 'wait', and of what was published since. */
  #lateAt = 0 as MonotonicMs
  #state = STOPPED

  /** Throws if the options cannot work. */
  constructor(options: MqttOptions) {
    this.#options = resolveOptions(options)
    this.#buffers = new ConnectionBuffers(this.#options.maximumPacketSize)
    this.session = new Session(this.#options)
    this.#reconnection = new Reconnection(this.#options.entropy)
  }

  get connected(): boolean {
    return this.#state.kind === 'connected'
  }

  /** The caller's, or the one that the server assigned. */
  get clientId(): string {
    return this.session.clientId
  }

  /** Connects, and connects again whenever it has to, until `stop`. A wait that a server asked for is kept. */
  start(now: MonotonicMs): void {
    const state = this.#state
    const until = latest(now, this.#reconnection.notBefore)
    if (state.kind === 'stopped') this.become({ kind: 'backoff', until })
    else if (state.kind === 'closing' && state.retryAt === FOREVER)
      this.become({ ...state, retryAt: until })
  }

  /**
   * Says goodbye if there is a connection; messages and session are kept for the next `start`. `withWill` has the server
   * publish the Will nevertheless, `endSession` has it forget the session at once (3.14.2).
   */
  stop(now: MonotonicMs, { withWill = false, endSession = false } = {}): void {
    const state = this.#state
    // Before CONNACK too: the server may have taken the CONNECT already, and its Will.
    if (state.kind === 'connected' || state.kind === 'connecting')
      state.connection.sender.goodbye(withWill, endSession)
    if (endSession) this.#tell(this.session.giveUp('its session was ended'))
    this.#reconnection.left(now)
    if (state.kind === 'backoff') this.become(STOPPED)
    else if (state.kind !== 'stopped') this.#leave('stopped', now, FOREVER)
  }

  /** User name and password from the next connection on. */
  identify(username: string, password: string): void {
    this.#options = withCredentials(this.#options, { username, password })
  }

  /** The network is back: a backoff that has grown in its absence need not be waited for. */
  hurry(now: MonotonicMs): void {
    this.#reconnection.networkIsBack(now)
    if (this.#state.kind === 'backoff')
      this.become({ kind: 'backoff', until: this.#reconnection.hurry(now) })
  }

  /** The transport that 'open' asked for is open. `data` are the first of an enhanced authentication. */
  opened(now: MonotonicMs, data?: Uint8Array): void {
    if (this.#state.kind !== 'opening') return
    const session = this.session
    if (session.isStale(now)) this.#tell(session.giveUp())
    const connection = new Connection(this.#options, this.#buffers, now)
    connection.connect(session.clientId, session.startsClean, data)
    this.become({ kind: 'connecting', until: later(now, this.#options.connackMs), connection })
  }

  /** The transport failed or came to its end. */
  closed(why: string, now: MonotonicMs): void {
    const state = this.#state
    if (state.kind === 'closing') this.#disconnected(state.why, state.retryAt, state.reason)
    else if (state.kind !== 'stopped' && state.kind !== 'backoff')
      this.#disconnected(why, this.#retryAfter(now))
  }

  /**
   * Bytes from the server, in any pieces; they are not kept. Answers how many were used: if not all, the rest is to be given
   * again as soon as `poll` has answered 'wait'.
   */
  receive(bytes: Uint8Array, now: MonotonicMs): number {
    const { connection } = this.#state
    if (!connection) return bytes.length
    const plain = bytes.constructor === Uint8Array ? bytes : plainView(bytes)
    connection.framing.used = 0
    while (this.#state.kind !== 'closing') {
      if (this.#outputs.length >= this.#options.inboundCapacity) return connection.framing.used
      const packet = connection.next(plain, now)
      if (!packet) break
      this.#handle(packet, connection, now)
    }
    return bytes.length
  }

  /** Takes the message, or answers in words why not. */
  publish(message: MqttMessage, now: MonotonicMs): string | undefined {
    const { outbound } = this.session
    const state = this.#state
    const { deadline } = message
    if (deadline !== undefined && deadline < this.#lateAt) this.#lateAt = deadline
    const limits = state.kind === 'connected' ? state.connection.sender.limits : UNLIMITED
    const why = outbound.queue(message, limits)
    if (why === undefined || !outbound.isFull) return why
    this.#expire(now)
    return outbound.queue(message, limits)
  }

  /** Both need a connection, and their answers are lost with it: ask again after the next 'connected'. */
  subscribe(request: SubscribeRequest, now: MonotonicMs): string | undefined {
    const state = this.#state
    if (state.kind !== 'connected') return NO_CONNECTION
    const why = state.connection.sender.subscribe(request, this.session.outbound.ids, now)
    if (!why) this.session.subscribes = true
    return why
  }

  unsubscribe(request: UnsubscribeRequest, now: MonotonicMs): string | undefined {
    const state = this.#state
    if (state.kind !== 'connected') return NO_CONNECTION
    return state.connection.sender.unsubscribe(request, this.session.outbound.ids, now)
  }

  /** Answers the server's 'challenge', or authenticates anew if there was none (4.12). */
  authenticate(data: Uint8Array | undefined, now: MonotonicMs): string | undefined {
    const state = this.#state
    if (state.kind !== 'connected' && state.kind !== 'connecting') return NO_CONNECTION
    return state.connection.authenticate(data, now)
  }

  /** `room`: how many bytes the transport takes now. No more are sent: poll again when it takes more. */
  poll(now: MonotonicMs, room = Number.POSITIVE_INFINITY): MqttOutput {
    // What has happened is told first.
    const outputs = this.#outputs
    if (outputs.length === 0 && now >= this.#lateAt) {
      this.#expire(now)
      this.#watch(now)
    }
    if (outputs.length > 0) return outputs.shift()!
    const output = this.#act(now, room) ?? outputs.shift()
    if (output) return output
    this.#lateAt = earliest(this.#deadline(), this.session.outbound.nextExpiry)
    return { kind: 'wait', until: this.#lateAt }
  }

  #expire(now: MonotonicMs): void {
    const { outbound } = this.session
    for (let each = outbound.expire(now); each; each = outbound.expire(now))
      this.#outputs.push(each)
  }

  /** Ends what has taken too long, and keeps a quiet connection alive. */
  #watch(now: MonotonicMs): void {
    const state = this.#state
    if (state.kind === 'connected') {
      const why = state.connection.watch(now, this.session.outbound.unansweredSince)
      if (why) this.#giveUp(why, now)
    } else if (now < state.until) return
    else if (state.kind === 'opening') this.#giveUp('no connection in time', now)
    else if (state.kind === 'connecting') this.#giveUp('no CONNACK in time', now)
  }

  #deadline(): MonotonicMs {
    const state = this.#state
    if (state.kind !== 'connected') return state.until
    return state.connection.deadline(this.session.outbound.unansweredSince)
  }

  /** What is to be done now; it may add outputs that come after it. */
  #act(now: MonotonicMs, room: number): MqttOutput | undefined {
    const state = this.#state
    const { connection } = state
    if (connection) {
      connection.sender.room = room
      if (state.kind === 'connected') this.#send(connection, now)
      const bytes = connection.take(now)
      if (bytes) return { kind: 'send', bytes }
    }
    if (state.kind === 'backoff' && now >= state.until) {
      this.become({ kind: 'opening', until: later(now, this.#options.openMs) })
      return { kind: 'open', server: this.#reconnection.server }
    }
    if (state.kind === 'closing' && (now >= state.until || !connection?.sender.isPending)) {
      this.#disconnected(state.why, state.retryAt, state.reason)
      return { kind: 'close' }
    }
    return undefined
  }

  #send(connection: Connection, now: MonotonicMs): void {
    const { outbound } = this.session
    const { sender } = connection
    for (let each = outbound.send(sender, now); each; each = outbound.send(sender, now))
      this.#outputs.push(each)
  }

  #handle(packet: Packet, connection: Connection, now: MonotonicMs): void {
    const understand = this.#state.kind === 'connecting' ? handshake : receive
    const step = understand(packet, connection, this.session, now)
    switch (step?.kind) {
      case 'illegal':
        return this.#fail(step, now)
      case 'accepted':
        this.#reconnection.connected(now)
        this.become({ kind: 'connected', connection })
        return this.#tell(step.outputs)
      case 'refused':
        return this.#refused(step.packet, now)
      case 'unusable':
        return this.#leave(step.why, now, step.retryAtOnce ? now : this.#retryAfter(now))
    }
    if (step) this.#outputs.push(step)
    if (connection.sender.isOverfull) this.#fail(OVERFULL, now)
  }

  /** The server ends the connection, by CONNACK or DISCONNECT: nothing may be sent any more. */
  #refused(packet: Connack | DisconnectOrAuth, now: MonotonicMs): void {
    const { reason, properties } = packet
    this.#state.connection?.sender.discard()
    const retryAt = this.#retryAfter(now, reason, properties)
    this.#leave(this.#reconnection.whyRefused(packet), now, retryAt, reason)
  }

  /** The server broke the protocol: DISCONNECT tells it how. */
  #fail({ reason, why }: Illegal, now: MonotonicMs): void {
    this.#state.connection?.sender.disconnect(reason)
    this.#leave(`${why}: ${reasonInWords(reason)}`, now, this.#retryAfter(now))
  }

  /** The server does not answer, so it would not read a DISCONNECT. */
  #giveUp(why: string, now: MonotonicMs): void {
    this.#state.connection?.sender.discard()
    this.#leave(why, now, this.#retryAfter(now))
  }

  #retryAfter(now: MonotonicMs, reason?: number, properties?: Properties): MonotonicMs {
    const { unansweredSince } = this.session.outbound
    return this.#reconnection.after(now, unansweredSince, reason, properties)
  }

  /** The transport will be closed as soon as what is written has been sent. */
  #leave(why: string, now: MonotonicMs, retryAt: MonotonicMs, reason?: number): void {
    const { connection } = this.#state
    const until = later(now, MAX_CLOSING_MS)
    this.become({ kind: 'closing', until, connection, why, reason, retryAt })
    if (connection) this.#tell(connection.sender.requests.end())
  }

  /** The transport is gone. */
  #disconnected(why: string, retryAt: MonotonicMs, reason?: number): void {
    const { connection } = this.#state
    this.become(retryAt === FOREVER ? STOPPED : { kind: 'backoff', until: retryAt })
    if (connection) this.#tell(connection.sender.requests.end())
    this.#outputs.push({ kind: 'disconnected', why, reason, retryAt })
  }

  #tell(outputs: readonly MqttOutput[]): void {
    for (let i = 0; i < outputs.length; i++) this.#outputs.push(outputs[i])
  }

  /** The only place where the state changes. Throws if the table has no such change: the programmer's error. */
  protected become(next: ClientState): void {
    assertTransition(this.#state.kind, next.kind)
    this.#state = next
  }
}
