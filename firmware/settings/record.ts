/** Settings <-> the store: JSON in a journal, migrated by its version and validated again when it is read. */
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import type { Store } from '../ports/store'
import { examine, type Parsed } from './parse'
import type { Settings } from './schema'

const NAME = 'settings'
/** Raised when the schema changes so that old records have to be changed with it. */
const VERSION = 1

/** migrations[v] makes a record of version v + 1 from one of version v. */
const migrations: readonly ((json: unknown) => unknown)[] = [(json) => json]

/** Undefined if nothing was ever stored. `chip`: as for parseSettings(). */
export function loadSettings(store: Store, chip?: string): Parsed | undefined {
  const record = new Journal(store, NAME).read()
  if (!record) return undefined
  if (record.version > VERSION) {
    return refuse(
      `a record of version ${record.version}`,
      `at most version ${VERSION}: this firmware is older`,
    )
  }
  try {
    let json: unknown = JSON.parse(readUtf8(record.payload) ?? '')
    for (let version = record.version; version < VERSION; version++)
      json = migrations[version](json)
    return parsed(json, chip)
  } catch {
    return refuse(`${record.payload.length} bytes that are no JSON`, 'a settings record')
  }
}

/** The record before it is forgotten: it holds secrets that are no longer to be kept, and wrongs that were corrected. */
export function saveSettings(store: Store, settings: Settings): void {
  const journal = new Journal(store, NAME)
  journal.write(VERSION, utf8(JSON.stringify(settings)))
  journal.forget()
}

/** Erases the site's data; the device's identity is kept elsewhere. */
export function eraseSettings(store: Store): void {
  new Journal(store, NAME).erase()
}

/** Its size is not asked: what the dongle itself adds to it must never cost it its settings. */
function parsed(json: unknown, chip: string | undefined): Parsed {
  const { settings, wrong } = examine(json, chip)
  return wrong.length > 0 ? { wrong } : { settings }
}

function refuse(found: string, expected: string): Parsed {
  return { wrong: [{ field: 'settings', found, expected }] }
}
