import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { Journal } from '../../firmware/core/journal'
import { FOREVER, type MonotonicMs } from '../../firmware/core/time'
import { CALM_RUN_MS, HoldOff, RestartRecord, STABLE_RUN_MS } from '../../firmware/dongle/restarts'
import type { ResetCause } from '../../firmware/ports/system'
import { Flash } from '../../tools/sim/flash'

const ms = (value: number) => value as MonotonicMs
const MINUTE = 60_000

describe('the record of restarts', () => {
  test('holds the next run back after short ones, longer each time and not beyond a quarter of an hour', () => {
    const store = new Flash()
    const holds = Array.from({ length: 12 }, () => {
      new RestartRecord(store).begin()
      return new RestartRecord(store).holdMs / MINUTE
    })
    expect(holds).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15])
  })

  // After twenty brown-outs it did nothing for a quarter of an hour, though power was good.
  test.each<[ResetCause]>([['power on'], ['brownout']])(
    'holds it back for half a minute at most if %s ended short ones, and longer if it ends by itself then',
    (cause) => {
      const store = new Flash()
      const begin = (cause: ResetCause) => {
        const record = new RestartRecord(store)
        record.noteReset({ cause, words: '' })
        const { holdMs } = record
        record.begin()
        return holdMs / MINUTE
      }
      expect(Array.from({ length: 8 }, () => begin(cause))).toEqual([0, 0, 0, 0, 0, 0.5, 0.5, 0.5])
      expect([begin('restart'), begin('restart'), begin(cause)]).toEqual([2, 4, 0.5])
    },
  )

  test('counts anew after a stable run', () => {
    const store = new Flash()
    for (let i = 0; i < 9; i++) new RestartRecord(store).begin()
    new RestartRecord(store).lasted(STABLE_RUN_MS)
    expect(new RestartRecord(store).holdMs).toBe(0)
  })

  test('counts the assertions that did not hold, and none in a record of before that', () => {
    const store = new Flash()
    new Journal(store, 'restarts').write(1, utf8('[2,["a"]]'))
    expect(new RestartRecord(store).failedAssertions).toBe(0)
    for (const why of ['Error: assertion failed: x', 'b', 'Error: assertion failed: y'])
      new RestartRecord(store).end(why)
    const record = new RestartRecord(store)
    expect([record.failedAssertions, record.reasons]).toEqual([
      2,
      ['a', 'Error: assertion failed: x', 'b', 'Error: assertion failed: y'],
    ])
  })

  test.each<[ResetCause, string, string[], number]>([
    ['power on', '', [], 0],
    ['restart', '', [], 0],
    ['outside', '', [], 0],
    ['abort', 'memory full', ['abort: memory full'], 0],
    ['brownout', '', ['brownout'], 1],
    ['task watchdog', '', ['task watchdog'], 0],
  ])('after %s says what the run before could not', (cause, words, reasons, brownouts) => {
    const store = new Flash()
    const first = new RestartRecord(store)
    first.noteReset({ cause, words })
    first.begin()
    const record = new RestartRecord(store)
    expect([record.reasons, record.brownouts]).toEqual([reasons, brownouts])
  })

  test('waits an hour after ten crashes, however stable the runs between them, until one is calm', () => {
    const store = new Flash()
    const crash = (cause: ResetCause) => {
      const record = new RestartRecord(store)
      record.noteReset({ cause, words: '' })
      const { holdMs, holdWhy } = record
      record.begin()
      record.lasted(STABLE_RUN_MS)
      return [holdMs / MINUTE, holdWhy]
    }
    for (let i = 1; i < 10; i++) expect(crash('panic')[0]).toBe(0)
    // A power cut between them changes nothing.
    expect(crash('power on')[0]).toBe(0)
    expect(crash('brownout')).toEqual([60, '10 crashes in a row, the last: brownout'])
    expect(crash('panic')).toEqual([60, '11 crashes in a row, the last: panic'])
    new RestartRecord(store).lasted(CALM_RUN_MS)
    expect(crash('panic')).toEqual([0, 'too many restarts in a row'])
  })

  test('that cannot be read may be one after crashes, and a calm run is not stored until it can be', () => {
    const store = new Flash()
    const first = new RestartRecord(store)
    for (let i = 0; i < 12; i++) first.noteReset({ cause: 'panic', words: '' })
    first.begin()
    const { read } = store
    store.read = () => {
      throw new Error('NVS')
    }
    const record = new RestartRecord(store)
    expect(record).toMatchObject({ isUnreadable: true, isAfterCrash: true, holdMs: 0 })
    expect(() => record.lasted(CALM_RUN_MS)).toThrow('NVS')
    store.read = read
    expect(new RestartRecord(store).holdMs).toBe(60 * MINUTE)
    record.lasted(CALM_RUN_MS)
    expect(new RestartRecord(store)).toMatchObject({ isAfterCrash: false, holdMs: 0 })
  })

  test.each([0, 1])(
    'holds no crashes after a calm run, whichever of its copies is damaged: %i',
    (copy) => {
      const store = new Flash()
      const record = new RestartRecord(store)
      for (let i = 0; i < 12; i++) record.noteReset({ cause: 'panic', words: '' })
      record.begin()
      record.lasted(STABLE_RUN_MS)
      record.lasted(CALM_RUN_MS)
      store.blobs.get(`restarts.${copy}`)![9] ^= 1
      expect(new RestartRecord(store)).toMatchObject({ isAfterCrash: false, holdMs: 0 })
    },
  )

  test('of another version is none', () => {
    const store = new Flash()
    new Journal(store, 'restarts').write(2, utf8('{"short":9}'))
    const record = new RestartRecord(store)
    expect([record.holdMs, record.reasons]).toEqual([0, []])
  })

  test('keeps the last eight reasons, each of a bounded length', () => {
    const store = new Flash()
    for (let i = 0; i < 10; i++) new RestartRecord(store).end(`${i} ${'x'.repeat(500)}`)
    const { reasons } = new RestartRecord(store)
    expect(reasons.map((why) => why[0])).toEqual(['2', '3', '4', '5', '6', '7', '8', '9'])
    expect(reasons[7]).toHaveLength(120)
  })
})

