/**
 * Of invariant 6: after ten crashes without a calm run between them the dongle waits for an hour, and never for crashes that
 * there were not. And what ended a run is among the reasons that the next one gives.
 */
import type { Report } from '../../../firmware/dongle/report'
import type { LastReset } from '../../../firmware/ports/system'
import type { Fail } from './messages'

const MINUTE_MS = 60_000
const HELD_MS = 60 * MINUTE_MS
/** Longer than a run has to last, however long it was held back for other reasons. */
const SURELY_CALM_MS = 22 * MINUTE_MS

export class Holds {
  readonly #fail: Fail
  /** At most, since the last run that was calm. */
  #crashes = 0
  #bootedAt = 0
  #heldMs = 0

  constructor(fail: Fail) {
    this.#fail = fail
  }

  /** `flashFailedAt`: when it last took nothing or could not be read, in which a calm run is not stored. */
  crashed(now: number, flashFailedAt = Number.NEGATIVE_INFINITY): void {
    const worksSince = Math.max(this.#bootedAt + this.#heldMs, flashFailedAt)
    if (now - worksSince > SURELY_CALM_MS) this.#crashes = 0
    this.#crashes++
  }

  booted(now: number): void {
    this.#bootedAt = now
    this.#heldMs = 0
  }

  /** Answers how long it is going to wait, if that is for crashes. */
  state({ state, why }: Report & { kind: 'state' }): number {
    const crashes = state === 'holding' && /^(\d+) crashes in a row/.exec(why)?.[1]
    if (!crashes) return 0
    this.#heldMs = HELD_MS
    if (Number(crashes) > this.#crashes)
      this.#fail(6, `it waits after ${crashes} crashes, and there were ${this.#crashes}`)
    return HELD_MS
  }

  /** How the run before ended, and what the dongle says of it. */
  reasons({ cause, words }: LastReset, said: readonly string[]): void {
    if (cause === 'power on' || cause === 'restart') return
    const why = words ? `${cause}: ${words}` : cause
    if (!said.includes(why)) this.#fail(6, `it does not say that it was restarted by ${why}`)
  }
}
