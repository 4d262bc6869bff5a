/** Time on Node: the monotonic clock of the process, and its timers. */
import type { MonotonicMs } from '../../firmware/core/time'
import type { Alarm, Clock } from '../../firmware/ports/clock'

/** The host keeps its own time, and OpenSSL reads it: there is nothing to set. */
export const nodeClock: Clock = {
  now: () => performance.now() as MonotonicMs,
  setSystemTime() {},
}

/** The longest that setTimeout takes; a longer one fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** Never early: Node's timers count whole milliseconds and may fire up to one too soon. */
export class NodeAlarm implements Alarm {
  #timer: NodeJS.Timeout | undefined

  set(due: MonotonicMs, run: () => void): void {
    this.clear()
    const waitMs = Math.max(0, Math.ceil(due - nodeClock.now()))
    this.#timer = setTimeout(
      () => {
        if (nodeClock.now() < due) this.set(due, run)
        else run()
      },
      Math.min(waitMs, MAX_TIMEOUT_MS),
    )
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
