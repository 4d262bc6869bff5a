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
  /** Nothing that worked once is forgotten for a refusal: a broker may refuse everybody for a while. */
  #tryingRetired = false

  constructor({ credentials, staged, retired }: Change) {
    this.#credentials = credentials
    this.#staged = staged
    this.#retired = retired
  }

  /** What the next connection is made with. */
  get next(): Credentials {
    if (this.#staged) return this.#staged
    return this.#tryingRetired && this.#retired ? this.#retired : this.#credentials
  }

  get inUse(): 'active' | 'staged' | 'former' {
    if (this.#staged) return 'staged'
    return this.#tryingRetired ? 'former' : 'active'
  }

  /** When `accepted` has something to do though nothing happened, in UNIX time: a connection may last for months. */
  get dueAt(): UnixMs | undefined {
    if (this.#staged) return 0 as UnixMs
    return this.#retired && ((this.#retired.untilS * 1000) as UnixMs)
  }

  /** The broker has taken them; `utc` is undefined while the clock is not sure. */
  accepted(utc: UnixMs | undefined): Change | undefined {
    if (utc === undefined) return undefined
    if (this.#staged) {
      this.#retired = { ...this.#credentials, untilS: Math.floor((utc + RETIRED_MS) / 1000) }
      this.#credentials = this.#staged
      this.#staged = undefined
      return this.#change()
    }
    if (this.#tryingRetired) return this.#restore()
    return this.#forget(utc)
  }

  /** The broker has refused them. */
  refused(): Change | undefined {
    if (this.#staged) {
      this.#staged = undefined
      return this.#change()
    }
    this.#tryingRetired = this.#retired !== undefined && !this.#tryingRetired
    return undefined
  }

  /** The old pair works and the new one does not: the rotation was cancelled, and the platform has deleted the new. */
  #restore(): Change | undefined {
    if (!this.#retired) return undefined
    const { key, secret } = this.#retired
    this.#credentials = { key, secret }
    this.#retired = undefined
    this.#tryingRetired = false
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
