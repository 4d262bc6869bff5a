/** Ticks every 4.000 s on UTC. Tick n is due at n periods plus the phase: no sum, so no drift. */
import type { UnixMs } from '../core/time'

export class Grid {
  readonly periodMs: number
  readonly #phaseMs: number

  constructor({ periodMs, phaseMs }: { periodMs: number; phaseMs: number }) {
    this.periodMs = periodMs
    this.#phaseMs = phaseMs
  }

  due(tick: number): UnixMs {
    return (tick * this.periodMs + this.#phaseMs) as UnixMs
  }

  /** The first tick due after `utc`. */
  next(utc: UnixMs): number {
    return Math.floor((utc - this.#phaseMs) / this.periodMs) + 1
  }
}
