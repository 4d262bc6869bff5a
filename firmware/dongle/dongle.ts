/**
 * The supervisor: a machine of machines. It joins the network, learns the time, connects to the broker, reads the
 * meters on the grid of ticks, and hands each machine's outputs to the next. No IO: `poll` says what is to be done.
 */
import type { Entropy } from '../core/entropy'
import { phaseMs } from '../core/identity'
import { earliest, FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { Bus, type Output as BusOutput } from '../devices/bus'
import { characterBits, timeServers } from '../settings/derive'
import type { Settings } from '../settings/schema'
import { type Output as ClockOutput, UtcClock } from '../sntp/clock'
import { streams } from '../telemetry/site'
import {
  PERIOD_MS,
  readTag,
  Telemetry,
  type Output as TelemetryOutput,
} from '../telemetry/telemetry'
import type { Health } from './health'
import { Ledger } from './ledger'
import { Link } from './link'
import type { Output } from './output'
import { Progress, type WorkingState } from './progress'
import type { Report } from './report'
import { Uplink, type Output as UplinkOutput } from './uplink'

const NETWORK = { firstMs: 1000, mostMs: 60_000, answerMs: 60_000 }
const LINE = { firstMs: 1000, mostMs: 30_000, answerMs: 10_000 }

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
  readonly #bus: Bus
  readonly #uplink: Uplink
  readonly #telemetry: Telemetry
  readonly #network: Link
  readonly #line: Link
  readonly #ledger: Ledger
  readonly #progress: Progress
  readonly #outputs: Output[] = []
  #stopped = false
  #tick = 0

  constructor({ settings, serial, entropy, floor, driftPpm, holdMs = 0 }: DongleOptions) {
    this.#progress = new Progress(holdMs)
    const { devices, line } = settings
    const owed = streams(settings.site, devices)
    this.#settings = settings
    this.#clock = new UtcClock({ servers: timeServers(settings), entropy, floor, driftPpm })
    this.#bus = new Bus({ baud: line.baud, characterBits: characterBits(line), devices })
    this.#uplink = new Uplink({ settings, serial, entropy })
    this.#telemetry = new Telemetry({
      time: this.#clock,
      phaseMs: phaseMs(serial, PERIOD_MS),
      streams: owed,
    })
    this.#network = new Link({ ...NETWORK, entropy })
    this.#line = new Link({ ...LINE, entropy })
    this.#ledger = new Ledger(owed.length)
  }

  joined(now: MonotonicMs): void {
    if (!this.#network.isUp) this.#clock.start(now)
    this.#network.up()
    this.#uplink.hurry(now)
  }

  networkLost(why: string, now: MonotonicMs): void {
    if (this.#network.isUp) this.#clock.stop(now)
    this.#network.down(why, now)
  }

  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    this.#clock.resolved(host, address, why, now)
  }

  datagram(slot: number, bytes: Uint8Array, address: string, port: number, now: MonotonicMs): void {
    this.#clock.receive(slot, bytes, address, port, now)
  }

  lineOpened(): void {
    this.#line.up()
  }

  lineBytes(bytes: Uint8Array, now: MonotonicMs): void {
    this.#bus.receive(bytes, now)
  }

  lineClosed(why: string, now: MonotonicMs): void {
    this.#line.down(why, now)
  }

  connected(now: MonotonicMs): void {
    this.#uplink.opened(now)
  }

  brokerBytes(bytes: Uint8Array, now: MonotonicMs): void {
    this.#uplink.receive(bytes, now)
  }

  connectionClosed(why: string, now: MonotonicMs): void {
    this.#uplink.closed(why, now)
  }

  /** Says goodbye to the broker; nothing is opened or read any more. */
  stop(now: MonotonicMs): void {
    this.#stopped = true
    this.#uplink.stop(now)
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
      line: { why: this.#line.why, busyMs: this.#bus.busyMs, roundMs: this.#bus.roundMs },
      devices: this.#settings.devices.map(({ model, unit }, device) => {
        return { model, unit, ...this.#bus.traffic(device).traffic }
      }),
    }
  }

  poll(now: MonotonicMs): Output {
    for (;;) {
      const output = this.#outputs.shift()
      if (output) return output
      const until = this.#passOn(now)
      if (typeof until === 'object') return until
      this.#noteState(now)
      if (until !== undefined && this.#outputs.length === 0) {
        return {
          kind: 'wait',
          until: this.#stopped ? until : earliest(until, this.#progress.until),
        }
      }
    }
  }

  /** An output for the ports, or how long there is nothing to do, or undefined where a machine is to be asked again. */
  #passOn(now: MonotonicMs): Output | MonotonicMs | undefined {
    const idleUntil = this.#stopped ? FOREVER : this.#passOnInwards(now)
    if (typeof idleUntil !== 'number') return idleUntil
    // Last, so that all messages of a tick leave in one write.
    const uplink = this.#uplink.poll(now, this.#clock.utc(now))
    return uplink.kind === 'wait'
      ? earliest(idleUntil, uplink.until)
      : this.#fromUplink(uplink, now)
  }

  /** All but the way to the broker. */
  #passOnInwards(now: MonotonicMs): Output | MonotonicMs | undefined {
    const beginAt = this.#progress.beginAt(now)
    if (now < beginAt) return beginAt
    if (this.#progress.hasLasted(now)) return { kind: 'lasted' }
    if (this.#network.isDue(now)) return { kind: 'join', wifi: this.#settings.wifi }
    if (this.#line.isDue(now)) return { kind: 'open line', line: this.#settings.line }
    const clock = this.#clock.poll(now)
    if (clock.kind !== 'wait') return this.#fromClock(clock, now)
    const bus = this.#bus.poll(now)
    if (bus.kind !== 'wait') return this.#fromBus(bus)
    const telemetry = this.#telemetry.poll(now)
    if (telemetry.kind !== 'wait') return this.#fromTelemetry(telemetry, now)
    const links = earliest(this.#network.until, this.#line.until)
    return earliest(links, earliest(clock.until, earliest(bus.until, telemetry.until)))
  }

  #fromClock(output: Exclude<ClockOutput, { kind: 'wait' }>, now: MonotonicMs): Output {
    if (output.kind === 'remember') return { ...output, kind: 'remember time' }
    if (output.kind !== 'synchronised') return output
    // TLS reads the system's clock for certificate dates: the broker is called only once that is right.
    this.#uplink.start(now)
    return { kind: 'set time', utc: output.utc }
  }

  #fromBus(output: Exclude<BusOutput, { kind: 'wait' }>): Output | undefined {
    if (output.kind === 'send') return { kind: 'write line', bytes: output.bytes }
    if (output.kind === 'measured') {
      const { device, powerW, stateOfChargeWh, at } = output
      this.#telemetry.measured(device, powerW, stateOfChargeWh, at)
      this.#report({ kind: 'read', tick: this.#tick, device, powerW, stateOfChargeWh })
    } else this.#failed(output.device, output.why)
    return undefined
  }

  #failed(device: number, why: string): void {
    this.#telemetry.failed(device, why)
    this.#report({ kind: 'read', tick: this.#tick, device, why })
  }

  #fromTelemetry(output: Exclude<TelemetryOutput, { kind: 'wait' }>, now: MonotonicMs): undefined {
    if (output.kind === 'measure') this.#measure(output.tick, now)
    else if (output.kind === 'publish') {
      const refused = this.#uplink.publish(output, now)
      if (refused) this.#telemetry.lost(output.tag, 'capacity', refused)
    } else this.#report(output)
  }

  #measure(tick: number, now: MonotonicMs): void {
    this.#tick = tick
    if (this.#line.isUp) {
      this.#bus.measure(now)
      this.#telemetry.roundMs = this.#bus.roundMs
      return
    }
    const why = `the serial line is closed: ${this.#line.why || 'not open yet'}`
    for (let device = 0; device < this.#settings.devices.length; device++) this.#failed(device, why)
  }

  #fromUplink(
    output: Exclude<UplinkOutput, { kind: 'wait' }>,
    now: MonotonicMs,
  ): Output | undefined {
    switch (output.kind) {
      case 'online':
        this.#telemetry.online = true
        return
      case 'offline':
        this.#telemetry.online = false
        this.#report({ kind: 'log', text: `broker: ${output.why}` })
        return
      case 'sent':
      case 'acknowledged':
        this.#delivered(output.kind, output.tag, now)
        return
      case 'lost':
        this.#telemetry.lost(output.tag, 'broker', output.why)
        return
      default:
        return output
    }
  }

  #delivered(kind: 'sent' | 'acknowledged', tag: number, now: MonotonicMs): void {
    const { stream, tick, samples } = readTag(tag)
    if (kind === 'acknowledged') this.#progress.made(now)
    this.#report({ kind, tick, stream, samples, lateMs: this.#telemetry.lateMs(tick, now) })
  }

  #report(report: Report): void {
    this.#ledger.note(report)
    this.#outputs.push({ kind: 'report', report })
  }

  /** The state is what its parts are: nothing to keep in step. */
  #noteState(now: MonotonicMs): void {
    if (this.#stopped) return
    const state = this.#stateNow(now)
    if (this.#progress.enter(state, now)) {
      this.#report({ kind: 'state', state, why: this.#trouble(state, now) })
    }
    const hung = this.#progress.hung(now)
    if (hung) this.#outputs.push({ kind: 'restart', why: `${hung}: ${this.#trouble(state, now)}` })
  }

  #stateNow(now: MonotonicMs): WorkingState {
    if (now < this.#progress.beginAt(now)) return 'holding'
    if (!this.#network.isUp) return 'joining'
    if (this.#clock.utc(now) === undefined) return 'synchronising'
    return this.#uplink.isOnline ? 'streaming' : 'connecting'
  }

  /** Why the state is not over yet, as far as anybody knows. */
  #trouble(state: WorkingState, now: MonotonicMs): string {
    switch (state) {
      case 'holding':
        return 'too many restarts in a row'
      case 'joining':
        return this.#network.why
      case 'synchronising':
        return this.#clock.state(now).trouble
      case 'connecting':
        return this.#uplink.trouble
      case 'streaming':
        return ''
    }
  }
}
