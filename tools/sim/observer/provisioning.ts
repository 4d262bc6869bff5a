/**
 * Invariant 9: what the dongle tells an installer is so. What was answered as stored is stored, also after a power cut; what
 * was refused has changed nothing; failed attempts delay the next; and no secret is ever told.
 */
import { examine } from '../../../firmware/settings/parse'
import type { LoadedSettings } from '../../../firmware/settings/record'
import type { Settings } from '../../../firmware/settings/schema'
import { shownSettings } from '../../../firmware/settings/shown'
import type { Fail } from './messages'

const INVARIANT = 9
const FIRST_WAIT_MS = 1000
const MAX_WAIT_MS = 60_000
/** Of a crystal that may run fast. */
const CRYSTAL_MS = 10

/** All but the credentials, which the dongle changes by itself. */
type Kept = Omit<Settings, 'credentials' | 'staged' | 'retired'>
export type Patch = Partial<Kept>

export class Provisioning {
  readonly #fail: Fail
  /** One of these is stored, as JSON: more than one if an answer was not heard. */
  #possible: string[]
  /** The same before the patch that is on its way. */
  #before: string[] = []
  /** Of each pair of credentials there ever was: whether it may be stored. */
  readonly #keys = new Map<string, boolean>()
  #secrets: readonly string[] = []
  #failedAttempts = 0
  #noHelloUntil = 0
  #attemptsAreKept = true
  /** The dongle may restart, for it was given settings that take effect so. */
  #mayRestart = false

  constructor(settings: Settings, fail: Fail) {
    this.#fail = fail
    this.#possible = [kept(settings)]
    this.#keys.set(settings.credentials.key, true)
  }

  /** What nothing may tell that comes out of the cable. */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets
  }

  /** Somebody wrote them into its flash. */
  written(settings: Settings): void {
    this.#possible = [kept(settings)]
  }

  /** What the settings in force may be. */
  get possible(): readonly Kept[] {
    return this.#possible.map((json) => JSON.parse(json) as Kept)
  }

  /** A patch is on its way. Until it is answered nobody knows. */
  asks(patch: Patch): void {
    this.#before = this.#possible
    this.#possible = [
      ...new Set([...this.#before, ...this.#before.map((one) => after(one, patch))]),
    ]
  }

  /** It was answered so. */
  answered(patch: Patch, isStored: boolean, isChanged?: boolean): void {
    this.#possible = this.#before
    if (!isStored) return
    const possible = this.#before
      .filter((one) => (after(one, patch) !== one) === isChanged)
      .map((one) => after(one, patch))
    if (possible.length > 0) this.#possible = [...new Set(possible)]
    else this.#fail(INVARIANT, `a patch was answered with isChanged: ${isChanged}, and is not so`)
  }

  /** From now on the pair may be stored, or must not be any more. */
  key(key: string, mayBeStored: boolean): void {
    this.#keys.set(key, mayBeStored)
  }

  /** `when`: in words. `isSettled`: no request is under way any more. */
  holds(loaded: LoadedSettings | undefined, when: string, isSettled: boolean): void {
    if (!loaded || !('settings' in loaded)) return
    const { settings } = loaded
    const json = kept(settings)
    if (!this.#possible.includes(json))
      this.#fail(
        INVARIANT,
        `${when} other settings are stored than were answered: ${JSON.stringify(shown(settings))}`,
      )
    for (const pair of [settings.credentials, settings.staged, settings.retired])
      if (pair && !this.#keys.get(pair.key))
        this.#fail(INVARIANT, `${when} the credentials ${pair.key} are stored, and must not be`)
    // If the copies differ the other one may come back.
    if (isSettled && !loaded.note) this.#possible = [json]
  }

  /** What settings.get answered. */
  shown(answer: unknown): void {
    const { credentials, staged, retired, ...rest } = answer as Settings
    const isPossible = this.#possible.some(
      (json) => JSON.stringify(rest) === JSON.stringify(shown(JSON.parse(json) as Settings)),
    )
    if (!isPossible) this.#fail(INVARIANT, `it shows other settings: ${JSON.stringify(rest)}`)
    for (const pair of [credentials, staged, retired])
      if (pair && !this.#keys.get(pair.key))
        this.#fail(INVARIANT, `it shows the credentials ${pair.key}, and must not have them`)
  }

  /** Anything that came out of the cable, as it is or out of the channel. */
  told(text: string): void {
    if (this.#secrets.some((secret) => text.includes(secret)))
      this.#fail(4, 'a secret came out of the cable')
  }

  /** It is given settings that take effect by a restart. */
  awaitsRestart(): void {
    this.#mayRestart = true
  }

  /** Flash took something not, or has lost it: fewer failed attempts may be counted after a restart. */
  flashFailed(): void {
    this.#attemptsAreKept = false
  }

  restarted(why: string): void {
    if (why === NEW_SETTINGS && !this.#mayRestart)
      this.#fail(INVARIANT, 'it restarts for settings that nobody gave it')
  }

  booted(now: number): void {
    this.#mayRestart = false
    if (!this.#attemptsAreKept) this.#failedAttempts = 0
    this.#attemptsAreKept = true
    // Nobody knows how long the restart took: the wait begins anew.
    this.#noHelloUntil = this.#failedAttempts > 0 ? now + this.#waitMs : 0
  }

  /** A hello with another secret than the label's was refused, and for so long another will be. */
  wrongSecret(waitMs: number, now: number): void {
    this.#looked(now)
    this.#failedAttempts++
    this.#noHelloUntil = now + this.#waitMs
    if (waitMs < this.#waitMs - CRYSTAL_MS)
      this.#fail(
        INVARIANT,
        `wrong secret ${this.#failedAttempts} is followed by a wait of ${waitMs} ms`,
      )
  }

  opened(now: number): void {
    this.#looked(now)
    this.#failedAttempts = 0
    this.#noHelloUntil = 0
  }

  /** Something else is not as it was answered, or was not answered though nothing kept it from that. */
  readonly broken = (what: string): void => this.#fail(INVARIANT, what)

  get #waitMs(): number {
    return Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failedAttempts - 1))
  }

  #looked(now: number): void {
    if (now < this.#noHelloUntil - CRYSTAL_MS)
      this.#fail(INVARIANT, `a hello was looked at ${this.#noHelloUntil - now} ms too early`)
  }
}

/** The dongle's words. */
export const NEW_SETTINGS = 'new settings'

/** With the members in the schema's order. */
function kept(settings: Settings): string {
  const { credentials: _, staged: __, retired: ___, ...rest } = examine(settings).settings
  return JSON.stringify(rest)
}

/** What is shown of settings in which this is kept. */
function shown(settings: Settings): unknown {
  return shownSettings(JSON.parse(kept(settings)) as Settings)
}

function after(json: string, patch: Patch): string {
  return kept({ ...(JSON.parse(json) as Settings), ...patch })
}
