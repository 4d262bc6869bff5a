/**
 * Invariants 3, 6 and 8: in healthy stretches each tick of the grid brings one sample of each stream, after the last
 * fault they begin again soon, and a short outage costs none. A stretch is healthy from when every stream has delivered to
 * when the next fault begins; an outage is all between two of them, and lasts until its last fault is over.
 */
import type { Fail, ReceivedSample } from './messages'

/** docs/platform.md. */
const PERIOD_MS = 4000
/** From the tick to the broker, with the patience of a slow main loop. */
const ARRIVED_MS = 2500
/** A sample is measured before its tick, and its second is cut off; if a meter had to be asked again it is late. */
const EARLY_MS = PERIOD_MS - 1
const LATE_MS = 2000
/** An answer is taken until the next round begins, which after another master's request on the line may be this late. */
const MAX_LATE_MS = 3000
/** However unlucky: the longest backoff, the longest stay away, and a meter that is asked seldom. */
const RECOVERED_MS = 300_000
/** What is sent is fresh for 55 s (docs/platform.md, "Timing"), and finding the way back takes some of them. */
const LOSSLESS_MS = 45_000
/**
 * What costs more of them: a station takes up to 8 s to say that its access point is gone, or 10 s if it says nothing, and
 * joining takes 3 s; a handshake in which nothing more comes is ended after 10 s; a broker that refuses at the first attempt,
 * within 19 s, is asked again after 30 s.
 */
const LOSSLESS_OF_KIND_MS = new Map([
  ['Wi-Fi lost', 36_000],
  ['credentials refused', 29_000],
  ['large packets swallowed', 36_000],
  ['TLS fails', 36_000],
  ['no CONNACK', 36_000],
])
/** An attempt that begins later is too late for the samples of the first tick. */
const LAST_ATTEMPT_MS = 50_000
/** The stay away from another client with the same id doubles up to 16 min, and is that of the last within four of them. */
const TAKEN_OVER_MS = 30_000
const MAX_TAKEN_OVER_MS = 16 * 60_000
const CONTESTED_MS = 4 * MAX_TAKEN_OVER_MS
/** What comes back for less is tried less and less often (firmware/dongle/link.ts): it was the same outage. */
const STABLE_MS = 20_000

type State =
  | { kind: 'faulty' }
  | { kind: 'recovering'; since: number; fresh: boolean[]; after: string }
  /** By stream: the tick whose sample comes next, and whether all so far may have been the ticks' before, come late. */
  | { kind: 'healthy'; since: number; first: number; expected: number[]; ambiguous: boolean[] }

export interface Recovery {
  ms: number
  /** The fault that cleared last. */
  after: string
}

export class Continuity {
  readonly #streams: readonly string[]
  /** Those that have to come; of a device that has to say itself what it is, none may. */
  readonly #awaited: readonly boolean[]
  readonly #phaseMs: number
  readonly #fail: Fail
  #state: State
  #faults = 0
  /** Undefined before the first healthy stretch of a world. */
  #outage: { since: number; until: number; losslessMs: number } | undefined
  /** After a loop of crashes. */
  #heldUntil = Number.NEGATIVE_INFINITY
  #takenOverAt = Number.NEGATIVE_INFINITY
  /** How long the dongle stays away since then, at most. */
  #stayMs = 0
  readonly recoveries: Recovery[] = []
  healthyTicks = 0

  constructor(options: {
    streams: readonly string[]
    awaited: readonly boolean[]
    phaseMs: number
    /** In UTC ms, as every instant here. */
    poweredAt: number
    fail: Fail
  }) {
    this.#streams = options.streams
    this.#awaited = options.awaited
    this.#phaseMs = options.phaseMs
    this.#fail = options.fail
    this.#state = this.#recovering(options.poweredAt, 'power on')
  }

  /** Since when all is well. */
  get healthySince(): number | undefined {
    return this.#state.kind === 'healthy' ? this.#state.since : undefined
  }

