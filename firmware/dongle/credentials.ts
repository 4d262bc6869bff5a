/**
 * Which of the site's credentials to connect with. A staged pair is tried on a fresh connection: if the broker accepts
 * it, it becomes the active one, and the old pair is kept for a day; if it is refused, the active one is used again.
 * Every change is one record of settings, so a power cut leaves a pair that works. docs/platform.md, "Credentials".
 */
import type { UnixMs } from '../core/time'
import type { Credentials, Settings } from '../settings/schema'

/** The platform keeps both pairs valid until the rotation is completed or cancelled, which may take its user a day. */
const RETIRED_MS = 24 * 3600_000

/** A shorter password stands in other words by chance, and its gaps would show it. */
const MIN_MASKED_CHARACTERS = 8

/** `retired`: the pair before the active one. */
export type PairName = 'active' | 'staged' | 'retired'
/** Which is tried after a refusal. */
const NEXT: Readonly<Record<PairName, PairName>> = Object.freeze({
  staged: 'active',
  active: 'retired',
  retired: 'staged',
})

/** A change of the settings that is to be stored at once. */
export type CredentialsChange = Pick<Settings, 'credentials' | 'staged' | 'retired'>

export interface CredentialsHealth {
  /** `staged` and `retired` are only tried until the broker accepts them. */
  inUse: PairName
  /** Why the broker refused the last staged pair; empty if it did not. */
  stagedRefused: string
}

export class Keyring {
  #credentials: Credentials
  #staged: Credentials | undefined
  #retired: Settings['retired']
  /**
   * No pair is dropped for a refusal alone: a broker may refuse everybody for a while, and the platform may keep any of
   * them. Only the acceptance of another pair decides.
   */
  #inUse: PairName

  constructor({ credentials, staged, retired }: CredentialsChange) {
    this.#credentials = credentials
    this.#staged = staged
    this.#retired = retired
    this.#inUse = staged ? 'staged' : 'active'
  }

  /** What the next connection is made with. */
  get next(): Credentials {
    return this.#pair(this.#inUse) ?? this.#credentials
  }

  /** A broker's words, in which it may repeat the password. */
  masked(words: string): string {
    const { secret } = this.next
    return secret.length < MIN_MASKED_CHARACTERS ? words : words.split(secret).join('***')
  }

  get inUse(): PairName {
    return this.#inUse
  }

  /** When `accepted` has something to do though nothing happened: a connection may last for months. */
  get dueAt(): UnixMs | undefined {
    if (this.#staged || this.#inUse === 'retired') return 0 as UnixMs
    return this.#retired && ((this.#retired.untilS * 1000) as UnixMs)
  }

  /** The broker has accepted the pair in use; `utc` is undefined while the clock is not sure. */
  accepted(utc: UnixMs | undefined): CredentialsChange | undefined {
    if (utc === undefined) return undefined
    if (this.#inUse === 'retired') return this.#restore()
    if (!this.#staged) return this.#forget(utc)
    if (this.#inUse === 'staged') {
      this.#retired = { ...this.#credentials, untilS: Math.floor((utc + RETIRED_MS) / 1000) }
      this.#credentials = this.#staged
    }
    this.#staged = undefined
    this.#inUse = 'active'
    return this.#change()
  }

  /** The broker has refused the pair in use: the next one is tried. */
  refused(): void {
    do this.#inUse = NEXT[this.#inUse]
    while (!this.#pair(this.#inUse))
  }

  /** The active pair is to be the only one, if none is staged. */
  forgetRetired(): CredentialsChange | undefined {
    if (!this.#retired || this.#staged || this.#inUse !== 'active') return undefined
    this.#retired = undefined
    return this.#change()
  }

  #pair(name: PairName): Credentials | undefined {
    if (name === 'active') return this.#credentials
    return name === 'staged' ? this.#staged : this.#retired
  }

  /** The old pair works and the new one does not: the rotation was cancelled, and the platform has deleted the new. */
  #restore(): CredentialsChange | undefined {
    if (!this.#retired) return undefined
    const { key, secret } = this.#retired
    this.#credentials = { key, secret }
    this.#retired = this.#staged = undefined
    this.#inUse = 'active'
    return this.#change()
  }

  #forget(utc: UnixMs): CredentialsChange | undefined {
    return this.#retired && utc >= this.#retired.untilS * 1000 ? this.forgetRetired() : undefined
  }

  #change(): CredentialsChange {
    return { credentials: this.#credentials, staged: this.#staged, retired: this.#retired }
  }
}
