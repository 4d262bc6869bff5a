/** The dongle's reports as lines for a terminal or a pipe: one per tick, and one for each thing that went wrong. */

import { printable } from '../../firmware/core/printable'
import type { Health } from '../../firmware/dongle/health'
import type { Report, StateName } from '../../firmware/dongle/report'
import type { Traffic } from '../node/tcp'
import {
  type DeviceReading,
  isSettled,
  SampleLedger,
  type SampleOutcome,
  type TickRecord,
} from './ledger'
import { Repeats } from './repeats'

export type Style = 'good' | 'bad' | 'faint'
export type Paint = (style: Style, text: string) => string

export const plain: Paint = (_style, text) => text

/** ANSI colours (ECMA-48, 8.3.117), for a terminal only. */
export const coloured: Paint = (style, text) =>
  `\u001b[${{ good: 32, bad: 31, faint: 2 }[style]}m${text}\u001b[0m`

/** How firmware/mqtt/incoming.ts says that the broker has the session of an earlier run, which is normal for an hour. */
const UNKNOWN_SESSION = 'the server has a session that this client does not know'
const IN_PLAIN_WORDS = 'note the broker still has the session of an earlier run; it gets a new one'

export interface ViewOptions {
  /** Names of the devices and streams, by their numbers in the reports. */
  devices: string[]
  streams: string[]
  paint: Paint
}

export class View {
  readonly ledger: SampleLedger
  readonly #options: ViewOptions
  /** Due, and not shown yet. */
  #open: TickRecord[] = []
  #state: StateName | 'starting' = 'starting'
  /** What the state waits for. */
  #why = ''
  /** By column: the widest cell so far, so that columns stay where they are. */
  readonly #widths: number[] = []
  readonly #logged = new Repeats()

  constructor(options: ViewOptions) {
    this.#options = options
    this.ledger = new SampleLedger({ streams: options.streams.length })
  }

