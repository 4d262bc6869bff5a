/** The way to the broker: the connection, the MQTT session on it, and which of the site's credentials are in force. */
import { fail } from '../core/assert'
import type { Entropy } from '../core/entropy'
import { clientId } from '../core/identity'
import { earliest, later, type MonotonicMs, type Timescale } from '../core/time'
import { MqttClient, type MqttOutput } from '../mqtt/client'
import type { BrokerAddress } from '../ports/bytestream'
import type { SecureLayer } from '../ports/secure'
import { brokerAddress } from '../settings/derive'
import type { Settings } from '../settings/schema'
import { MAX_WAITING } from '../telemetry/backlog'
import { type CredentialsChange, type CredentialsHealth, Keyring } from './credentials'
import type { DongleOutput } from './output'
import { Scheduled } from './scheduled'
import { SecureConnection, type SecureOutput } from './secure'

/** The platform states neither: docs/platform.md, "Limits that are not stated". */
const KEEP_ALIVE_S = 30
const SESSION_EXPIRY_S = 3600
/** Counted from an unanswered message, and one leaves every 4 s: a dead connection is found in 15 s. */
const ACKNOWLEDGE_MS = 10_000

/** A publisher subscribes to nothing: a broker that sends messages all the same gets no memory for them. */
const MAX_UNWANTED = 4

/** MQTT 5.0, 2.4. */
const BAD_USER_NAME_OR_PASSWORD = 0x86
const NOT_AUTHORISED = 0x87

export type UplinkOutput =
  | Extract<
      DongleOutput,
      { kind: 'resolve' | 'connect' | 'send' | 'disconnect' | 'store credentials' | 'wait' }
    >
  /** Messages are taken from now on. */
  | { kind: 'online'; maxPayloadBytes: number; openedAt: MonotonicMs }
  /** They are not taken any more. */
  | { kind: 'offline'; why: string }
  | { kind: 'sent' | 'acknowledged'; tag: number }
  | { kind: 'lost'; tag: number; why: string }

/** Of a PUBLISH besides its payload: header 5, topic 2 + 50, packet id 2, properties (alias) 1 + 3. */
const PUBLISH_BYTES = 63
/** The platform states no limit of its own: docs/platform.md, "Limits that are not stated". */
const MAX_PAYLOAD_BYTES = 2000

function maxPayload(maximumPacketSize = Number.POSITIVE_INFINITY): number {
  return Math.min(MAX_PAYLOAD_BYTES, maximumPacketSize - PUBLISH_BYTES)
}

/** Of one poll, each a packet or a piece of one: far more than a read or the queue holds. */
const MAX_STEPS = 10_000

interface UplinkOptions {
  settings: Settings
  serial: string
  /** How many there are: the queue has room for all that is fresh. */
  streams: number
  entropy: Entropy
  secureLayer: SecureLayer
  time: Timescale
}

export class Uplink {
  readonly #session: MqttClient
  readonly #connection: Scheduled<SecureConnection>
  #keyring: Keyring
  #settings: Settings
  /** Made of the settings when it is needed first: certificates take longer to decode than all the rest of a start. */
  #broker: BrokerAddress | undefined
  #qos: 1 | 2
  readonly #time: Timescale
  /** What the session did not use at once of the bytes from the broker. */
  #unread: Uint8Array | undefined
  /** When the last connection was begun: its TLS took the time of then for the dates of certificates. */
  #openedAt = 0 as MonotonicMs
  #change: CredentialsChange | undefined
  #started = false
  /** Why the last connection ended, in words. */
  trouble = ''
  #stagedRefused = ''

