/** Which device may ask next: in turn, one of a group after the other; then those that were silent; then searches. */
import { earliest, FOREVER, later, type MonotonicMs } from '../../core/time'
import type { DeviceReport } from '../query'
import { FIRST, type PolledDevice, SILENT } from './device'

/** Rounds are less apart, unless there is a pause. */
const MAX_PERIOD_MS = 10_000

export class Turns {
  readonly #devices: readonly PolledDevice[]
  /** For each device where its group begins among them. */
  readonly #groups: readonly number[]
  /** Whose turn is first: after a round that was cut short, the group of the first device that it left out. */
  #first = 0
  #startedAt: MonotonicMs | undefined
  /** When the next round is expected to begin. */
  #endsAt = FOREVER
  /** Whether a device that did not answer last time has been asked in this round. */
  #silentAsked = false
  /** Whether a device may have a report that is not asked in this round: it sits it out, or its search is put off. */
  mayReport = false

  constructor(devices: readonly PolledDevice[], groups: readonly number[]) {
    this.#devices = devices
    this.#groups = groups
  }

  /** Begins a round, and abandons one that still runs. */
  begin(now: MonotonicMs): void {
    this.#abandon()
    const periodMs = this.#startedAt === undefined ? FOREVER : now - this.#startedAt
    this.#endsAt = periodMs > MAX_PERIOD_MS ? FOREVER : later(now, periodMs)
    this.#startedAt = now
    this.#silentAsked = false
    this.mayReport = true
    for (let i = 0; i < this.#devices.length; i++) this.#devices[i].begin(now)
  }

  /** Whether rounds follow each other: there was one just now. */
  isRunning(now: MonotonicMs): boolean {
    return this.#startedAt !== undefined && now - this.#startedAt <= MAX_PERIOD_MS
  }

  /** Until when no device asks: in what is left of the round, and before the next. */
  freeUntil(now: MonotonicMs): MonotonicMs {
    if (!this.isRunning(now)) return FOREVER
    // Of the first it is not known when it ends.
    return this.#endsAt === FOREVER ? now : earliest(this.nextAt(), this.#endsAt)
  }

  /** How long the round has been running. */
  elapsedMs(now: MonotonicMs): number {
    return this.#startedAt === undefined ? 0 : now - this.#startedAt
  }

  /** The next report of a device that is not asked in this round. */
  report(): DeviceReport | undefined {
    if (!this.mayReport) return undefined
    for (let i = 0; i < this.#devices.length; i++) {
      const report = this.#devices[i].report()
      if (report) return report
    }
    this.mayReport = false
    return undefined
  }

  /** Whose request may go out now, the first by priority. */
  next(now: MonotonicMs): PolledDevice | undefined {
    const { length } = this.#devices
    let next: number | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (let i = this.#first, end = i + length; i < end; i++) {
      const at = i < length ? i : i - length
      const device = this.#devices[at]
      if (!device.isAsking || device.notBefore > now) continue
      if (this.#groups[at] < at && this.#isHeld(at)) continue
      const { priority } = device
      if (priority === FIRST) return device
      if (priority >= lowest) continue
      next = at
      lowest = priority
    }
    if (next === undefined || !this.#mayAsk(next, lowest, now)) return undefined
    return this.#devices[next]
  }

  /** When the next request may go out, of a device before this priority. */
  nextAt(priority = Number.POSITIVE_INFINITY): MonotonicMs {
    let next = FOREVER
    for (let at = 0; at < this.#devices.length; at++) {
      const device = this.#devices[at]
      if (device.isAsking && device.priority < priority && !this.#isHeld(at))
        next = earliest(next, device.notBefore)
    }
    return next
  }

  /** Whether no retry, its own or one that it waited for, has made the device's report late. */
  isPrompt(device: PolledDevice): boolean {
    if (!device.retriesAtOnce) return device.availability.isPrompt
    const at = this.#devices.indexOf(device)
    for (let i = this.#groups[at]; i <= at; i++)
      if (!this.#devices[i].availability.isPrompt) return false
    return true
  }

  /** Ends a round that still runs: the next begins with the first device that it left out, and its group. */
  #abandon(): void {
    const { length } = this.#devices
    for (let i = 0; i < length; i++) {
      const at = (this.#first + i) % length
      if (!this.#devices[at].isAsking) continue
      const group = this.#groups[at]
      // A group that was first and was not read to its end is longer than a round: the others go first for once.
      const isTooLong = i > 0 && group === this.#first
      const after = this.#groups.findIndex((start) => start > group)
      this.#first = isTooLong ? Math.max(0, after) : group
      for (let j = 0; j < this.#devices.length; j++) this.#devices[j].abandon()
      return
    }
  }

  /** One of a group waits until those before it are done, unless they may not answer. */
  #isHeld(at: number): boolean {
    for (let i = this.#groups[at]; i < at; i++) {
      const before = this.#devices[i]
      if (before.isAsking && before.priority < SILENT) return true
    }
    return false
  }

  /** Whether there is time before the next round for a device that may not answer, or for a search. */
  #mayAsk(at: number, priority: number, now: MonotonicMs): boolean {
    const device = this.#devices[at]
    if (priority < SILENT) return true
    const isInTime = now + device.patienceMs <= this.#endsAt
    if (priority === SILENT) {
      // One of these is asked in any case.
      if (isInTime || !this.#silentAsked) {
        this.#silentAsked = true
        return true
      }
      this.#first = this.#groups[at]
      device.abandon()
      return false
    }
    // A search brings no reading: it waits for all that do.
    const readingAt = this.nextAt(SILENT)
    if (readingAt < FOREVER) device.defer(readingAt)
    else if (isInTime) return true
    else {
      device.postpone()
      this.mayReport = true
    }
    return false
  }
}
