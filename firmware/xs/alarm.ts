/** The pump's one timer on Moddable: a single native timer, rescheduled rather than made anew (a timer costs slots). */
import Timer from 'timer'
import type { MonotonicMs } from '../core/time'
import type { Alarm, Clock } from '../ports/clock'

/** Native timers take int32; for a later deadline the timer is set again. */
const MAX_TIMER_MS = 3_600_000

export class TimerAlarm implements Alarm {
  readonly #clock: Pick<Clock, 'now'>
  readonly #timer: Timer
  #run: (() => void) | undefined
  #due = 0

  constructor({ clock }: { clock: Pick<Clock, 'now'> }) {
    this.#clock = clock
    this.#timer = Timer.set(() => this.#ring(), MAX_TIMER_MS, MAX_TIMER_MS)
    Timer.schedule(this.#timer)
  }

  set(due: MonotonicMs, run: () => void): void {
    this.#run = run
    this.#due = due
    this.#arm()
  }

  clear(): void {
    this.#run = undefined
    Timer.schedule(this.#timer)
  }

  #arm(): void {
    const aheadMs = Math.ceil(this.#due - this.#clock.now())
    const delayMs = Math.min(Math.max(aheadMs, 1), MAX_TIMER_MS)
    // Delay and repeat are equal because the Linux timer leaks a source when they differ and a callback reschedules.
    Timer.schedule(this.#timer, delayMs, delayMs)
  }

  #ring(): void {
    const run = this.#run
    if (run && this.#clock.now() < this.#due) {
      this.#arm()
      return
    }
    this.clear()
    run?.()
  }
}
