/** What the supervisor reports of itself: its state, all that happens, and that a state gets nowhere. */
import type { MonotonicMs } from '../core/time'
import type { Health } from './health'
import { Ledger } from './ledger'
import type { DongleOutput } from './output'
import type { Report } from './report'
import { type StateParts, SupervisorState } from './state'
import { Watchdog } from './watchdog'

export class Supervision {
  readonly #state: SupervisorState
  readonly #watchdog = new Watchdog()
  readonly #ledger: Ledger
  readonly #outputs: DongleOutput[] = []

  constructor(parts: StateParts, streams: number) {
    this.#state = new SupervisorState(parts)
    this.#ledger = new Ledger(streams)
  }

  /** What the dongle reports, counted on its way out. */
  counted(report: Report): Report {
    this.#ledger.note(report)
    return report
  }

  /** A line that is reported as soon as nothing else is to be done. */
  log(text: string): void {
    this.#outputs.push(this.counted({ kind: 'log', text }))
  }

  /** The broker has acknowledged something, or a name was resolved while the time servers are silent. */
  progressed(now: MonotonicMs): void {
    this.#watchdog.feed(now)
  }

  /** Something was given to the broker. */
  published(): void {
    this.#watchdog.published()
  }

  tickDue(now: MonotonicMs): void {
    this.#watchdog.tick(now)
  }

  /** Notes what state it is in now, and whether that has lasted too long. */
  noteState(now: MonotonicMs): void {
    const entered = this.#state.change(now)
    if (entered) {
      this.#watchdog.enter(entered, now)
      const why = this.#state.trouble(entered, now)
      this.#outputs.push(this.counted({ kind: 'state', state: entered, why }))
    }
    const stalled = this.#watchdog.expired(now)
    if (!stalled) return
    const why = this.#state.trouble(this.#state.of(now), now)
    this.#outputs.push({ kind: 'restart', why: why ? `${stalled}: ${why}` : stalled })
  }

  /** The next output, if there is one. */
  take(): DongleOutput | undefined {
    return this.#outputs.shift()
  }

  /** When to note the state though nothing happens. */
  get until(): MonotonicMs {
    return this.#watchdog.until
  }

  health(now: MonotonicMs): Pick<Health, 'state' | 'forMs' | 'why' | 'ticks' | 'log'> {
    const state = this.#state.of(now)
    return {
      state,
      forMs: this.#state.forMs(now),
      why: this.#state.trouble(state, now),
      ticks: this.#ledger.ticks,
      log: this.#ledger.log,
    }
  }
}