describe('a run', () => {
  test('that is held back begins when the hold-off is over, and becomes stable once, and calm once', () => {
    const holdOff = new HoldOff(MINUTE, '', true)
    expect([holdOff.advance(ms(5)), holdOff.isOver, holdOff.until]).toEqual([0, false, MINUTE + 5])
    expect([holdOff.advance(ms(MINUTE + 4)), holdOff.isOver]).toEqual([0, false])
    expect([holdOff.advance(ms(MINUTE + 5)), holdOff.isOver, holdOff.until]).toEqual([
      0,
      true,
      MINUTE + 5 + STABLE_RUN_MS,
    ])
    expect(holdOff.advance(ms(MINUTE + 4 + STABLE_RUN_MS))).toBe(0)
    expect(holdOff.advance(ms(MINUTE + 5 + STABLE_RUN_MS))).toBe(STABLE_RUN_MS)
    expect(holdOff.advance(ms(MINUTE + 4 + CALM_RUN_MS))).toBe(0)
    expect(holdOff.advance(ms(MINUTE + 5 + CALM_RUN_MS))).toBe(CALM_RUN_MS)
    expect(holdOff.until).toBe(FOREVER)
  })

  test('says again every two minutes how long it has lasted if that could not be stored', () => {
    const holdOff = new HoldOff(0, '', true)
    holdOff.advance(ms(0))
    const said: [number, number][] = []
    for (let minute = 1; minute <= 20; minute++) {
      const lasted = holdOff.advance(ms(minute * MINUTE))
      if (lasted === 0) continue
      said.push([minute, lasted / MINUTE])
      if ([2, 4, 10].includes(minute)) holdOff.notStored(ms(minute * MINUTE))
    }
    expect(said).toEqual([
      [2, 2],
      [4, 2],
      [6, 2],
      [10, 6],
      [12, 6],
    ])
  })

  test('that is not held back begins at once; without a crash before it there is nothing after stable', () => {
    const holdOff = new HoldOff(0)
    expect([holdOff.advance(ms(5)), holdOff.isOver]).toEqual([0, true])
    expect(holdOff.advance(ms(5 + STABLE_RUN_MS))).toBe(STABLE_RUN_MS)
    expect(holdOff.until).toBe(FOREVER)
  })
})
