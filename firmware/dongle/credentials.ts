/**
 * Which of the site's credentials to connect with. A staged pair is tried on a fresh connection: taken, it becomes the
 * active one and the old pair is kept for a day; refused, the active one is used again. Every change is one record of
 * settings, so a power cut leaves a pair that works. facts/powernaut.md, 2 and 6.7.
 */
import type { UnixMs } from '../core/time'
import type { Credentials, Settings } from '../settings/schema'

/** The platform keeps both pairs valid until the rotation is completed or cancelled; a day is for who completes it. */
const RETIRED_MS = 24 * 3600_000

/** A change of the settings that is to be stored at once. */
export type Change = Pick<Settings, 'credentials' | 'staged' | 'retired'>

export class Keyring {
  #credentials: Credentials
  #staged: Credentials | undefined
  #retired: Settings['retired']

  constructor({ credentials, staged, retired }: Change) {
    this.#credentials = credentials
    this.#staged = staged
    this.#retired = retired
  }

  /** What the next connection is made with. */
  get next(): Credentials {
    return this.#staged ?? this.#credentials
  }

  /** The broker has taken them; `utc` is undefined while the clock is not sure. */
  accepted(utc: UnixMs | undefined): Change | undefined {
    if (utc === undefined) return undefined
    if (!this.#staged) return this.#forget(utc)
    this.#retired = { ...this.#credentials, untilS: Math.floor((utc + RETIRED_MS) / 1000) }
    this.#credentials = this.#staged
    this.#staged = undefined
    return this.#change()
  }

  /** The broker has refused them; undefined where there are no others. */
  refused(): Change | undefined {
    if (this.#staged) {
      this.#staged = undefined
      return this.#change()
    }
    if (!this.#retired) return undefined
    // The rotation was cancelled after all: the platform has deleted the new pair.
    const { key, secret } = this.#retired
    this.#credentials = { key, secret }
    this.#retired = undefined
    return this.#change()
  }

  #forget(utc: UnixMs): Change | undefined {
    if (!this.#retired || utc < this.#retired.untilS * 1000) return undefined
    this.#retired = undefined
    return this.#change()
  }

  #change(): Change {
    return { credentials: this.#credentials, staged: this.#staged, retired: this.#retired }
  }
}
