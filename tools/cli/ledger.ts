/** What became of every sample that was due: the dongle's reports, accounted for. Pure. */
import type { UnixMs } from '../../firmware/core/time'
import type { Report } from '../../firmware/dongle/report'
import { PERIOD_MS } from '../../firmware/telemetry/grid'
import type { MissedBy } from '../../firmware/telemetry/telemetry'

export type Outcome =
  | { kind: 'pending' }
  | { kind: 'sent'; sentMs: number }
  /** Both are milliseconds after the sample's tick. */
  | { kind: 'acknowledged'; sentMs: number; acknowledgedMs: number }
  | { kind: 'missed'; by: MissedBy; why: string }

export interface Reading {
  powerW?: number
  stateOfChargeWh?: number
  why?: string
}

export interface Tick {
  tick: number
  /** Undefined until it is due: the meters are read before. */
  at?: UnixMs
  /** By device. */
  readings: Reading[]
  /** By stream. */
  outcomes: Outcome[]
}

export interface Totals {
  due: number
  samples: number
  sent: number
  acknowledged: number
  missed: Record<MissedBy, number>
  /** Sent, and without an answer so far. */
  unacknowledged: number
  sentMs: number[]
  acknowledgedMs: number[]
}

const PENDING: Outcome = { kind: 'pending' }
/** Ticks that are settled for this long are only counted, so that a run of weeks does not grow. */
const MOST_TICKS = 64
/** Lateness is a sample of the last so many. */
const MOST_LATENESSES = 100_000

export class Ledger {
  readonly #streams: number
  readonly #ticks = new Map<number, Tick>()
  readonly #totals: Totals = {
    due: 0,
    samples: 0,
    sent: 0,
    acknowledged: 0,
    missed: { meter: 0, clock: 0, broker: 0, capacity: 0 },
    unacknowledged: 0,
    sentMs: [],
    acknowledgedMs: [],
  }
  #closed = false

  constructor({ streams }: { streams: number }) {
    this.#streams = streams
  }

  /** No tick that comes due after this counts. */
  close(): void {
    this.#closed = true
  }

  /** Notes `report`, and answers the ticks that it concerns. */
  note(report: Report): Tick[] {
    switch (report.kind) {
      case 'due': {
        if (this.#closed) return []
        const tick = this.#open(report.tick)
        tick.at = report.at
        return [tick]
      }
      case 'read': {
        const tick = this.#closed ? this.#ticks.get(report.tick) : this.#open(report.tick)
        if (!tick) return []
        const { powerW, stateOfChargeWh, why } = report
        tick.readings[report.device] = { powerW, stateOfChargeWh, why }
        return [tick]
      }
      case 'sent':
      case 'acknowledged':
        return this.#noteSamples(report)
      case 'missed':
        return this.#settle(report.tick, report.stream, {
          kind: 'missed',
          by: report.by,
          why: report.why,
        })
      default:
        return []
    }
  }

  /** Whether every sample that was due is acknowledged or missed. */
  get settled(): boolean {
    for (const tick of this.#ticks.values())
      if (tick.at !== undefined && !isSettled(tick)) return false
    return true
  }

  totals(): Totals {
    const totals: Totals = {
      ...this.#totals,
      missed: { ...this.#totals.missed },
      sentMs: [...this.#totals.sentMs],
      acknowledgedMs: [...this.#totals.acknowledgedMs],
    }
    for (const tick of this.#ticks.values()) count(tick, totals)
    return totals
  }

  /** A message may hold the samples of several ticks, the newest one's named. */
  #noteSamples(report: Report & { kind: 'sent' | 'acknowledged' }): Tick[] {
    const changed: Tick[] = []
    for (let back = report.samples - 1; back >= 0; back--) {
      const lateMs = report.lateMs + back * PERIOD_MS
      const tick = this.#ticks.get(report.tick - back)
      const before = tick?.outcomes[report.stream]
      const sentMs = before && 'sentMs' in before ? before.sentMs : lateMs
      const outcome: Outcome =
        report.kind === 'sent'
          ? { kind: 'sent', sentMs }
          : { kind: 'acknowledged', sentMs, acknowledgedMs: lateMs }
      changed.push(...this.#settle(report.tick - back, report.stream, outcome))
    }
    return changed
  }

  #settle(number: number, stream: number, outcome: Outcome): Tick[] {
    const tick = this.#ticks.get(number)
    if (!tick) return []
    tick.outcomes[stream] = outcome
    return [tick]
  }

  #open(number: number): Tick {
    const known = this.#ticks.get(number)
    if (known) return known
    const tick: Tick = {
      tick: number,
      readings: [],
      outcomes: new Array<Outcome>(this.#streams).fill(PENDING),
    }
    this.#ticks.set(number, tick)
    if (this.#ticks.size > MOST_TICKS) this.#forgetOldest()
    return tick
  }

  #forgetOldest(): void {
    const [oldest] = this.#ticks.values()
    count(oldest, this.#totals)
    this.#ticks.delete(oldest.tick)
  }
}

export function isSettled(tick: Tick): boolean {
  return tick.outcomes.every(({ kind }) => kind === 'acknowledged' || kind === 'missed')
}

function count({ at, outcomes }: Tick, totals: Totals): void {
  if (at === undefined) return
  totals.due++
  for (const outcome of outcomes) {
    totals.samples++
    if (outcome.kind === 'missed') totals.missed[outcome.by]++
    if (outcome.kind === 'pending' || outcome.kind === 'sent') totals.unacknowledged++
    if ('sentMs' in outcome) {
      totals.sent++
      keep(totals.sentMs, outcome.sentMs)
    }
    if (outcome.kind === 'acknowledged') {
      totals.acknowledged++
      keep(totals.acknowledgedMs, outcome.acknowledgedMs)
    }
  }
}

function keep(latenesses: number[], lateMs: number): void {
  latenesses.push(lateMs)
  if (latenesses.length > MOST_LATENESSES) latenesses.shift()
}
