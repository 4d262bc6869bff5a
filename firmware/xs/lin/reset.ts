/** How a run on Linux ends: the process does. Why the last one did, nobody keeps. */
import type { LastReset } from '../../ports/system'

export function keepLastWords(): void {}

export function lastReset(): LastReset {
  return { cause: 'power on', words: '' }
}

export const feedWatchdog = undefined

/** Ends the process with status 75 (EX_TEMPFAIL): it may be started again. */
export function restart(): void {
  native('xs_host_restart').call(undefined)
}
