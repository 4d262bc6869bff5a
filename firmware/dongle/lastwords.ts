/** When a run ends that an installer wants to end: once the last reply is out, or nobody takes it. */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'

/** A tool that does not take its reply does not keep the dongle from ending. */
const MAX_LAST_WORDS_MS = 3000

export class LastWords {
  readonly #lingerMs: number
  #endBy = FOREVER
  #endAt = FOREVER

  /** `lingerMs`: for what the port took last to leave its own buffer. */
  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs
  }

  /** The run is to end. Whether it may now; `isSilent`: the port has taken everything. */
  areSaid(isSilent: boolean, now: MonotonicMs): boolean {
    if (this.#endBy === FOREVER) this.#endBy = later(now, MAX_LAST_WORDS_MS)
    if (!isSilent) this.#endAt = FOREVER
    else if (this.#endAt === FOREVER) this.#endAt = later(now, this.#lingerMs)
    return now >= this.until
  }

  /** When to ask again. */
  get until(): MonotonicMs {
    return earliest(this.#endAt, this.#endBy)
  }
}
