/**
 * How the device's lives ended, kept over restarts: the last reasons, and how many lives in a row were short. A device
 * that restarts again and again starts its work later each time, so that whoever provisions it can reach it meanwhile.
 */
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import type { Store } from '../ports/store'

/** A life that lasted this long was no part of a loop: five shorter ones are five restarts in ten minutes. */
export const GOOD_LIFE_MS = 120_000
const SHORT_LIVES = 5
const FIRST_HOLD_MS = 60_000
const MOST_HOLD_MS = 900_000
const MOST_REASONS = 8
const MOST_REASON = 120
const VERSION = 1

export class Lives {
  readonly #journal: Journal
  #short: number
  #reasons: string[]

  constructor(store: Store) {
    this.#journal = new Journal(store, 'lives')
    const { short, reasons } = read(this.#journal)
    this.#short = short
    this.#reasons = reasons
  }

  /** How long to wait before this life's work begins. */
  get holdMs(): number {
    if (this.#short < SHORT_LIVES) return 0
    return Math.min(MOST_HOLD_MS, FIRST_HOLD_MS * 2 ** (this.#short - SHORT_LIVES))
  }

  /** Counts this life. */
  begin(): void {
    this.#short++
    this.#write()
  }

  /** This life has lasted. */
  good(): void {
    this.#short = 0
    this.#write()
  }

  end(why: string): void {
    this.#reasons = [...this.#reasons, why.slice(0, MOST_REASON)].slice(-MOST_REASONS)
    this.#write()
  }

  /** Why it was restarted, the latest last. */
  get reasons(): readonly string[] {
    return this.#reasons
  }

  #write(): void {
    this.#journal.write(
      VERSION,
      utf8(JSON.stringify({ short: this.#short, reasons: this.#reasons })),
    )
  }
}

function read(journal: Journal): { short: number; reasons: string[] } {
  const record = journal.read()
  if (record?.version !== VERSION) return { short: 0, reasons: [] }
  // Whole by its checksum, and ours by its version: it is what we wrote.
  return JSON.parse(readUtf8(record.payload) ?? '')
}
