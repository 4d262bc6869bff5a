/**
 * The supervisor: a machine of machines. It joins the network, learns the time, connects to the broker, reads the
 * meters on the grid of ticks, and hands each machine's outputs to the next. No IO: `poll` says what is to be done.
 */
import type { Entropy } from '../core/entropy'
import { phaseMs } from '../core/identity'
import { earliest, type MonotonicMs, type UnixMs } from '../core/time'
import { timeServers } from '../settings/derive'
import type { Settings } from '../settings/schema'
import { type Output as ClockOutput, UtcClock } from '../sntp/clock'
import { PERIOD_MS } from '../telemetry/grid'
import { streams } from '../telemetry/site'
import { Telemetry, type TelemetryOutput } from '../telemetry/telemetry'
import type { Health } from './health'
import { Ledger } from './ledger'
import { Link } from './link'
import { Meters, type Output as MetersOutput } from './meters'
import type { Output } from './output'
import { Progress, type WorkingState } from './progress'
import type { Report } from './report'
import { Uplink, type Output as UplinkOutput } from './uplink'

/** Nobody but the house's own access point has to bear it, and an outage beyond 50 s loses samples. */
const NETWORK = { firstMs: 1000, mostMs: 30_000, answerMs: 30_000 }

const AT_ONCE = Number.NEGATIVE_INFINITY as MonotonicMs

export interface DongleOptions {
  settings: Settings
  serial: string
  entropy: Entropy
  /** No true time is earlier. */
  floor: UnixMs
  driftPpm?: number | undefined
  /** To wait before the work begins, after a run of short lives. */
  holdMs?: number
}

export class Dongle {
  readonly #settings: Settings
  readonly #clock: UtcClock
  readonly #meters: Meters
  readonly #uplink: Uplink
  readonly #telemetry: Telemetry
  readonly #network: Link
  readonly #ledger: Ledger
  readonly #progress: Progress
  readonly #outputs: Output[] = []
  #stopped = false
  #tick = 0
  /** When each machine is to be asked next: as it said itself, or at once after an input. */
  #clockAt = AT_ONCE
  #metersAt = AT_ONCE
  #telemetryAt = AT_ONCE
  #uplinkAt = AT_ONCE

