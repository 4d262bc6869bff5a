/** Takes a device back to what the factory made of it, for its next owner or because nothing else helps. */
import type { Store } from '../ports/store'
import { eraseSettings } from '../settings/record'
import { TimeRecord } from './timerecord'

/** The site's settings with their secrets, and the time; a restart has to follow. What the factory stored stays. */
export function eraseSite(store: Store): void {
  eraseSettings(store)
  new TimeRecord(store).erase()
}
