/**
 * Invariants 3 and 6: in healthy stretches each tick of the grid brings one sample of each stream, and after the last
 * fault they begin again soon. A stretch is healthy from when every stream has delivered to when the next fault begins.
 */
import type { Fail, ReceivedSample } from './messages'

/** docs/platform.md. */
const PERIOD_MS = 4000
/** From the tick to the broker, with the patience of a slow main loop. */
const ARRIVED_MS = 2500
/** A sample is measured before its tick, and its second is cut off; if a meter had to be asked again it is late. */
const EARLY_MS = PERIOD_MS - 1
const LATE_MS = 2000
/** However unlucky: the longest backoff, the longest stay away, and a meter that is asked seldom. */
const RECOVERED_MS = 300_000

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

  faultBegins(utc: number): void {
    if (this.#faults++ > 0) return
    this.tick(utc)
    // Cut short by the next fault: it counts only if it already took too long.
    if (this.#state.kind === 'recovering') this.#abandon(this.#state, utc)
    this.#state = { kind: 'faulty' }
  }

  faultEnds(utc: number, kind: string): void {
    if (--this.#faults === 0) this.#state = this.#recovering(utc, kind)
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
    if (state.kind === 'recovering' && utc - state.since > RECOVERED_MS)
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
      state.ambiguous[stream] &&= time * 1000 <= this.#due(tick - 1) + LATE_MS
      this.healthyTicks++
    } else if (tick > state.first && state.ambiguous[stream]) state.ambiguous[stream] = false
    else if (tick > state.first)
      this.#fail(3, `${this.#streams[stream]}: ${time} is a second sample for its tick`)
  }

  #recovering(since: number, after: string): State {
    return { kind: 'recovering', since, fresh: this.#awaited.map((awaited) => !awaited), after }
  }

  #recovered(state: State & { kind: 'recovering' }, utc: number): void {
    this.recoveries.push({ ms: utc - state.since, after: state.after })
    const first = Math.floor((utc + PERIOD_MS - this.#phaseMs) / PERIOD_MS) + 1
    this.#state = {
      kind: 'healthy',
      since: utc,
      first,
      expected: this.#streams.map(() => first),
      ambiguous: this.#streams.map(() => true),
    }
  }

  #abandon(state: State & { kind: 'recovering' }, utc: number): void {
    const ms = utc - state.since
    if (ms > 60_000) this.recoveries.push({ ms, after: state.after })
  }

  #due(tick: number): number {
    return tick * PERIOD_MS + this.#phaseMs
  }
}
