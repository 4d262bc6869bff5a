/** When a life begins, and what befalls true UTC in it: leap seconds, and the ends of two counters of seconds. */
import type { UnixMs } from '../../firmware/core/time'
import type { Leap } from '../../firmware/sntp/packet'

const HOUR = 3_600_000
const NEW_YEAR = Date.UTC(2027, 0, 1)

interface EpochData {
  /** UTC when the life begins. */
  begin: number
  /** When UTC leaps, by which indicator it is announced from the beginning, and by how much. */
  leapAt?: number
  indicator?: Leap
  leapMs?: number
}

/** Each has what it is there for three hours after it begins. */
const EPOCHS = {
  /** 2026-11-01T00:00:00Z, when nothing is special. */
  usual: { begin: 1_793_491_200_000 },
  /** 23:59:60: its second is counted a second time. */
  'leap second': {
    begin: NEW_YEAR - 3 * HOUR,
    leapAt: NEW_YEAR,
    indicator: 1,
    leapMs: -1000,
  },
  /** 23:59:59 is left out, which has never happened. */
  'second left out': {
    begin: NEW_YEAR - 3 * HOUR,
    leapAt: NEW_YEAR - 1000,
    indicator: 2,
    leapMs: 1000,
  },
  /** 2036-02-07T06:28:16Z: 32 bits of seconds since 1900 are used up, and NTP counts from 0. */
  2036: { begin: (2 ** 32 - 2_208_988_800) * 1000 - 3 * HOUR },
  /** 2038-01-19T03:14:08Z: 31 bits of seconds since 1970 are used up. */
  2038: { begin: 2 ** 31 * 1000 - 3 * HOUR },
} satisfies Record<string, EpochData>

export type EpochName = keyof typeof EPOCHS
export const EPOCH_NAMES = Object.keys(EPOCHS) as unknown as EpochName[]

/** True UTC by the milliseconds since a life began. */
export class TrueTime {
  readonly #epoch: EpochData

  constructor(name: EpochName) {
    this.#epoch = EPOCHS[name]
  }

  get begin(): UnixMs {
    return this.#epoch.begin as UnixMs
  }

  utc(instant: number): UnixMs {
    const { begin, leapMs = 0 } = this.#epoch
    return (begin + instant + (this.#hasLeapt(instant) ? leapMs : 0)) as UnixMs
  }

  /** What a time server announces. */
  indicator(instant: number): Leap {
    return this.#hasLeapt(instant) ? 0 : (this.#epoch.indicator ?? 0)
  }

  #hasLeapt(instant: number): boolean {
    const { begin, leapAt = Number.POSITIVE_INFINITY } = this.#epoch
    return begin + instant >= leapAt
  }
}
