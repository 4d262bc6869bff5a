/** Lines for whoever holds a cable to the device: the seconds since its start, a level, and what is rare in its reports. Pure. */
import { printable } from '../core/printable'
import type { MonotonicMs } from '../core/time'
import type { Report } from './report'

/** What a peer says can be part of a line: it has no end of its own, and must not act on the terminal of who reads it. */
const MAX_LINE_CHARACTERS = 200
/** How often samples that were missed are told: each is a report, and there is one for each stream every 4 s. */
const MISSED_EVERY_MS = 60_000

export class Console {
  #missed = 0
  #missedTellAt = 0 as MonotonicMs

  /** One line without its end; undefined if there is nothing to say. */
  line(report: Report, now: MonotonicMs): string | undefined {
    switch (report.kind) {
      case 'state':
        return lineOf(now, 'I', report.why ? `${report.state}: ${report.why}` : report.state)
      case 'log':
        return lineOf(now, 'W', report.text)
      case 'missed':
        this.#missed++
        if (now < this.#missedTellAt) return undefined
        return this.#tellMissed(report.why, now)
      case 'pressed':
        return lineOf(now, 'I', `button: ${report.press}`)
      default:
        return undefined
    }
  }

  #tellMissed(why: string, now: MonotonicMs): string {
    const text = `${this.#missed} sample${this.#missed > 1 ? 's' : ''} missed: ${why}`
    this.#missed = 0
    this.#missedTellAt = (now + MISSED_EVERY_MS) as MonotonicMs
    return lineOf(now, 'W', text)
  }
}

function lineOf(now: MonotonicMs, level: 'I' | 'W', text: string): string {
  const line = `${(now / 1000).toFixed(3)} ${level} ${text}`
  const isCut = line.length > MAX_LINE_CHARACTERS
  return printable(isCut ? `${line.slice(0, MAX_LINE_CHARACTERS - 1)}…` : line)
}
