/** What a dongle did since it started: its ticks (one tick is one per stream), and the last lines of its log. */
import { Ring } from '../core/ring'
import type { MissedBy } from '../telemetry/telemetry'
import type { Report } from './report'

export interface Ticks {
  due: number
  sent: number
  acknowledged: number
  missed: Record<MissedBy, number>
}

const MAX_LINES = 32
const MAX_LINE_CHARACTERS = 160

export class Ledger {
  readonly log = new Ring<string>(MAX_LINES)
  readonly ticks: Ticks = {
    due: 0,
    sent: 0,
    acknowledged: 0,
    missed: { meter: 0, clock: 0, broker: 0, capacity: 0 },
  }
  readonly #streams: number

  constructor(streams: number) {
    this.#streams = streams
  }

  note(report: Report): void {
    const { ticks } = this
    if (report.kind === 'due') ticks.due += this.#streams
    else if (report.kind === 'sent') ticks.sent += report.samples
    else if (report.kind === 'acknowledged') ticks.acknowledged += report.samples
    else if (report.kind === 'missed') {
      ticks.missed[report.by]++
      this.#write(`stream ${report.stream} missed tick ${report.tick}: ${report.why}`)
    } else if (report.kind === 'state') this.#write(`${report.state} ${report.why}`)
    else if (report.kind === 'log') this.#write(report.text)
  }

  #write(line: string): void {
    this.log.push(line.slice(0, MAX_LINE_CHARACTERS))
  }
}
