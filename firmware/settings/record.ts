/**
 * Settings <-> the store: JSON in a journal, the newest in both of its slots, migrated by its version and validated again
 * when it is read.
 */
import { readUtf8, utf8 } from '../core/bytes'
import { Journal } from '../core/journal'
import type { Sealed } from '../core/sealed'
import type { Store } from '../ports/store'
import { examine, type ParsedSettings } from './parse'
import type { Hardware } from './pins'
import type { Settings } from './schema'

const NAME = 'settings'
/** Raised when the schema changes so that old records have to be changed with it. */
const VERSION = 1

/** migrations[v] makes a record of version v + 1 from one of version v. */
const migrations: readonly ((json: unknown) => unknown)[] = [(json) => json]

/**
 * `note`: which copy was read, in words, if the other is not the same. `isUnreadable`: the store failed, and may have them,
 * or newer ones, another time.
 */
export type LoadedSettings = ParsedSettings & { note?: string; isUnreadable?: boolean }

/** Undefined if nothing was ever stored. `hardware`: as for parseSettings(). */
export function loadSettings(store: Store, hardware?: Hardware): LoadedSettings | undefined {
  const journal = new Journal(store, NAME)
  const record = journal.read()
  const isUnreadable = journal.trouble !== ''
  if (!record) {
    if (isUnreadable)
      return { ...refuse(journal.trouble, 'a store that can be read'), isUnreadable }
    return journal.isDamaged ? refuse('damaged copies', 'a settings record') : undefined
  }
  const loaded = read(record, hardware)
  return record.isMirrored
    ? loaded
    : {
        ...loaded,
        note: `copy ${record.slot} of the settings was read: the other is not the same`,
        isUnreadable,
      }
}

function read(record: Pick<Sealed, 'version' | 'payload'>, hardware: Hardware | undefined) {
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
    return parsed(json, hardware)
  } catch {
    return refuse(`${record.payload.length} bytes that are no JSON`, 'a settings record')
  }
}

/** Twice, so that no slot holds secrets that were given up, and a copy that is damaged costs nothing. */
export function saveSettings(store: Store, settings: Settings): void {
  new Journal(store, NAME).writeBoth(VERSION, utf8(JSON.stringify(settings)))
}

/** Erases the site's data; the device's identity is kept elsewhere. */
export function eraseSettings(store: Store): void {
  new Journal(store, NAME).erase()
}

/** The size is not checked: credentials that the dongle itself keeps in them must not cost it its settings. */
function parsed(json: unknown, hardware: Hardware | undefined): ParsedSettings {
  const { settings, wrong } = examine(json, hardware)
  return wrong.length > 0 ? { wrong } : { settings }
}

function refuse(found: string, expected: string): ParsedSettings {
  return { wrong: [{ field: 'settings', found, expected }] }
}
