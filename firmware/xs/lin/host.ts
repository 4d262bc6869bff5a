/** What only C can do on Linux: a clock that never jumps, random bytes, the environment. */
import { readBase64 } from '../../core/bytes'
import type { MonotonicMs, UnixMs } from '../../core/time'

/** Milliseconds, with fractions, of CLOCK_MONOTONIC. */
export function monotonicMs(): MonotonicMs {
  return native('xs_host_monotonicMs').call(undefined)
}

/** The host keeps its own time, and TLS reads it. */
export function setSystemTime(_utc: UnixMs): void {}

export function fillRandom(bytes: Uint8Array): void {
  native('xs_host_fillRandom').call(undefined, bytes)
}

/** An environment variable; undefined if it is unset or empty. */
export function environment(name: string): string | undefined {
  return native('xs_host_environment').call(undefined, name)
}

/** The simulated device's identity: WATTBEAT_SERIAL. */
export function deviceSerial(): string {
  return environment('WATTBEAT_SERIAL') ?? 'SIMULATOR'
}

/** What a factory would have stored: WATTBEAT_FACTORY, in base64. */
export function factoryRecord(): Uint8Array | undefined {
  const text = environment('WATTBEAT_FACTORY')
  return text === undefined ? undefined : readBase64(text)
}

/** The simulator has no pins. */
export function chip(): undefined {
  return undefined
}

/** Unknown: it is the host's memory. */
export function freeMemoryBytes(): undefined {
  return undefined
}
