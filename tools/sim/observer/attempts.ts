/**
 * Invariant 7: how often the dongle tries. With full jitter a single wait may be short, so what is bounded is how
 * many attempts fall into a span of time, and how long it stays away from a broker that has said no.
 */
import type { Fail } from './messages'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/**
 * Waits of up to 1, 2, 4... s, then anywhere in what is left of 48 s, then of up to 64 s (firmware/mqtt/reconnection.ts): of
 * 200,000 times ten minutes without a broker the busiest minute had 11 attempts on average and 22 at most, all ten 27 and 45.
 */
const MAX_CONNECTS = { perMinute: 24, perTenMinutes: 48 }
/** For 45 s after a loss some 8, then waits of up to 30 s; an access point may come and go. */
const MAX_JOINS = { perMinute: 16, perTenMinutes: 60 }
/** RFC 8633: not more than one in 15 s, sustained. */
const MAX_QUESTIONS_PER_HOUR = 240
/** What a refusal asks for (firmware/mqtt/reconnection.ts), on a crystal that may run fast. */
const STAY_AWAY_MS = new Map([
  [0x86, 29_990],
  [0x87, 29_990],
  [0x8a, 29_990],
  [0x88, 9990],
  [0x89, 9990],
])

/** After a CONNACK with this reason. */
export function stayAwayMs(reason: number): number {
  return STAY_AWAY_MS.get(reason) ?? 0
}

class Rate {
  readonly #max: number
  readonly #spanMs: number
  readonly #times: number[] = []
  #first = 0

  constructor(max: number, spanMs: number) {
    this.#max = max
    this.#spanMs = spanMs
  }

  /** How many there were within the span, if these are too many. */
  note(now: number): number | undefined {
    this.#times.push(now)
    while (this.#times[this.#first] < now - this.#spanMs) this.#first++
    const count = this.#times.length - this.#first
    return count > this.#max ? count : undefined
  }
}

function rates({ perMinute, perTenMinutes }: typeof MAX_CONNECTS): readonly Rate[] {
  return [new Rate(perMinute, MINUTE_MS), new Rate(perTenMinutes, 10 * MINUTE_MS)]
}

export class Attempts {
  readonly #fail: Fail
  #connects = rates(MAX_CONNECTS)
  #joins = rates(MAX_JOINS)
  #questions = new Map<number, Rate>()
  #refusal: { key: string; at: number; awayMs: number } | undefined
  connects = 0

  constructor(fail: Fail) {
    this.#fail = fail
  }

  /** A new life knows nothing of the last one's waits: a power cut starts all over, a restart `byItself` must not. */
  booted(byItself: boolean): void {
    this.#refusal = undefined
    this.#questions = new Map()
    if (byItself) return
    this.#connects = rates(MAX_CONNECTS)
    this.#joins = rates(MAX_JOINS)
  }

  connect(now: number): void {
    this.connects++
    this.#note(this.#connects, now, 'connections attempted')
  }

  join(now: number): void {
    this.#note(this.#joins, now, 'joins attempted')
  }

  asked(slot: number, now: number): void {
    const rate = this.#questions.get(slot) ?? new Rate(MAX_QUESTIONS_PER_HOUR, HOUR_MS)
    this.#questions.set(slot, rate)
    this.#note([rate], now, `questions to time server ${slot}`)
  }

  /** CONNECT came, with these credentials; `reason` is what it was answered. */
  answered(key: string, reason: number, now: number): void {
    const last = this.#refusal
    if (last?.key === key && now - last.at < last.awayMs)
      this.#fail(7, `came back ${now - last.at} ms after it was refused for ${last.awayMs} ms`)
    this.#refusal = reason === 0 ? undefined : { key, at: now, awayMs: stayAwayMs(reason) }
  }

  #note(rates: readonly Rate[], now: number, what: string): void {
    for (const rate of rates) {
      const count = rate.note(now)
      if (count !== undefined) this.#fail(7, `${count} ${what} in too short a time`)
    }
  }
}
