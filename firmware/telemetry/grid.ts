/** Ticks every 4.000 s on UTC. Tick n is due at n periods plus the phase: no sum, so no drift. */
import type { UnixMs } from '../core/time'

/** docs/platform.md, "Timing". */
export const PERIOD_MS = 4000

export class Grid {
  readonly #phaseMs: number

  constructor(phaseMs: number) {
    this.#phaseMs = phaseMs
  }

  due(tick: number): UnixMs {
    return (tick * PERIOD_MS + this.#phaseMs) as UnixMs
  }

  /** The first tick due after `utc`. */
  next(utc: UnixMs): number {
    return Math.floor((utc - this.#phaseMs) / PERIOD_MS) + 1
  }
}