  constructor({ settings, serial, streams, entropy, secureLayer, time }: UplinkOptions) {
    this.#time = time
    this.#settings = settings
    this.#keyring = new Keyring(settings)
    this.#qos = settings.qos
    this.#session = new MqttClient({
      clientId: clientId(serial),
      keepAliveS: KEEP_ALIVE_S,
      sessionExpiryS: SESSION_EXPIRY_S,
      acknowledgeMs: ACKNOWLEDGE_MS,
      // The platform goes by the time in each sample: docs/platform.md.
      tellsExpiry: false,
      capacity: streams * MAX_WAITING,
      inboundCapacity: MAX_UNWANTED,
      entropy,
    })
    this.#connection = new Scheduled(new SecureConnection({ layer: secureLayer }))
    this.#useKeys()
  }

  get isOnline(): boolean {
    return this.#session.connected
  }

  /** The time is known, so that certificates can be checked. */
  start(now: MonotonicMs): void {
    if (this.#started) return
    this.#started = true
    this.#session.start(now)
  }

  stop(now: MonotonicMs): void {
    this.#session.stop(now)
  }

  /** Other credentials, another broker or authority: for the next connection, which is made at once. */
  change(settings: Settings, now: MonotonicMs): void {
    const { environment, broker, ca } = this.#settings
    const isElsewhere =
      settings.environment !== environment || settings.broker !== broker || settings.ca !== ca
    this.#settings = settings
    this.#qos = settings.qos
    this.#keyring = new Keyring(settings)
    this.#stagedRefused = ''
    // What is still to be stored is of the settings before.
    this.#change = undefined
    this.#broker = undefined
    this.#useKeys()
    if (!this.#started) return
    // What one broker has not acknowledged is not for another.
    this.#session.stop(now, { endSession: isElsewhere })
    this.#session.start(now)
    this.#session.hurry(now)
  }

  /** The pair before the active one is not tried any more. */
  forgetRetired(): void {
    this.#use(this.#keyring.forgetRetired())
  }

  /** The network is back. An open connection may have outlived its absence, but an attempt would hang until it times out. */
  rejoined(now: MonotonicMs): void {
    if (!this.isOnline) this.#session.closed('the network was away', now)
    this.#session.hurry(now)
  }

  get credentials(): CredentialsHealth {
    return { inUse: this.#keyring.inUse, stagedRefused: this.#stagedRefused }
  }

  resolved(host: string, address: string | undefined, why: string): void {
    this.#connection.wake().resolved(host, address, why)
  }

  tcpOpened(): void {
    this.#connection.wake().tcpOpened()
  }

  tcpBytes(bytes: Uint8Array): void {
    this.#connection.wake().tcpBytes(bytes)
  }

  /** TCP takes so many bytes at once: after each 'send', and when there is room again. */
  tcpRoom(bytes: number): void {
    this.#connection.machine.room = bytes
  }

  tcpClosed(why: string): void {
    this.#connection.wake().tcpClosed(why)
  }

  /** Takes the message, or answers why not. */
  publish(
    {
      topic,
      payload,
      tag,
      deadline,
    }: { topic: string; payload: Uint8Array; tag: number; deadline: MonotonicMs },
    now: MonotonicMs,
  ): string | undefined {
    return this.#session.publish({ topic, payload, tag, deadline, qos: this.#qos }, now)
  }

  poll(now: MonotonicMs): UplinkOutput {
    let left = MAX_STEPS
    for (;;) {
      if (this.#change) {
        const change = this.#change
        this.#change = undefined
        return { kind: 'store credentials', change }
      }
      const isDue = now >= this.#connection.due && !this.#unread
      const connection = isDue ? this.#connection.poll(now) : undefined
      const output = connection
        ? this.#fromConnection(connection, now)
        : this.#fromSession(this.#session.poll(now, this.#connection.machine.room), now)
      if (output) return output
      if (--left === 0) fail('the connection and the session keep each other busy')
    }
  }

  #fromConnection(
    output: Exclude<SecureOutput, { kind: 'wait' }>,
    now: MonotonicMs,
  ): UplinkOutput | undefined {
    switch (output.kind) {
      case 'send':
        return output
      case 'bytes':
        return this.#receive(output.bytes, now)
      case 'open':
        return void this.#session.opened(now)
      case 'closed':
        return void this.#session.closed(output.why, now)
      default:
        return output
    }
  }

  /** The most frequent first: a case that is passed over costs as much as one that is taken. */
  #fromSession(output: MqttOutput, now: MonotonicMs): UplinkOutput | undefined {
    switch (output.kind) {
      case 'wait': {
        if (this.#unread) return this.#receive(this.#unread, now)
        const until = this.#connection.due
        return this.#awaitKeys(until < output.until ? { kind: 'wait', until } : output, now)
      }
      case 'acknowledged':
      case 'sent':
        return output
      case 'send':
        return void this.#connection.wake().write(output.bytes)
      case 'open':
        return this.#connect(now)
      case 'close':
        return void this.#connection.wake().close()
      case 'rejected':
      case 'dropped':
        return { kind: 'lost', tag: output.tag, why: this.#keyring.masked(output.why) }
      case 'connected':
        this.trouble = ''
        if (this.#keyring.inUse === 'staged') this.#stagedRefused = ''
        this.#use(this.#keyring.accepted(this.#time.utc(now)))
        return {
          kind: 'online',
          maxPayloadBytes: maxPayload(output.properties?.maximumPacketSize),
          openedAt: this.#openedAt,
        }
      case 'disconnected': {
        const { reason } = output
        const why = this.#keyring.masked(output.why)
        const refused = reason === BAD_USER_NAME_OR_PASSWORD || reason === NOT_AUTHORISED
        this.trouble = refused ? `the ${this.#keyring.inUse} credentials: ${why}` : why
        if (refused) this.#refused(why)
        return { kind: 'offline', why: this.trouble }
      }
      default:
        // Subscriptions and enhanced authentication, which a publisher has not.
        return undefined
    }
  }

  #receive(bytes: Uint8Array, now: MonotonicMs): undefined {
    const used = this.#session.receive(bytes, now)
    this.#unread = used < bytes.length ? bytes.slice(used) : undefined
  }

  #connect(now: MonotonicMs): undefined {
    const utc = this.#time.estimate(now)
    if (utc === undefined) throw new Error('connecting before the time is known')
    this.#openedAt = now
    this.#broker ??= brokerAddress(this.#settings)
    this.#connection.wake().open(this.#broker, utc, now)
  }

  #refused(why: string): void {
    if (this.#keyring.inUse === 'staged') this.#stagedRefused = why
    this.#keyring.refused()
    this.#useKeys()
  }

  /** Retired credentials are forgotten in time, and staged ones promoted, also while a connection lasts. */
  #awaitKeys(wait: MqttOutput & { kind: 'wait' }, now: MonotonicMs): UplinkOutput | undefined {
    const dueAt = this.#keyring.dueAt
    const utc = dueAt !== undefined && this.isOnline ? this.#time.utc(now) : undefined
    if (dueAt === undefined || utc === undefined) return wait
    if (utc >= dueAt) {
      this.#use(this.#keyring.accepted(utc))
      return undefined
    }
    const at = this.#time.monotonic(dueAt)
    return at === undefined ? wait : { kind: 'wait', until: earliest(wait.until, later(at, 1)) }
  }

  #use(change: CredentialsChange | undefined): void {
    if (change) this.#change = change
    this.#useKeys()
  }

  #useKeys(): void {
    const { key, secret } = this.#keyring.next
    this.#session.identify(key, secret)
  }
}
