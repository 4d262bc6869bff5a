/**
 * Restarts: why the last ones happened, and the hold-off after many in a row. A device that restarts again and again
 * begins its work later each time, so that it can be provisioned meanwhile.
 */
import { isFailedAssertion } from '../core/assert'
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { Store } from '../ports/store'

/** A run that lasts so long is no part of a loop: five shorter ones are five restarts in ten minutes. */
export const STABLE_RUN_MS = 120_000
const MAX_SHORT_RUNS = 5
const FIRST_HOLD_MS = 60_000
const MAX_HOLD_MS = 900_000
const MAX_REASONS = 8
const MAX_REASON_CHARACTERS = 120
const VERSION = 1

/** Records of before assertions were counted have no third. */
type Stored = [short: number, reasons: string[], failedAssertions?: number]

/** Kept over restarts: the last reasons, and how many runs in a row were short. */
export class RestartRecord {
  readonly #journal: Journal
  #short: number
  #reasons: string[]
  /** How many restarts were one, since the flash was erased. */
  failedAssertions: number

  constructor(store: Store) {
    this.#journal = new Journal(store, 'restarts')
    const [short, reasons, failedAssertions = 0] = read(this.#journal)
    this.#short = short
    this.#reasons = reasons
    this.failedAssertions = failedAssertions
  }

  /** How long to wait before this run's work begins. */
  get holdMs(): number {
    if (this.#short < MAX_SHORT_RUNS) return 0
    return Math.min(MAX_HOLD_MS, FIRST_HOLD_MS * 2 ** (this.#short - MAX_SHORT_RUNS))
  }

  /** A run begins; it counts as short until it is stable. */
  begin(): void {
    this.#short++
    this.#write()
  }

  /** This run has lasted. */
  stable(): void {
    this.#short = 0
    this.#write()
  }

  /** This run ends in a restart. */
  end(why: string): void {
    if (isFailedAssertion(why)) this.failedAssertions++
    this.#reasons = [...this.#reasons, why.slice(0, MAX_REASON_CHARACTERS)].slice(-MAX_REASONS)
    this.#write()
  }

  /** Why it was restarted, the latest last. */
  get reasons(): readonly string[] {
    return this.#reasons
  }

  #write(): void {
    const record: Stored = [this.#short, this.#reasons, this.failedAssertions]
    this.#journal.write(VERSION, utf8(JSON.stringify(record)))
  }
}

function read(journal: Journal): Stored {
  const record = journal.read()
  if (record?.version !== VERSION) return [0, []]
  // Whole by its checksum, and ours by its version: it is what we wrote.
  return JSON.parse(readUtf8(record.payload) ?? '')
}

/** Holds the work of a run back, and says when the run is stable; both are reckoned from the first question. */
export class HoldOff {
  readonly #holdMs: number
  #stage: 'new' | 'holding' | 'working' | 'stable' = 'new'
  /** When the stage ends. */
  until = Number.NEGATIVE_INFINITY as MonotonicMs
  /** The work of the run may begin. */
  isOver = false

  constructor(holdMs: number) {
    this.#holdMs = holdMs
  }

  /** True once, when the run becomes stable. */
  advance(now: MonotonicMs): boolean {
    if (this.#stage === 'new') {
      this.#stage = 'holding'
      this.until = later(now, this.#holdMs)
    }
    if (now < this.until) return false
    if (this.#stage === 'holding') {
      this.#stage = 'working'
      this.isOver = true
      this.until = later(this.until, STABLE_RUN_MS)
      return false
    }
    this.#stage = 'stable'
    this.until = FOREVER
    return true
  }
}
