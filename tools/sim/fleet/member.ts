/**
 * A dongle of a fleet, as far as it decides when it asks anything of what it shares with others: the firmware's own join,
 * clock and way to the broker, wired as firmware/dongle/dongle.ts does, without meters.
 */
import { phaseMs } from '../../../firmware/core/identity'
import { earliest, FOREVER, type MonotonicMs, type UnixMs } from '../../../firmware/core/time'
import { NETWORK } from '../../../firmware/dongle/dongle'
import { Link } from '../../../firmware/dongle/link'
import { Scheduled } from '../../../firmware/dongle/scheduled'
import { Uplink, type UplinkOutput } from '../../../firmware/dongle/uplink'
import type { SecureClient, SecureClientOutput } from '../../../firmware/ports/secure'
import { timeServers } from '../../../firmware/settings/derive'
import type { Settings } from '../../../firmware/settings/schema'
import { UtcClock } from '../../../firmware/sntp/clock'
import { FRESH_MS } from '../../../firmware/telemetry/backlog'
import { PERIOD_MS } from '../../../firmware/telemetry/grid'
import { type Agenda, cancel, type Planned } from '../agenda'
import { connack, disconnect, pingresp } from '../broker/packets'
import { addressOf } from '../network/network'
import { timeReply } from '../network/time-server'
import { type Random, random as seeded } from '../random'
import type { FleetBroker, FleetConnection } from './broker'

/** From power to the firmware's first instruction, at least and at most. */
const START_MS = [400, 500] as const
const JOIN_MS = [600, 2500] as const
/** Through the Internet and back. */
const ROUND_TRIP_MS = [10, 80] as const
/** What an ESP32 computes for a handshake. */
const ARITHMETIC_MS = [900, 1800] as const
/** A SYN that nobody takes is sent again after this, then after twice as long (lwIP on ESP32). */
const SYN_AGAIN_MS = 1500
const CONNECT = 0x10
const PINGREQ = 0xc0
const SHUTTING_DOWN = 0x8b
const NOTHING: Uint8Array = new Uint8Array(1)

export interface MemberOptions {
  agenda: Agenda
  random: Random
  broker: FleetBroker
  settings: Settings
  serial: string
  builtAt: UnixMs
  utc(): UnixMs
  /** It tries to connect to the broker. */
  onAttempt(): void
}

