/**
 * Which of the site's credentials to connect with. A staged pair is tried on a fresh connection: taken, it becomes the
 * active one and the old pair is kept for a day; refused, the active one is used again. Every change is one record of
 * settings, so a power cut leaves a pair that works. facts/powernaut.md, 2 and 6.7.
 */
import type { UnixMs } from '../core/time'
import type { Credentials, Settings } from '../settings/schema'

/** The platform keeps both pairs valid until the rotation is completed or cancelled; a day is for who completes it. */
const RETIRED_MS = 24 * 3600_000

/** `former`: the pair before the active one. */
export type Turn = 'active' | 'staged' | 'former'
const AFTER: Readonly<Record<Turn, Turn>> = Object.freeze({
  staged: 'active',
  active: 'former',
  former: 'staged',
})

/** A change of the settings that is to be stored at once. */
export type Change = Pick<Settings, 'credentials' | 'staged' | 'retired'>

export class Keyring {
  #credentials: Credentials
  #staged: Credentials | undefined
  #retired: Settings['retired']
  /**
   * Whose turn it is. None is forgotten for a refusal alone: a broker may refuse everybody for a while, and the pair
   * that the platform will keep could be any. Only that another one is taken decides.
   */
  #turn: Turn

  constructor({ credentials, staged, retired }: Change) {
    this.#credentials = credentials
    this.#staged = staged
    this.#retired = retired
    this.#turn = staged ? 'staged' : 'active'
  }

  /** What the next connection is made with. */
  get next(): Credentials {
    if (this.#turn === 'active') return this.#credentials
    return (this.#turn === 'staged' ? this.#staged : this.#retired) ?? this.#credentials
  }

  get inUse(): Turn {
    return this.#turn
  }

  /** When `accepted` has something to do though nothing happened, in UNIX time: a connection may last for months. */
  get dueAt(): UnixMs | undefined {
    if (this.#staged || this.#turn === 'former') return 0 as UnixMs
    return this.#retired && ((this.#retired.untilS * 1000) as UnixMs)
  }

  /** The broker has taken them; `utc` is undefined while the clock is not sure. */
  accepted(utc: UnixMs | undefined): Change | undefined {
    if (utc === undefined) return undefined
    if (this.#turn === 'former') return this.#restore()
    if (!this.#staged) return this.#forget(utc)
    if (this.#turn === 'staged') {
      this.#retired = { ...this.#credentials, untilS: Math.floor((utc + RETIRED_MS) / 1000) }
      this.#credentials = this.#staged
    }
    this.#staged = undefined
    this.#turn = 'active'
    return this.#change()
  }

  /** The broker has refused them: the next pair has its turn. */
  refused(): void {
    const pairs = this.#pairs
    do this.#turn = AFTER[this.#turn]
    while (!pairs[this.#turn])
  }

  get #pairs(): Record<Turn, Credentials | undefined> {
    return { staged: this.#staged, active: this.#credentials, former: this.#retired }
  }

  /** The old pair works and the new one does not: the rotation was cancelled, and the platform has deleted the new. */
  #restore(): Change | undefined {
    if (!this.#retired) return undefined
    const { key, secret } = this.#retired
    this.#credentials = { key, secret }
    this.#retired = this.#staged = undefined
    this.#turn = 'active'
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
