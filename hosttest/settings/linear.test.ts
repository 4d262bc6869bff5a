/**
 * XS on devices, and the engine of these suites, walk a text from its start for every index: what looks at a long text so
 * takes 16 times as long for four times the length. On Node every case passes.
 */
import { expect, test } from '@jest/globals'
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import { readPem } from '../../firmware/core/pem'
import type { Store } from '../../firmware/ports/store'
import { loadSettings, saveSettings } from '../../firmware/settings/record'
import { settingsOf } from '../../tools/bench/board'

const SHORT = 2048
const LONG = 4 * SHORT
const MAX_TIMES_AS_LONG = 9
/** So that the clock's millisecond is a small part. */
const MIN_MEASURED_MS = 25
const TRIES = 5

function authorities(bytes: number): string {
  return `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(bytes / 4)}\n-----END CERTIFICATE-----`
}

function holding(): Store {
  const blobs = new Map<string, Uint8Array>()
  return {
    read: (name) => blobs.get(name),
    write: (name, bytes) => void blobs.set(name, bytes),
    erase: (name) => void blobs.delete(name),
  }
}

/** Milliseconds of one, the least of several tries: other work on the machine only adds. */
function msOf(work: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < TRIES; i++) {
    const start = Date.now()
    let times = 0
    while (Date.now() - start < MIN_MEASURED_MS) {
      work()
      times++
    }
    least = Math.min(least, (Date.now() - start) / times)
  }
  return least
}

test.each<[string, (bytes: number) => () => void]>([
  ['writing ASCII', (bytes) => () => utf8('a'.repeat(bytes))],
  ['writing letters of two bytes', (bytes) => () => utf8('é'.repeat(bytes))],
  [
    'reading letters of two bytes',
    (bytes) => {
      const written = utf8('é'.repeat(bytes))
      return () => readUtf8(written)
    },
  ],
  ['reading certificates', (bytes) => () => readPem(authorities(bytes))],
  [
    'saving settings',
    (bytes) => {
      const store = holding()
      return () => saveSettings(store, { ...settingsOf(3), ca: authorities(bytes) })
    },
  ],
  [
    'loading settings',
    (bytes) => {
      const store = holding()
      saveSettings(store, { ...settingsOf(3), ca: authorities(bytes) })
      return () => loadSettings(store)
    },
  ],
])('%s takes no longer for a byte of a long text than of a short one', (_, make) => {
  expect(msOf(make(LONG)) / msOf(make(SHORT))).toBeLessThan(MAX_TIMES_AS_LONG)
})
