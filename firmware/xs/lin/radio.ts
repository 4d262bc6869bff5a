/** The simulator has no radio. */
import type { Radio } from '../../ports/radio'

export function deviceRadio(): Radio | undefined {
  return undefined
}
