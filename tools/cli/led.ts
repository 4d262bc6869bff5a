/** What the board's LED shows, in words: its pattern, found by how long it was lit and dark (firmware/dongle/blinker.ts). Pure. */
import type { MonotonicMs } from '../../firmware/core/time'
import { LED_PATTERNS, type LedPattern } from '../../firmware/dongle/blinker'

/** A host is later than a device; less than half of what tells any two patterns apart. */
const TOLERANCE_MS = 45
/** No pattern but the steady one is lit for so long. */
export const STEADY_MS = 1500
const MAX_STEPS = 6

/** docs/board.md. */
const WORDS: Readonly<Record<LedPattern, string>> = {
  unprovisioned: 'two short flashes every 2 s: it has no settings yet',
  joining: 'on and off, half a second each: it joins, learns the time or connects',
  streaming: 'on: it streams',
  fault: 'three short flashes every 2 s: its settings are wrong, or a meter does not answer',
  waiting: 'on for 1 s every 4 s: it waits',
  identify: 'on and off, five times in 2 s: it was asked which one it is',
  provisioning:
    'on, with a short gap each second: let the button go, and provisioning is asked for',
  reset: 'flickers: a reset is near',
}
const BLINKING = (Object.keys(LED_PATTERNS) as LedPattern[]).filter(
  (pattern) => LED_PATTERNS[pattern].length > 0,
)

export class LedInWords {
  /** How long it was lit and dark in turns, the last was dark. */
  #steps: number[] = []
  #isLit = false
  #since = 0 as MonotonicMs
  #shown: LedPattern | undefined

  /** The line that is new; undefined if there is none. */
  set(isLit: boolean, now: MonotonicMs): string | undefined {
    if (isLit === this.#isLit) return undefined
    this.#steps = [...this.#steps, now - this.#since].slice(-MAX_STEPS)
    this.#isLit = isLit
    this.#since = now
    return isLit
      ? this.#show(BLINKING.find((pattern) => this.#ends(LED_PATTERNS[pattern])))
      : undefined
  }

  /** To be asked once it has been lit for STEADY_MS. */
  steady(now: MonotonicMs): string | undefined {
    const isSteady = this.#isLit && now - this.#since >= STEADY_MS
    return isSteady ? this.#show('streaming') : undefined
  }

  #ends(pattern: readonly number[]): boolean {
    const last = this.#steps.slice(-pattern.length)
    return (
      last.length === pattern.length &&
      pattern.every((ms, i) => Math.abs(ms - last[i]) <= TOLERANCE_MS)
    )
  }

  #show(pattern: LedPattern | undefined): string | undefined {
    if (!pattern || pattern === this.#shown) return undefined
    this.#shown = pattern
    return `LED ${WORDS[pattern]}`
  }
}
