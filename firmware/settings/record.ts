/** Settings <-> the store: JSON in a journal, migrated by its version and validated again when it is read. */
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import type { Store } from '../ports/store'
import { examine, type ParsedSettings } from './parse'
import type { Settings } from './schema'

const NAME = 'settings'
/** Raised when the schema changes so that old records have to be changed with it. */
const VERSION = 1

/** migrations[v] makes a record of version v + 1 from one of version v. */
const migrations: readonly ((json: unknown) => unknown)[] = [(json) => json]

/** Undefined if nothing was ever stored. `chip`: as for parseSettings(). */
export function loadSettings(store: Store, chip?: string): ParsedSettings | undefined {
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

/** Erases the record before it as well, which may hold secrets that were given up. */
export function saveSettings(store: Store, settings: Settings): void {
  const journal = new Journal(store, NAME)
  journal.write(VERSION, utf8(JSON.stringify(settings)))
  journal.forget()
}

/** Erases the site's data; the device's identity is kept elsewhere. */
export function eraseSettings(store: Store): void {
  new Journal(store, NAME).erase()
}

/** The size is not checked: credentials that the dongle itself keeps in them must not cost it its settings. */
function parsed(json: unknown, chip: string | undefined): ParsedSettings {
  const { settings, wrong } = examine(json, chip)
  return wrong.length > 0 ? { wrong } : { settings }
}

function refuse(found: string, expected: string): ParsedSettings {
  return { wrong: [{ field: 'settings', found, expected }] }
}
