/**
 * Restarts: why the last ones happened, and the hold-off after many in a row. A device that restarts again and again
 * begins its work later each time, so that it can be provisioned meanwhile; one that crashes again and again waits.
 */
import { isFailedAssertion } from '../core/assert'
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { Store } from '../ports/store'
import type { LastReset } from '../ports/system'

/** A run that lasts so long is no part of a loop: five shorter ones are five restarts in ten minutes. */
export const STABLE_RUN_MS = 120_000
const MAX_SHORT_RUNS = 5
const FIRST_HOLD_MS = 60_000
const MAX_HOLD_MS = 900_000
/** After runs that power ended, or a brownout: none of them is the firmware's fault. */
const POWER_HOLD_MS = 30_000
/** A run that lasts so long is no part of a loop of crashes: ten shorter ones are ten crashes in an hour. */
export const CALM_RUN_MS = 360_000
const MAX_CRASHES = 10
const CRASH_HOLD_MS = 3_600_000
const MAX_REASONS = 8
const MAX_REASON_CHARACTERS = 120
const VERSION = 1

/** Older records end earlier: assertions were not counted then, or crashes. */
type Stored = [
  short: number,
  reasons: string[],
  failedAssertions?: number,
  crashes?: number,
  brownouts?: number,
]

/** Kept over restarts: the last reasons, how many runs in a row were short, and how many of them ended in a crash. */
export class RestartRecord {
  readonly #journal: Journal
  #short: number
  #reasons: string[]
  /** How many restarts were one, since the flash was erased. */
  failedAssertions: number
  #crashes: number
  #endedByPower = false
  /** How many restarts were one, since the flash was erased. */
  brownouts: number

  constructor(store: Store) {
    this.#journal = new Journal(store, 'restarts')
    const stored = read(this.#journal)
    this.#short = stored[0]
    this.#reasons = stored[1]
    this.failedAssertions = stored[2] ?? 0
    this.#crashes = stored[3] ?? 0
    this.brownouts = stored[4] ?? 0
  }

  /** The store failed when it was read last: what it holds may be more. */
  get isUnreadable(): boolean {
    return this.#journal.trouble !== ''
  }

  /** Runs that ended in a crash have come before, and no calm one since; or they may have. */
  get isAfterCrash(): boolean {
    return this.#crashes > 0 || this.isUnreadable
  }

  /** How long to wait before this run's work begins. */
  get holdMs(): number {
    if (this.#crashes >= MAX_CRASHES) return CRASH_HOLD_MS
    if (this.#short < MAX_SHORT_RUNS) return 0
    if (this.#endedByPower) return POWER_HOLD_MS
    return Math.min(MAX_HOLD_MS, FIRST_HOLD_MS * 2 ** (this.#short - MAX_SHORT_RUNS))
  }

  /** Why it has to wait. */
  get holdWhy(): string {
    if (this.#crashes < MAX_CRASHES) return 'too many restarts in a row'
    return `${this.#crashes} crashes in a row, the last: ${this.#reasons[this.#reasons.length - 1]}`
  }

  /** How the run before ended, if it could not say so itself. Kept by `begin`. */
  noteReset({ cause, words }: LastReset): void {
    this.#endedByPower = cause === 'power on' || cause === 'brownout'
    // What follows may be a loop of the firmware's own, which begins here.
    if (this.#endedByPower) this.#short = Math.min(this.#short, MAX_SHORT_RUNS)
    if (cause === 'power on' || cause === 'restart' || cause === 'outside') return
    this.#crashes++
    if (cause === 'brownout') this.brownouts++
    this.#note(words ? `${cause}: ${words}` : cause)
  }

  /** A run begins; it counts as short until it is stable. */
  begin(): void {
    this.#short++
    this.#write()
  }

  /** This run has lasted for so long. Throws if the store fails: the old counts are in force then. */
  lasted(ms: number): void {
    this.#journal.read()
    // What is written while it cannot be read may be older than what is there.
    if (this.isUnreadable) throw new Error(this.#journal.trouble)
    this.#short = 0
    if (ms < CALM_RUN_MS) return this.#write()
    this.#crashes = 0
    // Twice, so that no copy holds the crashes: the newest may be damaged.
    this.#journal.writeBoth(VERSION, this.#encoded())
  }

  /** This run ends in a restart. */
  end(why: string): void {
    if (isFailedAssertion(why)) this.failedAssertions++
    this.#note(why)
    this.#write()
  }

  /** Why it was restarted, the latest last. */
  get reasons(): readonly string[] {
    return this.#reasons
  }

  #note(why: string): void {
    this.#reasons = this.#reasons.concat(why.slice(0, MAX_REASON_CHARACTERS)).slice(-MAX_REASONS)
  }

  #write(): void {
    this.#journal.write(VERSION, this.#encoded())
  }

  #encoded(): Uint8Array {
    const record: Stored = [
      this.#short,
      this.#reasons,
      this.failedAssertions,
      this.#crashes,
      this.brownouts,
    ]
    return utf8(JSON.stringify(record))
  }
}

function read(journal: Journal): Stored {
  const record = journal.read()
  if (record?.version !== VERSION) return [0, []]
  // Whole by its checksum, and ours by its version: it is what we wrote.
  return JSON.parse(readUtf8(record.payload) ?? '')
}

/** Holds the work of a run back, and says when the run has lasted; both are reckoned from the first question. */
export class HoldOff {
  readonly #holdMs: number
  readonly #isAfterCrash: boolean
  readonly why: string
  #stage: 'new' | 'holding' | 'working' | 'stable' | 'calm' = 'new'
  /** When the stage ends. */
  until = Number.NEGATIVE_INFINITY as MonotonicMs
  /** The work of the run may begin. */
  isOver = false

  /** `isAfterCrash`: a run before may have crashed, so whether this one is calm is worth knowing. */
  constructor(holdMs: number, why = '', isAfterCrash = false) {
    this.#holdMs = holdMs
    this.why = why
    this.#isAfterCrash = isAfterCrash
  }

  /** How long the work of the run has lasted, once when it is stable and once when it is calm; 0 otherwise. */
  advance(now: MonotonicMs): number {
    if (this.#stage === 'new') {
      this.#stage = 'holding'
      this.until = later(now, this.#holdMs)
    }
    if (now < this.until) return 0
    if (this.#stage === 'holding') {
      this.#stage = 'working'
      this.isOver = true
      this.until = later(this.until, STABLE_RUN_MS)
      return 0
    }
    if (this.#stage === 'working') {
      this.#stage = 'stable'
      this.until = this.#isAfterCrash ? later(this.until, CALM_RUN_MS - STABLE_RUN_MS) : FOREVER
      return STABLE_RUN_MS
    }
    this.#stage = 'calm'
    this.until = FOREVER
    return CALM_RUN_MS
  }

  /** What `advance` answered last could not be stored: it answers it again in a while. */
  notStored(now: MonotonicMs): void {
    this.#stage = this.#stage === 'calm' ? 'stable' : 'working'
    this.until = later(now, STABLE_RUN_MS)
  }
}
