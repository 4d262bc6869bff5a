/** The simulator's radio, if WATTBEAT_RADIO is set: it can be opened, and no phone is near. */
import type { Radio } from '../../ports/radio'
import { environment } from './host'

/** Undefined if there is none. */
export function deviceRadio(): Radio | undefined {
  return environment('WATTBEAT_RADIO') ? NOBODY_NEAR : undefined
}

const NOBODY_NEAR: Radio = Object.freeze({
  open: () => ({ respond() {}, drop() {}, close() {} }),
  release() {},
})