  constructor({ settings, serial, entropy, floor, driftPpm, holdMs = 0 }: DongleOptions) {
    this.#progress = new Progress(holdMs)
    const owed = streams(settings.site, settings.devices)
    this.#settings = settings
    this.#clock = new UtcClock({ servers: timeServers(settings), entropy, floor, driftPpm })
    this.#meters = new Meters({ settings, streams: owed, entropy })
    this.#uplink = new Uplink({ settings, serial, entropy, time: this.#clock })
    this.#telemetry = new Telemetry({
      time: this.#clock,
      phaseMs: phaseMs(serial, PERIOD_MS),
      streams: owed,
    })
    this.#network = new Link({ ...NETWORK, entropy })
    this.#ledger = new Ledger(owed.length)
  }

  joined(now: MonotonicMs): void {
    if (this.#network.isUp) return
    this.#network.up(now)
    this.#clock.start(now)
    this.#uplink.rejoined(now)
    this.#clockAt = this.#uplinkAt = AT_ONCE
  }

  networkLost(why: string, now: MonotonicMs): void {
    if (this.#network.isUp) this.#clock.stop(now)
    this.#network.down(why, now)
    this.#clockAt = AT_ONCE
  }

  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    this.#clock.resolved(host, address, why, now)
    this.#clockAt = AT_ONCE
  }

  datagram(slot: number, bytes: Uint8Array, address: string, port: number, now: MonotonicMs): void {
    this.#clock.receive(slot, bytes, address, port, now)
    this.#clockAt = AT_ONCE
  }

  lineOpened(now: MonotonicMs): void {
    this.#meters.opened(now)
    this.#metersAt = AT_ONCE
  }

  lineBytes(bytes: Uint8Array, now: MonotonicMs): void {
    this.#meters.receive(bytes, now)
    this.#metersAt = AT_ONCE
  }

  lineClosed(why: string, now: MonotonicMs): void {
    this.#meters.closed(why, now)
    this.#metersAt = AT_ONCE
  }

  connected(now: MonotonicMs): void {
    this.#uplink.opened(now)
    this.#uplinkAt = AT_ONCE
  }

  brokerBytes(bytes: Uint8Array, now: MonotonicMs): void {
    this.#uplink.receive(bytes, now)
    this.#uplinkAt = AT_ONCE
  }

  connectionClosed(why: string, now: MonotonicMs): void {
    this.#uplink.closed(why, now)
    this.#uplinkAt = AT_ONCE
  }

  /** Says goodbye to the broker; nothing is opened or read any more. */
  stop(now: MonotonicMs): void {
    this.#stopped = true
    this.#uplink.stop(now)
    this.#uplinkAt = AT_ONCE
  }

  health(now: MonotonicMs, restarts: readonly string[]): Health {
    const state = this.#stateNow(now)
    return {
      state,
      forMs: this.#progress.forMs(now),
      why: this.#trouble(state, now),
      ticks: this.#ledger.ticks,
      log: this.#ledger.log,
      restarts,
      clock: this.#clock.state(now),
      network: this.#network.why,
      credentials: this.#uplink.credentials,
      ...this.#meters.health(),
    }
  }

  poll(now: MonotonicMs): Output {
    for (;;) {
      const output = this.#outputs.shift() ?? this.#step(now)
      if (typeof output === 'object') return output
      if (output === 'again') continue
      this.#noteState(now)
      if (this.#outputs.length === 0) return { kind: 'wait', until: this.#until(now) }
    }
  }

  /** Asks the machines that are due, in the order of the data's way, until one has something. */
  #step(now: MonotonicMs): Output | 'again' | 'idle' {
    if (!this.#stopped) {
      if (now < this.#progress.beginAt(now)) return 'idle'
      if (this.#progress.hasLasted(now)) return { kind: 'lasted' }
      if (this.#network.isDue(now)) return { kind: 'join', wifi: this.#settings.wifi }
      if (now >= this.#clockAt) {
        const clock = this.#clock.poll(now)
        if (clock.kind !== 'wait') return this.#fromClock(clock, now)
        this.#clockAt = clock.until
      }
      if (now >= this.#metersAt) {
        const meters = this.#meters.poll(now)
        if (meters.kind !== 'wait') return this.#fromMeters(meters)
        this.#metersAt = meters.until
      }
      if (now >= this.#telemetryAt) {
        const telemetry = this.#telemetry.poll(now)
        if (telemetry.kind !== 'wait') return this.#fromTelemetry(telemetry, now)
        this.#telemetryAt = telemetry.until
      }
    }
    // Last, so that all messages of a tick leave in one write.
    if (now >= this.#uplinkAt) {
      const uplink = this.#uplink.poll(now)
      if (uplink.kind !== 'wait') return this.#fromUplink(uplink, now)
      this.#uplinkAt = uplink.until
    }
    return 'idle'
  }

  #until(now: MonotonicMs): MonotonicMs {
    if (this.#stopped) return this.#uplinkAt
    const beginAt = this.#progress.beginAt(now)
    if (now < beginAt) return beginAt
    const machines = earliest(
      earliest(this.#clockAt, this.#metersAt),
      earliest(this.#telemetryAt, this.#uplinkAt),
    )
    return earliest(earliest(machines, this.#network.until), this.#progress.until)
  }

  #fromClock(output: Exclude<ClockOutput, { kind: 'wait' }>, now: MonotonicMs): Output {
    if (output.kind === 'remember') return { ...output, kind: 'remember time' }
    if (output.kind !== 'synchronised') return output
    // TLS checks the dates of certificates: the broker is called only once the time is known.
    this.#uplink.start(now)
    this.#telemetryAt = this.#uplinkAt = AT_ONCE
    return { kind: 'set time', utc: output.utc }
  }

  #fromMeters(output: Exclude<MetersOutput, { kind: 'wait' }>): Output | 'again' {
    if (output.kind === 'measured') {
      const { device, powerW, stateOfChargeWh, at } = output
      this.#telemetry.measured(device, powerW, stateOfChargeWh, at)
      this.#report({ kind: 'read', tick: this.#tick, device, powerW, stateOfChargeWh })
    } else if (output.kind === 'failed') {
      const { device, why } = output
      this.#telemetry.failed(device, why)
      this.#report({ kind: 'read', tick: this.#tick, device, why })
    } else return output
    this.#telemetryAt = AT_ONCE
    return 'again'
  }

  #fromTelemetry(output: Exclude<TelemetryOutput, { kind: 'wait' }>, now: MonotonicMs): 'again' {
    if (output.kind === 'measure') this.#measure(output.tick, now)
    else if (output.kind === 'publish') {
      const refused = this.#uplink.publish(output, now)
      if (refused) this.#telemetry.lost(output.tag, 'capacity', refused, now)
      this.#uplinkAt = AT_ONCE
    } else this.#report(output)
    return 'again'
  }

  #measure(tick: number, now: MonotonicMs): void {
    this.#tick = tick
    this.#meters.measure(now)
    this.#metersAt = AT_ONCE
    this.#telemetry.roundMs = this.#meters.roundMs
  }

  #fromUplink(output: Exclude<UplinkOutput, { kind: 'wait' }>, now: MonotonicMs): Output | 'again' {
    switch (output.kind) {
      case 'online':
        this.#telemetry.online(output.mostPayloadBytes)
        this.#telemetryAt = AT_ONCE
        return 'again'
      case 'offline':
        this.#telemetry.offline()
        this.#report({ kind: 'log', text: `broker: ${output.why}` })
        return 'again'
      case 'sent':
      case 'acknowledged': {
        if (output.kind === 'acknowledged') this.#progress.made(now)
        const report = this.#telemetry.delivered(output.kind, output.tag, now)
        // What came while it waited for the broker can follow now.
        const more = report.kind === 'sent' && this.#telemetry.canPublish(report.stream)
        if (more) this.#telemetryAt = AT_ONCE
        this.#report(report)
        return 'again'
      }
      case 'lost':
        this.#telemetry.lost(output.tag, 'broker', output.why, now)
        this.#telemetryAt = AT_ONCE
        return 'again'
      default:
        return output
    }
  }

  #report(report: Report): void {
    this.#ledger.note(report)
    this.#outputs.push({ kind: 'report', report })
  }

  /** The state is what its parts are: nothing to keep in step. */
  #noteState(now: MonotonicMs): void {
    if (this.#stopped) return
    const state = this.#stateNow(now)
    if (this.#progress.enter(state, now))
      this.#report({ kind: 'state', state, why: this.#trouble(state, now) })
    const hung = this.#progress.hung(now)
    const why = hung && this.#trouble(state, now)
    if (hung) this.#outputs.push({ kind: 'restart', why: why ? `${hung}: ${why}` : hung })
  }

  #stateNow(now: MonotonicMs): WorkingState {
    if (now < this.#progress.beginAt(now)) return 'holding'
    if (!this.#network.isUp) return 'joining'
    if (this.#clock.utc(now) === undefined) return 'synchronising'
    return this.#uplink.isOnline ? 'streaming' : 'connecting'
  }

  /** Why the state is not over yet, as far as anybody knows. */
  #trouble(state: WorkingState, now: MonotonicMs): string {
    if (state === 'holding') return 'too many restarts in a row'
    if (state === 'joining') return this.#network.why
    if (state === 'synchronising') return this.#clock.state(now).trouble
    return state === 'connecting' ? this.#uplink.trouble : ''
  }
}
