/** How a run of the device ends, and why the last one did (reset.c). */
import type { LastReset } from '../../ports/system'

/** The SDK's hook (`defines.xs.abortHook` in the manifest): what XS says before it restarts the device is kept. */
export function keepLastWords(): void {
  ;(globalThis as { abort?: unknown }).abort = native('xs_reset_keepWords')
}

export function lastReset(): LastReset {
  return {
    cause: native('xs_reset_cause').call(undefined),
    words: native('xs_reset_words').call(undefined),
  }
}

/** The task watchdog restarts the device if this is called once and then not again in time (reset.c). */
export function feedWatchdog(): void {
  native('xs_reset_feedWatchdog').call(undefined)
}

export function restart(): void {
  native('xs_reset_restart').call(undefined)
}
