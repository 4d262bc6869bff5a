/** The front of the device: what its LED shows of the supervisor's state and of a press that goes on. A machine. */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import { Blinker, type LedPattern } from './blinker'
import { type Press, Presses } from './presses'
import type { Report, StateName } from './report'

/** So long the device shows which one it is. */
export const IDENTIFY_MS = 10_000
/** After so many ticks for which every meter answered, the fault is over. */
export const MIN_GOOD_TICKS = 3

const OF_STATE: Readonly<Record<StateName, LedPattern>> = Object.freeze({
  unprovisioned: 'unprovisioned',
  provisioning: 'provisioning',
  holding: 'waiting',
  joining: 'joining',
  synchronising: 'joining',
  connecting: 'joining',
  streaming: 'streaming',
})

export type PanelOutput =
  | { kind: 'light'; isLit: boolean }
  | { kind: 'pressed'; press: Press }
  | { kind: 'wait' }

const LIT: PanelOutput = Object.freeze({ kind: 'light', isLit: true })
const DARK: PanelOutput = Object.freeze({ kind: 'light', isLit: false })
const WAIT: PanelOutput = Object.freeze({ kind: 'wait' })

/** After any call, poll(now) until it answers 'wait', and again at `until`. */
export class Panel {
  readonly #blinker = new Blinker()
  readonly #presses = new Presses()
  #state: LedPattern
  #shown: LedPattern | undefined
  #wasLit = false
  #identifyUntil = Number.NEGATIVE_INFINITY as MonotonicMs
  #badTick = Number.NEGATIVE_INFINITY
  #isFaulty = false
  until = Number.NEGATIVE_INFINITY as MonotonicMs

  constructor(state: LedPattern) {
    this.#state = state
  }

  note(report: Report, now: MonotonicMs): void {
    if (report.kind === 'state') this.#state = OF_STATE[report.state]
    else if (report.kind === 'missed' && report.by === 'meter') {
      this.#badTick = report.tick
      this.#isFaulty = true
    } else if (
      this.#isFaulty &&
      report.kind === 'due' &&
      report.tick - this.#badTick > MIN_GOOD_TICKS
    )
      this.#isFaulty = false
    else return
    this.until = now
  }

  button(isPressed: boolean, now: MonotonicMs): void {
    this.#presses.contact(isPressed, now)
    this.until = now
  }

  identify(now: MonotonicMs, ms = IDENTIFY_MS): void {
    this.#identifyUntil = later(now, ms)
    this.until = now
  }

  poll(now: MonotonicMs): PanelOutput {
    const press = this.#presses.advance(now)
    if (press === 'identify') this.identify(now)
    if (press) return { kind: 'pressed', press }
    const pattern = this.#pattern(now)
    if (pattern !== this.#shown) {
      this.#shown = pattern
      this.#blinker.show(pattern, now)
    }
    this.#blinker.advance(now)
    const { isLit } = this.#blinker
    if (isLit !== this.#wasLit) {
      this.#wasLit = isLit
      return isLit ? LIT : DARK
    }
    const identified = now < this.#identifyUntil ? this.#identifyUntil : FOREVER
    this.until = earliest(this.#presses.until, this.#blinker.until, identified)
    return WAIT
  }

  /** The person's own doing first, then the worst. */
  #pattern(now: MonotonicMs): LedPattern {
    const { hold } = this.#presses
    if (hold === 'provisioning') return 'provisioning'
    if (hold === 'warned') return 'reset'
    if (now < this.#identifyUntil) return 'identify'
    return this.#isFaulty && this.#state === 'streaming' ? 'fault' : this.#state
  }
}
