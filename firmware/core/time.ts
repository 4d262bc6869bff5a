/**
 * Two kinds of time that must never meet by accident: one that only runs forward, one that people agree on.
 * Both are numbers of milliseconds (fractions allowed); the brands exist only for the compiler.
 */

/** Milliseconds of a clock that never jumps or goes back. Its zero means nothing. */
export type MonotonicMs = number & { readonly monotonic: true }

/** Milliseconds since 1970-01-01T00:00:00Z, leap seconds as POSIX has them. */
export type UnixMs = number & { readonly unix: true }

/** The deadline of something that waits for an event and not for time. */
export const FOREVER = Number.POSITIVE_INFINITY as MonotonicMs

export function later(start: MonotonicMs, ms: number): MonotonicMs {
  return (start + ms) as MonotonicMs
}

export function earliest(a: MonotonicMs, b: MonotonicMs): MonotonicMs {
  return a < b ? a : b
}

/** The one mapping between the two times. */
export interface Timescale {
  /** Never backwards: after a step back it stands still. Undefined while nobody knows it well enough to say it. */
  utc(now: MonotonicMs): UnixMs | undefined
  /** When that instant truly comes, as far as is known, however unsure; undefined if the time was never known. */
  monotonic(utc: UnixMs): MonotonicMs | undefined
  /** The best estimate, however unsure, for what minutes do not matter to; undefined before the first synchronisation. */
  estimate(now: MonotonicMs): UnixMs | undefined
}