  faultBegins(utc: number, kind: string): void {
    if (this.#faults++ === 0) this.#unsettle(utc)
    if (this.#outage)
      this.#outage.losslessMs = Math.min(
        this.#outage.losslessMs,
        LOSSLESS_OF_KIND_MS.get(kind) ?? LOSSLESS_MS,
      )
  }

  #unsettle(utc: number): void {
    this.tick(utc)
    if (this.#state.kind === 'healthy' && utc - this.#state.since >= STABLE_MS)
      this.#outage = { since: utc, until: Infinity, losslessMs: LOSSLESS_MS }
    else if (this.#outage) this.#outage.until = Infinity
    // Cut short by the next fault: it counts only if it already took too long.
    if (this.#state.kind === 'recovering') this.#abandon(this.#state, utc)
    this.#state = { kind: 'faulty' }
  }

  faultEnds(utc: number, kind: string): void {
    if (--this.#faults > 0) return
    this.#state = this.#recovering(utc, kind)
    if (this.#outage) this.#outage.until = utc
  }

  /** The broker says that another client has the dongle's id. Answers how long it stays away, the second time for longer. */
  takenOver(utc: number): number {
    const isContested = utc - this.#takenOverAt < CONTESTED_MS
    if (isContested) this.mayLose()
    this.#stayMs = isContested ? Math.min(MAX_TAKEN_OVER_MS, 2 * this.#stayMs) : TAKEN_OVER_MS
    this.#takenOverAt = utc
    return this.#stayMs
  }

  /** It waits for so long, and has to. */
  holds(utc: number, ms: number): void {
    if (ms > 0) this.#heldUntil = utc + ms
  }

  /** What it waited for may be over. */
  booted(): void {
    this.#heldUntil = Number.NEGATIVE_INFINITY
  }

  /** The broker refuses, and is asked again after `awayMs` at the earliest. */
  refused(utc: number, awayMs: number): void {
    if (this.#outage && utc + awayMs - this.#outage.since > LAST_ATTEMPT_MS) this.mayLose()
  }

  /** The way back takes longer than this outage alone would explain. */
  mayLose(): void {
    if (this.#outage) this.#outage.losslessMs = 0
  }

  /** The meters showed a sample, and it will never be delivered. */
  lost(stream: number, dueAt: number, why: string, utc: number): void {
    if (!this.#outage) return
    const { since, until, losslessMs } = this.#outage
    const lastedMs = Math.min(utc, until) - since
    if (lastedMs < losslessMs)
      this.#fail(
        8,
        `${this.#streams[stream]}: the sample of ${dueAt} is lost ${Math.round(utc - dueAt)} ms later (${why}), ` +
          `in an outage of ${Math.round(lastedMs)} ms`,
      )
  }

  sample({ stream, time }: ReceivedSample, utc: number): void {
    if (!this.#awaited[stream]) return
    const state = this.#state
    if (state.kind === 'recovering' && time * 1000 > state.since) {
      state.fresh[stream] = true
      if (state.fresh.every((fresh) => fresh)) this.#recovered(state, utc)
    } else if (state.kind === 'healthy') this.#count(state, stream, time)
  }

  /** To be called every few seconds: fails for what should have come by now. */
  tick(utc: number): void {
    const state = this.#state
    if (state.kind === 'recovering' && this.#tookMs(state.since, utc) > RECOVERED_MS)
      this.#fail(6, `no streaming ${RECOVERED_MS / 1000} s after the last fault, ${state.after}`)
    if (state.kind !== 'healthy') return
    state.expected.forEach((tick, stream) => {
      if (this.#awaited[stream] && utc > this.#due(tick) + ARRIVED_MS)
        this.#fail(3, `${this.#streams[stream]}: no sample for the tick at ${this.#due(tick)}`)
    })
  }

  #count(state: State & { kind: 'healthy' }, stream: number, time: number): void {
    const tick = state.expected[stream]
    const aheadMs = this.#due(tick) - time * 1000
    if (aheadMs < -LATE_MS)
      this.#fail(3, `${this.#streams[stream]}: ${time} came, and none for ${this.#due(tick)}`)
    else if (aheadMs <= EARLY_MS) {
      state.expected[stream]++
      state.ambiguous[stream] &&= time * 1000 <= this.#due(tick - 1) + MAX_LATE_MS
      this.healthyTicks++
    } else if (tick > state.first && state.ambiguous[stream]) state.ambiguous[stream] = false
    else if (tick > state.first)
      this.#fail(3, `${this.#streams[stream]}: ${time} is a second sample for its tick`)
  }

  #recovering(since: number, after: string): State {
    return { kind: 'recovering', since, fresh: this.#awaited.map((awaited) => !awaited), after }
  }

  #recovered(state: State & { kind: 'recovering' }, utc: number): void {
    this.recoveries.push({ ms: this.#tookMs(state.since, utc), after: state.after })
    const first = Math.floor((utc + PERIOD_MS - this.#phaseMs) / PERIOD_MS) + 1
    this.#state = {
      kind: 'healthy',
      since: utc,
      first,
      expected: this.#streams.map(() => first),
      ambiguous: this.#streams.map(() => true),
    }
  }

  /** A recovery begins when the last fault is over, and the stay away from another client or the hold after crashes is, too. */
  #tookMs(since: number, utc: number): number {
    return Math.max(0, utc - Math.max(since, this.#takenOverAt + this.#stayMs, this.#heldUntil))
  }

  #abandon(state: State & { kind: 'recovering' }, utc: number): void {
    const ms = this.#tookMs(state.since, utc)
    if (ms > 60_000) this.recoveries.push({ ms, after: state.after })
  }

  #due(tick: number): number {
    return tick * PERIOD_MS + this.#phaseMs
  }
}