  /** The lines that `report` makes worth printing. */
  show(report: Report): string[] {
    const { paint } = this.#options
    const changed = this.ledger.note(report)
    switch (report.kind) {
      case 'state':
        this.#state = report.state
        this.#why = report.why
        return report.state === 'streaming'
          ? [...this.#repeated(), this.#stateLine()]
          : [this.#stateLine()]
      case 'log': {
        if (report.text.includes(UNKNOWN_SESSION)) return [paint('faint', IN_PLAIN_WORDS)]
        const line = `log ${printable(report.text)}`
        return this.#logged.isNew(line) ? [paint('faint', line)] : []
      }
      case 'due': {
        // What is still open by now is shown as it is; what comes of it gets its own line.
        const overdue = this.#open.flatMap((tick) => this.#tickLines(tick))
        this.#open = changed
        return overdue
      }
      case 'read':
      case 'sent':
      case 'pressed':
        return []
      default:
        return changed.flatMap((tick) => this.#changed(tick, report.stream))
    }
  }

  /** From time to time: a line if it has turned out why the state does not end. */
  waits({ state, why }: Pick<Health, 'state' | 'why'>): string[] {
    if (state !== this.#state || why === '' || why === this.#why) return []
    if (why.includes(UNKNOWN_SESSION)) return []
    this.#why = why
    return [this.#stateLine()]
  }

  /** After the run; `complete` if there were samples due and none of them was missed. */
  summary(traffic: Traffic): { lines: string[]; complete: boolean } {
    const { due, samples, sent, acknowledged, missed, unacknowledged, sentMs, acknowledgedMs } =
      this.ledger.totals()
    const lost = samples - acknowledged
    const causes = Object.entries(missed).map(([by, count]) => `${by} ${count}`)
    if (unacknowledged) causes.push(`not acknowledged ${unacknowledged}`)
    const complete = due > 0 && lost === 0
    const lines = [
      `ticks due     ${due}, of ${this.#options.streams.length} streams: ${samples} samples`,
      `sent          ${sent}`,
      `acknowledged  ${acknowledged}`,
      `missed        ${lost} (${causes.join(', ')})`,
      `lateness      sent ${spread(sentMs)}; acknowledged ${spread(acknowledgedMs)}`,
      `on the wire   ${traffic.outBytes} bytes out, ${traffic.inBytes} bytes in, TLS included`,
    ]
    if (due === 0) lines.push(`no tick came due; the dongle was ${this.#stateWords()}`)
    lines.push(...this.#repeated())
    return { lines, complete }
  }

  /** What came again after its line was shown. */
  #repeated(): string[] {
    return this.#logged.take().map((line) => this.#options.paint('faint', line))
  }

  #stateWords(): string {
    return this.#why ? `${this.#state}: ${printable(this.#why)}` : this.#state
  }

  #stateLine(): string {
    return this.#options.paint('faint', `state ${this.#stateWords()}`)
  }

  #changed(tick: TickRecord, stream: number): string[] {
    if (this.#open.includes(tick)) {
      if (!isSettled(tick)) return []
      this.#open = this.#open.filter((open) => open !== tick)
      return this.#tickLines(tick)
    }
    return tick.at === undefined ? [] : [this.#afterthought(tick, stream)]
  }

  #tickLines(tick: TickRecord): string[] {
    const { devices, streams, paint } = this.#options
    const readings = devices.map(
      (name, device) => `${name} ${this.#cell(device, reading(tick.readings[device]))}`,
    )
    const sent = tally(latest(tick.outcomes, 'sentMs'), streams.length)
    const acknowledged = tally(latest(tick.outcomes, 'acknowledgedMs'), streams.length)
    const done = tick.outcomes.every(({ kind }) => kind === 'acknowledged')
    const line = [
      paint('faint', clock(tick)),
      readings.join('  '),
      `sent ${this.#cell(devices.length, sent)}`,
      paint(done ? 'good' : 'bad', `acknowledged ${this.#cell(devices.length + 1, acknowledged)}`),
    ].join('  ')
    const missed = tick.outcomes.flatMap((outcome, stream) =>
      outcome.kind === 'missed' ? [this.#missed(tick, stream, outcome)] : [],
    )
    return [line, ...missed]
  }

  #cell(column: number, text: string): string {
    const width = Math.max(this.#widths[column] ?? 0, text.length)
    this.#widths[column] = width
    return text.padStart(width)
  }

  #missed(
    tick: TickRecord,
    stream: number,
    { by, why }: SampleOutcome & { kind: 'missed' },
  ): string {
    const name = this.#options.streams[stream]
    return this.#options.paint(
      'bad',
      `${clock(tick)}  ${name} missed by the ${by}: ${printable(why)}`,
    )
  }

  /** What came of a sample after its tick's line. */
  #afterthought(tick: TickRecord, stream: number): string {
    const outcome = tick.outcomes[stream]
    if (outcome.kind === 'missed') return this.#missed(tick, stream, outcome)
    const name = this.#options.streams[stream]
    const lateMs = outcome.kind === 'acknowledged' ? outcome.acknowledgedMs : 0
    return `${clock(tick)}  ${name} acknowledged after ${Math.round(lateMs)} ms`
  }
}

function clock({ at }: TickRecord): string {
  return new Date(at ?? 0).toISOString().slice(11, 19)
}

function reading({ powerW, stateOfChargeWh }: DeviceReading = {}): string {
  if (powerW === undefined) return '-'
  const charge = stateOfChargeWh === undefined ? '' : ` ${Math.round(stateOfChargeWh)} Wh`
  return `${Math.round(powerW)} W${charge}`
}

function latest(outcomes: SampleOutcome[], key: 'sentMs' | 'acknowledgedMs'): number[] {
  return outcomes.flatMap((outcome) =>
    key in outcome ? [(outcome as SampleOutcome & { kind: 'acknowledged' })[key]] : [],
  )
}

/** Such as `3/3 +12 ms`, the slowest's. */
function tally(lateMs: number[], of: number): string {
  const slowest = lateMs.length ? ` +${Math.round(Math.max(...lateMs))} ms` : ''
  return `${lateMs.length}/${of}${slowest}`
}

function spread(lateMs: number[]): string {
  if (lateMs.length === 0) return 'never'
  const sorted = [...lateMs].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1].toFixed(1)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}
