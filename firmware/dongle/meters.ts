/** The way to the meters: the serial line, opened again whenever it closes, and the bus of devices on it. */
import type { Entropy } from '../core/entropy'
import type { MonotonicMs } from '../core/time'
import { Bus, type BusOutput } from '../devices/poll/bus'
import type { LineSettings } from '../ports/bytestream'
import type { Settings } from '../settings/schema'
import { MAX_SPAN_MS } from '../telemetry/round'
import type { Stream } from '../telemetry/site'
import type { Health } from './health'
import { Link } from './link'
import type { DongleOutput } from './output'

const LINE = Object.freeze({ firstMs: 1000, maxMs: 30_000, answerMs: 10_000 })

/**
 * If no device has answered for so long the line is opened anew, in case its driver hangs. Nothing else is: a site may be
 * dark.
 */
const SILENT_MS = 15 * 60_000
const SILENT = 'no device answered in 15 min'
/** Rounds are 4 s apart. After such a pause, as the time was not known, silence counts afresh: nobody was asked. */
const PAUSE_MS = 60_000

export type MetersOutput =
  | Extract<DongleOutput, { kind: 'open line' | 'write line' | 'log' | 'wait' }>
  | Extract<BusOutput, { kind: 'measured' | 'failed' }>

interface MetersOptions {
  settings: Settings
  streams: readonly Stream[]
  entropy: Entropy
}

export class Meters {
  readonly #settings: Settings
  readonly bus: Bus
  readonly #line: Link
  /** Whether another master on the line has been noticed, and is still to be logged. */
  #isNoticed = false
  #isLogging = false
  /** The next device of a round that has no line to go out on. */
  #failing = Number.POSITIVE_INFINITY
  /** When a device answered last, or the line was opened. */
  #heardAt = 0 as MonotonicMs
  #askedAt = 0 as MonotonicMs

  constructor({ settings, streams, entropy }: MetersOptions) {
    const { line, devices } = settings
    this.#settings = settings
    this.bus = new Bus({
      line,
      devices,
      // Readings that are added up are of one moment only if they are read in a row.
      groups: streams.map((stream) => stream.devices),
      maxSpanMs: MAX_SPAN_MS,
    })
    this.#line = new Link(LINE, entropy)
  }

  opened(now: MonotonicMs): void {
    this.#line.up(now)
    this.bus.reopened()
    this.#heardAt = now
  }

  closed(why: string, now: MonotonicMs): void {
    this.#line.down(why, now)
  }

  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.bus.receive(bytes, now)
  }

  /** Starts a round of reading every device. */
  measure(now: MonotonicMs): void {
    if (now - this.#askedAt >= PAUSE_MS) this.#heardAt = now
    this.#askedAt = now
    if (this.#line.isUp && now - this.#heardAt >= SILENT_MS) this.#line.down(SILENT, now)
    if (!this.#isNoticed && this.bus.otherMaster.requests > 0)
      this.#isNoticed = this.#isLogging = true
    if (this.#line.isUp) this.bus.measure(now)
    else this.#failing = 0
  }

  /** The settings of the line. */
  get line(): LineSettings {
    return this.#settings.line
  }

  /** Undefined while it is open. */
  get closedWhy(): string | undefined {
    return this.#line.isUp
      ? undefined
      : `the serial line is closed: ${this.#line.why || 'not open yet'}`
  }

  /** How long a round takes. */
  get roundMs(): number {
    return this.bus.roundMs
  }

  poll(now: MonotonicMs): MetersOutput {
    if (now >= this.#line.until && this.#line.isDue(now))
      return { kind: 'open line', line: this.#settings.line }
    if (this.#failing < this.#settings.devices.length) {
      return { kind: 'failed', device: this.#failing++, why: this.closedWhy ?? '' }
    }
    if (this.#isLogging) return this.#logOtherMaster()
    const output = this.bus.poll(now)
    if (output.kind === 'send') return { kind: 'write line', bytes: output.bytes }
    if (output.kind === 'measured') this.#heardAt = now
    if (output.kind !== 'wait') return output
    const { until } = this.#line
    return until < output.until ? { kind: 'wait', until } : output
  }

  #logOtherMaster(): MetersOutput {
    this.#isLogging = false
    const { unit, address } = this.bus.otherMaster
    const text = `another master on the line: it asked unit ${unit} for register ${address} (docs/modbus.md)`
    return { kind: 'log', text }
  }

  health(): Pick<Health, 'line' | 'devices'> {
    const devices = this.#settings.devices.map(({ unit }, device) => {
      const { traffic, latency } = this.bus.traffic(device)
      return {
        model: this.bus.model(device),
        unit,
        ...traffic,
        p50Ms: latency.percentile(0.5),
        p99Ms: latency.percentile(0.99),
      }
    })
    return {
      line: {
        why: this.#line.why,
        busyMs: this.bus.busyMs,
        roundMs: this.bus.roundMs,
        otherMaster: this.bus.otherMaster,
      },
      devices,
    }
  }
}
