/** Counts of a dongle's ticks since it started: what was owed, what became of it. One tick is one per stream. */
import type { MissedBy } from '../telemetry/telemetry'
import type { Report } from './report'

export interface Ticks {
  due: number
  sent: number
  acknowledged: number
  missed: Record<MissedBy, number>
}

export class Ledger {
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
    else if (report.kind === 'missed') ticks.missed[report.by]++
  }
}
