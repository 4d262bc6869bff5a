/**
 * What an installer wants of the next run, kept over one restart: Bluetooth and TLS never run at once, so that a phone and
 * the broker are reached by turns. docs/dongle.md, "Two modes"
 */
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import type { Store } from '../ports/store'
import type { TestedStep } from './sitetest'

const VERSION = 1

export interface TestedSite {
  ok: boolean
  steps: TestedStep[]
}

export type Errand =
  /** Wait for a phone. `tested`: what to tell it. */
  | { kind: 'provisioning'; tested?: TestedSite | undefined }
  /** Run the site until that is known, then wait for the phone that comes back. */
  | { kind: 'test' }

/** Throws if flash does not take it. */
export function leaveErrand(store: Store, errand: Errand): void {
  new Journal(store, 'errand').write(VERSION, utf8(JSON.stringify(errand)))
}

/** Once: whatever ends this run, the next one is the site's. Undefined if there is none, or if it would be there again. */
export function takeErrand(store: Store): Errand | undefined {
  const journal = new Journal(store, 'errand')
  const record = journal.read()
  if (!record) return undefined
  try {
    journal.erase()
  } catch {
    return undefined
  }
  // Whole by its checksum, and ours by its version: it is what we wrote.
  return record.version === VERSION ? JSON.parse(readUtf8(record.payload) ?? '') : undefined
}
