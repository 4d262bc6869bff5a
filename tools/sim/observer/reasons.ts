/**
 * Of invariant 3: a tick that is missed has a reason, and the reason names what was wrong. What could be wrong is known: the
 * faults that are on, or were until a while ago, and that the dongle has just started.
 */
import type { Report } from '../../../firmware/dongle/report'
import type { Fail } from './messages'

type Missed = Report & { kind: 'missed' }
type MissedBy = Missed['by']

/** Where a fault is: what a story of a test plays may be anywhere. */
export type Wing = 'line' | 'network' | 'broker' | 'time' | 'board' | 'anywhere'

/** Of the ways to a sample, those that may be at fault if it is missed so. */
const WINGS: Readonly<Record<MissedBy, readonly Wing[]>> = {
  meter: ['line', 'board'],
  clock: ['time', 'network', 'board'],
  broker: ['broker', 'network', 'time', 'board'],
  capacity: ['broker', 'network'],
}

/** Words that name more than that: the kinds of faults, or the wings, one of which must have been on. */
const WORDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^the dongle was busy/, ['board']],
  [/^the serial line is closed/, ['line unplugged', 'board']],
  [/perhaps to another master$/, ['second master', 'second master gone']],
  [/\(0x[0-9a-f]{2}\)$/, ['messages refused']],
  [
    /lost the session/,
    ['broker restarted without sessions', 'another client with our id', 'board', 'network'],
  ],
]

/** How long a fault is felt: as long as invariant 6 leaves for the way back. */
const FELT_MS = 300_000

export class Reasons {
  readonly #fail: Fail
  /** When each kind and wing was on last; now, if it is. */
  readonly #lastOn = new Map<string, number>()
  readonly #on = new Map<string, number>()

  constructor(fail: Fail) {
    this.#fail = fail
  }

  /** Instants are those of the world, in ms. */
  faultBegins(kind: string, wing: Wing): void {
    for (const name of [kind, wing]) this.#on.set(name, (this.#on.get(name) ?? 0) + 1)
  }

  faultEnds(kind: string, wing: Wing, now: number): void {
    for (const name of [kind, wing]) {
      this.#on.set(name, (this.#on.get(name) ?? 1) - 1)
      this.#wasOnUntil(name, now)
    }
  }

  isOn(name: string): boolean {
    return (this.#on.get(name) ?? 0) > 0
  }

  /** When it was on last. */
  lastOn(name: string, now: number): number {
    return this.isOn(name) ? now : (this.#lastOn.get(name) ?? Number.NEGATIVE_INFINITY)
  }

  /** What the dongle knew is gone, and its devices have to be found again. */
  booted(now: number): void {
    this.#lastOn.set('board', now)
  }

  /** Another client has just taken the dongle's id: it stays away until then. */
  staysAway(until: number): void {
    this.#wasOnUntil('broker', until)
  }

  #wasOnUntil(name: string, until: number): void {
    this.#lastOn.set(name, Math.max(until, this.#lastOn.get(name) ?? 0))
  }

  /** `dueAt`: of the world. */
  missed({ by, why, stream, tick }: Missed, dueAt: number): void {
    if (why === '') return this.#fail(3, `stream ${stream} missed tick ${tick} for no reason`)
    const words = WORDS.find(([pattern]) => pattern.test(why))
    const possible = [...(words?.[1] ?? WINGS[by]), 'anywhere']
    if (possible.some((name) => this.#wasOn(name, dueAt))) return
    this.#fail(3, `stream ${stream} missed tick ${tick} by ${by}, and nothing was wrong: ${why}`)
  }

  #wasOn(name: string, dueAt: number): boolean {
    return this.lastOn(name, dueAt) + FELT_MS >= dueAt
  }
}
