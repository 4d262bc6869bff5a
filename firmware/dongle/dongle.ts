/**
 * The supervisor: a machine of machines. It joins the network, learns the time, connects to the broker, reads the
 * meters on the grid of ticks, and hands each machine's outputs to the next. No IO: `poll` says what is to be done.
 */
import { fail } from '../core/assert'
import type { Entropy } from '../core/entropy'
import { phaseMs } from '../core/identity'
import { earliest, FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import type { SecureLayer } from '../ports/secure'
import { timeServers } from '../settings/derive'
import type { Settings } from '../settings/schema'
import { UtcClock } from '../sntp/clock'
import type { ClockOutput } from '../sntp/state'
import { PERIOD_MS } from '../telemetry/grid'
import { streams } from '../telemetry/site'
import { Telemetry, type TelemetryOutput } from '../telemetry/telemetry'
import type { Health } from './health'
import { Link } from './link'
import { Meters, type MetersOutput } from './meters'
import type { DongleOutput } from './output'
import { HoldOff, type RestartRecord } from './restarts'
import { Scheduled } from './scheduled'
import { Supervision } from './supervision'
import { Uplink, type UplinkOutput } from './uplink'

/** Short waits: only the site's own access point is asked, and an outage beyond 50 s loses samples. */
export const NETWORK = Object.freeze({ firstMs: 1000, maxMs: 30_000, answerMs: 30_000 })

/** Members of the settings with which the parts begin: only a restart changes them. */
const LASTING = ['site', 'line', 'devices', 'timeServers'] as const

/** Of one poll, each of which hands something from one machine to the next: far more than there ever are. */
const MAX_STEPS = 10_000
/** If the time was ahead by more, it would stand still for longer than a restart takes. */
const MAX_AHEAD_MS = 60_000

export interface DongleOptions {
  settings: Settings
  serial: string
  entropy: Entropy
  secureLayer: SecureLayer
  /** When the firmware was built: no true time is earlier. */
  floor: UnixMs
  /** What an earlier run asked to be kept. */
  rememberedUtc?: UnixMs | undefined
  driftPpm?: number | undefined
  /** To wait before the work begins, after many restarts in a row, and why. */
  holdMs?: number
  holdWhy?: string
  isAfterCrash?: boolean
}

export class Dongle {
  #settings: Settings
  readonly #clock: Scheduled<UtcClock>
  readonly meters: Scheduled<Meters>
  readonly #telemetry: Scheduled<Telemetry>
  readonly #uplink: Scheduled<Uplink>
  readonly #network: Link
  readonly #holdOff: HoldOff
  readonly #supervision: Supervision
  /** What `poll` answers when there is nothing to do: always the same object, so it is no garbage. */
  readonly #wait = { kind: 'wait' as const, until: FOREVER }
  #stopped = false
  #tick = 0

  constructor(options: DongleOptions) {
    const { settings, serial, entropy, secureLayer, holdMs = 0, holdWhy, isAfterCrash } = options
    const { floor, rememberedUtc, driftPpm } = options
    const owed = streams(settings.site, settings.devices)
    const servers = timeServers(settings)
    const clock = new UtcClock({ servers, entropy, floor, rememberedUtc, driftPpm })
    const meters = new Meters({ settings, streams: owed, entropy })
    const uplink = new Uplink({
      settings,
      serial,
      streams: owed.length,
      entropy,
      secureLayer,
      time: clock,
    })
    const telemetry = new Telemetry({
      time: clock,
      phaseMs: phaseMs(serial, PERIOD_MS),
      streams: owed,
    })
    const network = new Link(NETWORK, entropy)
    const holdOff = new HoldOff(holdMs, holdWhy, isAfterCrash)
    this.#settings = settings
    this.#clock = new Scheduled(clock)
    this.meters = new Scheduled(meters)
    this.#telemetry = new Scheduled(telemetry)
    this.#uplink = new Scheduled(uplink)
    this.#network = network
    this.#holdOff = holdOff
    this.#supervision = new Supervision({ holdOff, network, clock, uplink }, owed.length)
  }

  /** How long the work has lasted is to be said again. */
  lastedNotStored(now: MonotonicMs): void {
    this.#holdOff.notStored(now)
  }

  joined(now: MonotonicMs): void {
    if (this.#network.isUp) return
    this.#network.up(now)
    this.#clock.wake().start(now)
    this.#uplink.wake().rejoined(now)
  }

  networkLost(why: string, now: MonotonicMs): void {
    if (this.#network.isUp) this.#clock.wake().stop(now)
    this.#network.down(why, now)
  }

  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    const clock = this.#clock.wake()
    clock.resolved(host, address, why, now)
    // The network lives: what keeps the time servers from answering is not cured by a restart.
    if (address !== undefined && clock.utc(now) === undefined) this.#supervision.progressed(now)
    this.#uplink.wake().resolved(host, address, why)
  }

  datagram(slot: number, bytes: Uint8Array, address: string, port: number, now: MonotonicMs): void {
    this.#clock.wake().receive(slot, bytes, address, port, now)
  }

  lineOpened(now: MonotonicMs): void {
    this.meters.wake().opened(now)
  }

  lineBytes(bytes: Uint8Array, now: MonotonicMs): void {
    this.meters.wake().receive(bytes, now)
  }

  lineClosed(why: string, now: MonotonicMs): void {
    this.meters.wake().closed(why, now)
  }

  tcpOpened(): void {
    this.#uplink.wake().tcpOpened()
  }

  tcpBytes(bytes: Uint8Array): void {
    this.#uplink.wake().tcpBytes(bytes)
  }

  tcpRoom(bytes: number): void {
    this.#uplink.wake().tcpRoom(bytes)
  }

  tcpClosed(why: string): void {
    this.#uplink.wake().tcpClosed(why)
  }

  /** Says goodbye to the broker; nothing is opened or read any more. */
  stop(now: MonotonicMs): void {
    this.#stopped = true
    this.#uplink.wake().stop(now)
  }

  /**
   * Takes other settings while it goes on: what has been read waits for the new way to the broker. False if it cannot, for
   * which a restart has to follow.
   */
  change(settings: Settings, now: MonotonicMs): boolean {
    const before = this.#settings
    if (LASTING.some((name) => isOther(before[name], settings[name]))) return false
    this.#settings = settings
    this.#uplink.wake().change(settings, now)
    if (isOther(before.wifi, settings.wifi)) this.networkLost('other Wi-Fi settings', now)
    return true
  }

  /** The credentials before those in force are not to be tried any more. */
  forgetRetired(): void {
    this.#uplink.wake().forgetRetired()
  }

  health(
    now: MonotonicMs,
    kept: Pick<RestartRecord, 'reasons' | 'failedAssertions' | 'brownouts'>,
  ): Health {
    return {
      ...this.#supervision.health(now),
      restarts: kept.reasons,
      failedAssertions: kept.failedAssertions,
      brownouts: kept.brownouts,
      clock: this.#clock.machine.state(now),
      network: this.#network.why,
      credentials: this.#uplink.machine.credentials,
      ...this.meters.machine.health(),
    }
  }

  poll(now: MonotonicMs): DongleOutput {
    let left = MAX_STEPS
    for (;;) {
      const output = this.#step(now)
      if (output !== 'again') return output
      if (--left === 0) fail('the machines hand something on without end')
    }
  }

  /** Asks the machines that are due, in the order of the data's way, until one has something. */
  #step(now: MonotonicMs): DongleOutput | 'again' {
    if (!this.#stopped) {
      const holdOff = this.#holdOff
      if (now >= holdOff.until) {
        const ms = holdOff.advance(now)
        if (ms > 0) return { kind: 'lasted', ms }
      }
      if (!holdOff.isOver) return this.#rest(now)
      if (now >= this.#network.until && this.#network.isDue(now)) return this.#join(now)
      if (now >= this.#clock.due) {
        const clock = this.#clock.poll(now)
        if (clock) return this.#fromClock(clock, now)
      }
      if (now >= this.meters.due) {
        const meters = this.meters.poll(now)
        if (meters) return this.#fromMeters(meters)
      }
      if (now >= this.#telemetry.due) {
        const telemetry = this.#telemetry.poll(now)
        if (telemetry) return this.#fromTelemetry(telemetry, now)
      }
    }
    // Last, so that all messages of a tick leave in one write.
    if (now >= this.#uplink.due) {
      const uplink = this.#uplink.poll(now)
      if (uplink) return this.#fromUplink(uplink, now)
    }
    return this.#rest(now)
  }

  /** No machine has anything: what there is to say of the state, else how long nothing is due. */
  #rest(now: MonotonicMs): DongleOutput {
    if (!this.#stopped) this.#supervision.noteState(now)
    const news = this.#supervision.take()
    if (news) return news
    this.#wait.until = this.#until
    return this.#wait
  }

  get #until(): MonotonicMs {
    if (this.#stopped) return this.#uplink.due
    if (!this.#holdOff.isOver) return this.#holdOff.until
    return earliest(
      this.#holdOff.until,
      this.#supervision.until,
      this.#network.until,
      this.#clock.due,
      this.meters.due,
      this.#telemetry.due,
      this.#uplink.due,
    )
  }

  /** A port may answer at once: that it was not joined is noted first. */
  #join(now: MonotonicMs): DongleOutput {
    this.#supervision.noteState(now)
    return { kind: 'join', wifi: this.#settings.wifi }
  }

  #fromClock(output: Exclude<ClockOutput, { kind: 'wait' }>, now: MonotonicMs): DongleOutput {
    if (output.kind === 'remember') return { ...output, kind: 'remember time' }
    if (output.kind !== 'synchronised') return output
    if (output.aheadMs > MAX_AHEAD_MS) {
      const seconds = Math.round(output.aheadMs / 1000)
      return { kind: 'restart', why: `the time was ${seconds} s ahead: the time servers say so` }
    }
    // TLS checks the dates of certificates: the broker is called only once the time is known.
    this.#uplink.wake().start(now)
    this.#telemetry.wake()
    return { kind: 'set time', utc: output.utc }
  }

  #fromMeters(output: Exclude<MetersOutput, { kind: 'wait' }>): DongleOutput {
    const tick = this.#tick
    if (output.kind === 'measured') {
      const { device, powerW, stateOfChargeWh, at } = output
      this.#telemetry.machine.measured(device, powerW, stateOfChargeWh, at)
      this.#wakeIfLate()
      if (output.note) this.#supervision.log(`device ${device}: ${output.note}`)
      return { kind: 'read', tick, device, powerW, stateOfChargeWh }
    }
    if (output.kind === 'failed') {
      const { device, why } = output
      this.#telemetry.machine.failed(device, why)
      this.#wakeIfLate()
      return { kind: 'read', tick, device, why }
    }
    return output.kind === 'log' ? this.#supervision.counted(output) : output
  }

  /** Before its tick a round is only gathered. */
  #wakeIfLate(): void {
    if (this.#telemetry.machine.isLate) this.#telemetry.wake()
  }

  #fromTelemetry(
    output: Exclude<TelemetryOutput, { kind: 'wait' }>,
    now: MonotonicMs,
  ): DongleOutput | 'again' {
    if (output.kind === 'measure') this.#measure(output.tick, now)
    else if (output.kind === 'publish') {
      this.#supervision.published()
      const refused = this.#uplink.wake().publish(output, now)
      if (refused) this.#telemetry.machine.refused(output.tag, refused)
    } else {
      if (output.kind === 'due') this.#supervision.tickDue(now)
      return this.#supervision.counted(output)
    }
    return 'again'
  }

  #measure(tick: number, now: MonotonicMs): void {
    this.#tick = tick
    const meters = this.meters.wake()
    meters.measure(now)
    this.#telemetry.machine.roundMs = meters.roundMs
  }

  /** The most frequent first: a case that is passed over costs as much as one that is taken. */
  #fromUplink(
    output: Exclude<UplinkOutput, { kind: 'wait' }>,
    now: MonotonicMs,
  ): DongleOutput | 'again' {
    switch (output.kind) {
      case 'send':
        return output
      case 'sent':
      case 'acknowledged': {
        if (output.kind === 'acknowledged') this.#supervision.progressed(now)
        const telemetry = this.#telemetry.machine
        const report = telemetry.delivered(output.kind, output.tag, now)
        // What came while it waited for the broker can follow now.
        if (report.kind === 'sent' && telemetry.canPublish(report.stream)) this.#telemetry.wake()
        return this.#supervision.counted(report)
      }
      case 'online':
        this.#clock.machine.confirmed(output.openedAt)
        this.#telemetry.wake().online(output.maxPayloadBytes)
        return 'again'
      case 'offline':
        this.#telemetry.machine.offline()
        return this.#supervision.counted({ kind: 'log', text: `broker: ${output.why}` })
      case 'lost':
        this.#telemetry.wake().lost(output.tag, output.why, now)
        return 'again'
      default:
        return output
    }
  }
}

/** Values of the settings: JSON, with members in the order of the schema. */
function isOther(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after)
}
