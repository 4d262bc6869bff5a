/**
 * What must hold whatever a peer does, checked in release too. If it does not, that is an error of our own: it ends in a
 * restart that says what did not hold (dongle/pump.ts) and is counted (dongle/restarts.ts).
 */
const FAILED = 'assertion failed: '

/** The condition is the caller's, so that what holds costs no call. */
export function fail(what: string): never {
  throw new Error(FAILED + what)
}

/** Whether a restart's reason is one. */
export function isFailedAssertion(why: string): boolean {
  return why.includes(FAILED)
}
