/**
 * Two kinds of time that must not be mixed: one that only runs forward, and UTC. Both are numbers of milliseconds, fractions
 * allowed; the brands exist only for the compiler.
 */

/** Milliseconds of a clock that never jumps or goes back. Its zero means nothing. */
export type MonotonicMs = number & { readonly monotonic: true }

/** Milliseconds since 1970-01-01T00:00:00Z, leap seconds as POSIX has them. */
export type UnixMs = number & { readonly unix: true }

/** The deadline of what waits for an event and not for time. */
export const FOREVER = Number.POSITIVE_INFINITY as MonotonicMs

export function later(start: MonotonicMs, ms: number): MonotonicMs {
  return (start + ms) as MonotonicMs
}

/** The engine's own function, for it is asked dozens of times a tick. */
export const earliest = Math.min as (...times: MonotonicMs[]) => MonotonicMs

export function latest(a: MonotonicMs, b: MonotonicMs): MonotonicMs {
  return a > b ? a : b
}

/** The one mapping between the two times. */
export interface Timescale {
  /** Never goes backwards: after a step back it stands still. Undefined while it is not known well enough. */
  utc(now: MonotonicMs): UnixMs | undefined
  /** When that instant comes, as far as is known, however unsure; undefined if UTC was never known. */
  monotonic(utc: UnixMs): MonotonicMs | undefined
  /** The best estimate, however unsure, for what minutes do not matter to; undefined before the first synchronisation. */
  estimate(now: MonotonicMs): UnixMs | undefined
}