export class Member {
  readonly #options: MemberOptions
  #link: Link
  #clock: Scheduled<UtcClock>
  #uplink: Scheduled<Uplink>
  #alarm: Planned | undefined
  #connection: Connection | undefined
  /** Counts its runs and TCP connections: what was begun before is over. */
  #era = 0
  #isOn = false
  #isPolling = false
  /** Since when it knows the time, and since when it is online; undefined if it is not. */
  knowsTimeSince: number | undefined
  onlineSince: number | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    const { link, clock, uplink } = this.#machines()
    this.#link = link
    this.#clock = clock
    this.#uplink = uplink
  }

  powerOn(): void {
    const { link, clock, uplink } = this.#machines()
    this.#link = link
    this.#clock = clock
    this.#uplink = uplink
    this.#isOn = true
    this.#after(START_MS, () => this.#run())
  }

  powerOff(): void {
    this.#isOn = false
    this.#era++
    if (this.#connection) this.#connection.isOpen = false
    this.#connection = undefined
    cancel(this.#alarm)
    this.knowsTimeSince = this.onlineSince = undefined
  }

  /** The samples since `lostAt`, and since the time is known, that were stale when the broker could be given them. */
  lostSamples(lostAt: number, begin: UnixMs): number {
    const { serial, agenda } = this.#options
    const from = Math.max(lostAt, this.knowsTimeSince ?? Infinity)
    const until = (this.onlineSince ?? agenda.now) - FRESH_MS
    const phase = phaseMs(serial, PERIOD_MS) - begin
    const ticks = (at: number): number => Math.floor((at - phase) / PERIOD_MS)
    return Math.max(0, ticks(until) - ticks(from))
  }

  #machines(): { link: Link; clock: Scheduled<UtcClock>; uplink: Scheduled<Uplink> } {
    const { settings, serial, builtAt, random } = this.#options
    const entropy = seeded(random.below(2 ** 32))
    const clock = new UtcClock({ servers: timeServers(settings), entropy, floor: builtAt })
    const secureLayer = {
      client: (_to: unknown, _utc: UnixMs, until: MonotonicMs) => new AwaitedTls(until),
    }
    const uplink = new Uplink({ settings, serial, streams: 1, entropy, secureLayer, time: clock })
    return {
      link: new Link(NETWORK, entropy),
      clock: new Scheduled(clock),
      uplink: new Scheduled(uplink),
    }
  }

  get #now(): MonotonicMs {
    return this.#options.agenda.now as MonotonicMs
  }

  /** As Pump does: all outputs, then one alarm. */
  #run(): void {
    if (this.#isPolling) return
    this.#isPolling = true
    const now = this.#now
    while (this.#step(now));
    this.#isPolling = false
    cancel(this.#alarm)
    const until = earliest(this.#link.until, this.#clock.due, this.#uplink.due)
    this.#alarm = until < FOREVER ? this.#options.agenda.at(until, () => this.#run()) : undefined
  }

  #step(now: MonotonicMs): boolean {
    if (now >= this.#link.until && this.#link.isDue(now)) {
      this.#after(JOIN_MS, () => this.#joined())
      return true
    }
    const clock = now >= this.#clock.due ? this.#clock.poll(now) : undefined
    if (clock) {
      if (clock.kind === 'resolve') this.#resolve(clock.host)
      else if (clock.kind === 'ask') this.#ask(clock.slot, clock.bytes, clock.address, clock.port)
      else if (clock.kind === 'synchronised') {
        this.knowsTimeSince ??= now
        this.#uplink.wake().start(now)
      }
      return true
    }
    const uplink = now >= this.#uplink.due ? this.#uplink.poll(now) : undefined
    if (uplink) this.#perform(uplink, now)
    return uplink !== undefined
  }

  #perform(output: UplinkOutput, now: MonotonicMs): void {
    switch (output.kind) {
      case 'resolve':
        return this.#resolve(output.host)
      case 'connect':
        return this.#connect()
      case 'send':
        return this.#answer(output.bytes[0])
      case 'disconnect':
        this.#leave()
        return
      case 'online':
        this.#clock.machine.confirmed(output.openedAt)
        this.onlineSince = now
        return
      case 'offline':
        this.onlineSince = undefined
    }
  }

  #joined(): void {
    this.#link.up(this.#now)
    this.#clock.wake().start(this.#now)
    this.#uplink.wake().rejoined(this.#now)
    this.#run()
  }

  #resolve(host: string): void {
    const address = addressOf(host)
    this.#after(ROUND_TRIP_MS, () => {
      this.#clock.wake().resolved(host, address, '', this.#now)
      this.#uplink.wake().resolved(host, address, '')
      this.#run()
    })
  }

  #ask(slot: number, bytes: Uint8Array, address: string, port: number): void {
    const request = bytes.slice()
    const sentAt = this.#now
    this.#after(ROUND_TRIP_MS, () => {
      const halfWayMs = (this.#now - sentAt) / 2
      const reply = timeReply(request, (this.#options.utc() - halfWayMs) as UnixMs)
      this.#clock.wake().receive(slot, reply, address, port, this.#now)
      this.#run()
    })
  }

  #connect(): void {
    this.#options.onAttempt()
    this.#leave()
    const connection: Connection = {
      isOpen: true,
      onHandshake: () => this.#fromBroker(ARITHMETIC_MS, NOTHING, connection),
      onEnd: (politely) => this.#ended(connection, politely),
    }
    this.#connection = connection
    this.#dial(connection, SYN_AGAIN_MS)
  }

  #dial(connection: Connection, againMs: number): void {
    this.#after(ROUND_TRIP_MS, () => {
      const { broker, agenda } = this.#options
      if (!connection.isOpen) return
      if (!broker.isThere) return this.#closed(connection, 'refused')
      if (broker.isFull) {
        agenda.after(againMs, () => this.#dial(connection, 2 * againMs))
        return
      }
      broker.take(connection)
      this.#uplink.wake().tcpOpened()
      this.#run()
    })
  }

  #fromBroker(
    delay: readonly [number, number],
    bytes: Uint8Array,
    connection = this.#connection,
  ): void {
    this.#after(delay, () => {
      if (connection !== this.#connection || !connection?.isOpen) return
      this.#uplink.wake().tcpBytes(bytes)
      this.#run()
    })
  }

  #closed(connection: Connection, why: string): void {
    if (!connection.isOpen) return
    connection.isOpen = false
    this.#uplink.wake().tcpClosed(why)
    this.#run()
  }

  #answer(request: number): void {
    if (request === CONNECT) this.#fromBroker(ROUND_TRIP_MS, connack())
    else if (request === PINGREQ) this.#fromBroker(ROUND_TRIP_MS, pingresp())
  }

  #ended(connection: FleetConnection, politely: boolean): void {
    if (politely && connection.isOpen) {
      this.#uplink.wake().tcpBytes(disconnect(SHUTTING_DOWN))
      this.#run()
    }
    this.#closed(connection, 'reset')
  }

  #leave(): void {
    if (this.#connection) this.#connection.isOpen = false
    this.#connection = undefined
  }

  #after([leastMs, mostMs]: readonly [number, number], run: () => void): void {
    const era = this.#era
    const { agenda, random } = this.#options
    agenda.after(leastMs + random.next() * (mostMs - leastMs), () => {
      if (this.#isOn && era === this.#era) run()
    })
  }
}

/** As the member has it. */
interface Connection extends FleetConnection {
  isOpen: boolean
}

/** In place of TLS: open once the broker's part of the handshake is there. */
class AwaitedTls implements SecureClient {
  readonly #until: MonotonicMs
  #isOpen = false
  readonly #outputs: SecureClientOutput[] = []

  constructor(until: MonotonicMs) {
    this.#until = until
  }

  receive(bytes: Uint8Array): void {
    this.#outputs.push(this.#isOpen ? { kind: 'bytes', bytes } : { kind: 'open' })
    this.#isOpen = true
  }

  write(bytes: Uint8Array): void {
    this.#outputs.push({ kind: 'send', bytes })
  }

  close(): void {}

  ended(why: string): void {
    this.#outputs.push({ kind: 'closed', why })
  }

  poll(now: MonotonicMs): SecureClientOutput {
    const output = this.#outputs.shift()
    if (output) return output
    if (this.#isOpen) return { kind: 'wait', until: FOREVER }
    return now < this.#until
      ? { kind: 'wait', until: this.#until }
      : { kind: 'closed', why: 'no TLS in time' }
  }
}
