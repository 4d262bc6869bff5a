import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { TimeRecord } from '../../firmware/dongle/timerecord'
import { Flash } from '../../tools/sim/flash'

const BUILT = 1.4e12 as UnixMs

describe('the last known time', () => {
  test('comes back after a restart', () => {
    const store = new Flash()
    expect(new TimeRecord(store).read(BUILT)).toBeUndefined()
    new TimeRecord(store).write({ utc: 1.5e12 as UnixMs, driftPpm: -12.25 })
    expect(new TimeRecord(store).read(BUILT)).toEqual({ utc: 1.5e12, driftPpm: -12.25 })
  })

  test('is not taken if no device of this build can have seen it', () => {
    const store = new Flash()
    new TimeRecord(store).write({ utc: (BUILT + 21 * 365.25 * 86_400_000) as UnixMs, driftPpm: 0 })
    expect(new TimeRecord(store).read(BUILT)).toBeUndefined()
  })

  test('is not taken if it was not written whole: a wrong floor would lock the true time out', () => {
    const store = new Flash()
    new TimeRecord(store).write({ utc: 1.5e12 as UnixMs, driftPpm: 0 })
    for (const [name, bytes] of store.blobs) {
      const torn = bytes.slice()
      torn[12] ^= 0x40
      store.write(name, torn)
    }
    expect(new TimeRecord(store).read(BUILT)).toBeUndefined()
  })
})
