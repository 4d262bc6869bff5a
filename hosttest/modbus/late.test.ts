import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { LateReplies } from '../../firmware/modbus/late'

const ALL = 0b11111
const PAIRS = 0b10101
const ms = (now: number): MonotonicMs => now as MonotonicMs
const read = (count: number, unit = 1) => ({ unit, code: 4, count })

function paddings(late: LateReplies, allowed: number, times: number[], count = 2): number[] {
  return times.map((now) => late.padding(read(count), allowed, ms(now)))
}

describe('the length of a reply', () => {
  test('differs from that of the last one, however long ago, and otherwise as little as possible', () => {
    expect(paddings(new LateReplies(), ALL, [0, 4000, 8000, 12_000])).toEqual([0, 1, 0, 1])
    expect(paddings(new LateReplies(), PAIRS, [0, 4000, 8000, 12_000])).toEqual([0, 2, 0, 2])
  })

  test('differs from the last four within three seconds', () => {
    expect(paddings(new LateReplies(), ALL, [0, 100, 200, 300, 400, 500])).toEqual([
      0, 1, 2, 3, 4, 0,
    ])
    expect(paddings(new LateReplies(), ALL, [0, 100, 3000, 6100])).toEqual([0, 1, 2, 0])
  })

  test('differs from that of an answer within three seconds, whatever was silent since', () => {
    const late = new LateReplies()
    expect(late.padding(read(1), ALL, ms(0))).toBe(0)
    for (let silence = 1; silence <= 4; silence++) {
      const now = 200 * silence
      expect(late.padding(read(1), ALL, ms(now))).toBe(silence)
      late.unanswered(1, 4, 1 + silence, now + 2000, now + 9000)
    }
    expect(late.clearAt(1, 4, 1, ALL)).toBeGreaterThanOrEqual(3000)
  })

  test('is as short as possible if none differs', () => {
    expect(paddings(new LateReplies(), 1, [0, 100])).toEqual([0, 0])
    expect(paddings(new LateReplies(), PAIRS, [0, 1, 2, 3])).toEqual([0, 2, 4, 0])
  })

  test('is left to a read of the same unit that has no other', () => {
    const late = new LateReplies()
    expect(late.padding(read(2), 1, ms(0))).toBe(0)
    expect(paddings(late, ALL, [4000, 8000, 12_000])).toEqual([1, 2, 1])
    expect(late.padding(read(2, 2), ALL, ms(13_000))).toBe(0)
    // A reply that is late takes one more; then the request waits rather than take the length of the other read.
    late.unanswered(1, 4, 4, 14_000, 23_000)
    expect(paddings(late, PAIRS, [16_000])).toEqual([4])
    late.unanswered(1, 4, 6, 14_000, 24_000)
    expect(late.clearAt(1, 4, 2, PAIRS)).toBe(23_000)
  })

  // Longer reads are refused one after the other: each that is left with one length reserves it.
  test('is its own if all of them are reserved, once no late reply is as long', () => {
    const late = new LateReplies()
    late.padding(read(1), 1, ms(0))
    late.padding(read(2), 1, ms(50))
    late.unanswered(1, 4, 1, 2100, 10_100)
    expect(late.clearAt(1, 4, 1, 0b11)).toBe(10_100)
    expect(paddings(late, 0b11, [10_100], 1)).toEqual([0])
    expect(late.hasOneLength).toBe(true)
  })

  test('may be that of the last one if that was refused', () => {
    const late = new LateReplies()
    expect(paddings(late, ALL, [0, 100])).toEqual([0, 1])
    late.refused(1, 4)
    expect(paddings(late, ALL, [200])).toEqual([1])
  })

  test('is that of the late reply that ends first if all may come', () => {
    const late = new LateReplies()
    for (let i = 0; i < 5; i++) late.unanswered(1, 4, 2 + i, 2000, 9000 + ((i + 2) % 5))
    expect(paddings(late, ALL, [100])).toEqual([3])
  })

  test('of what is asked in every round is known though a scan asks many units meanwhile', () => {
    const late = new LateReplies()
    const asked: number[] = []
    for (let round = 0; round < 9; round++) {
      asked.push(late.padding(read(2, 200), ALL, ms(4000 * round)))
      for (let i = 0; round > 0 && i < 18; i++)
        late.padding(read(2, 1 + 18 * round + i), 0, ms(4000 * round + 200 * i + 1))
    }
    // The length of the last one, however long ago it was, is not asked for again.
    expect(asked).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0])
  })

  test('is another one for each unit', () => {
    const late = new LateReplies()
    for (let unit = 1; unit <= 40; unit++)
      expect(late.padding(read(2, unit), ALL, ms(unit))).toBe(0)
    // The first were forgotten: there is room for 32.
    expect(late.padding(read(2, 1), ALL, ms(50))).toBe(0)
    expect(late.padding(read(2, 40), ALL, ms(51))).toBe(1)
  })
})

describe('a request without an answer', () => {
  test('keeps its length from others until its reply cannot come any more', () => {
    const late = new LateReplies()
    late.unanswered(1, 4, 2, 2000, 9000)
    expect(paddings(late, ALL, [100, 4000, 8999, 13_000])).toEqual([1, 2, 1, 0])
  })

  test('holds up a read of that length only, and one that has others not at all', () => {
    const late = new LateReplies()
    late.unanswered(1, 4, 2, 2000, 9000)
    expect(late.clearAt(1, 4, 2, 1)).toBe(9000)
    // A search brings no reading.
    expect(late.clearAt(1, 4, 2, 0)).toBe(2000)
    expect(late.clearAt(1, 4, 3, 1)).toBe(0)
    expect(late.clearAt(2, 4, 2, 1)).toBe(0)
    expect(late.clearAt(1, 3, 2, 1)).toBe(0)
    expect(late.clearAt(1, 4, 2, ALL)).toBe(0)
  })

  test('holds up a read all of whose lengths may come, until the first cannot any more', () => {
    const late = new LateReplies()
    late.unanswered(1, 4, 2, 2000, 9000)
    late.unanswered(1, 4, 4, 2100, 9100)
    expect(late.clearAt(1, 4, 2, PAIRS)).toBe(0)
    late.unanswered(1, 4, 6, 2200, 9200)
    expect(late.clearAt(1, 4, 2, PAIRS)).toBe(9000)
  })

  test('of which there are more than can be known pushes out the one that ends first', () => {
    const late = new LateReplies()
    for (let count = 1; count <= 9; count++)
      late.unanswered(1, 4, count, 2000 + count, 9000 + count)
    expect(late.clearAt(1, 4, 1, 1)).toBe(0)
    expect(late.clearAt(1, 4, 2, 1)).toBe(9002)
    expect(late.clearAt(1, 4, 9, 1)).toBe(9009)
  })

  test('counts for its own unit among as many as a line has', () => {
    const late = new LateReplies()
    for (let unit = 1; unit <= 32; unit++) late.unanswered(unit, 4, 2, 2000, 9000)
    for (let unit = 1; unit <= 32; unit++) expect(late.clearAt(unit, 4, 2, 1)).toBe(9000)
  })
})

describe('a request beside late replies and copies', () => {
  test('waits for the first length that neither can have', () => {
    const late = new LateReplies()
    expect(paddings(late, PAIRS, [1000, 1100])).toEqual([0, 2])
    late.unanswered(1, 4, 6, 3000, 11_000)
    // Copies of the replies of 2 and of 4 registers.
    expect(late.clearAt(1, 4, 2, PAIRS)).toBe(1100 + 3000)
  })

  test('does not wait for copies alone, nor for what another master awaits', () => {
    const late = new LateReplies()
    expect(paddings(late, PAIRS, [1000, 1100, 1200])).toEqual([0, 2, 4])
    late.overheard(read(2), ms(1300), ms(3300))
    expect(late.clearAt(1, 4, 2, PAIRS)).toBe(0)
  })
})

describe('a reply to another master', () => {
  const isOverheard = (late: LateReplies, now: number): boolean =>
    late.isOverheard(1, 4, 2, ms(now))

  test('may come for as long as one of its requests is open', () => {
    const late = new LateReplies()
    late.overheard(read(2), ms(0), ms(2000))
    late.overheard(read(2), ms(100), ms(2100))
    late.replied(1, 4, 2)
    expect(isOverheard(late, 2099)).toBe(true)
    expect(isOverheard(late, 2100)).toBe(false)
    late.replied(1, 4, 2)
    expect(isOverheard(late, 200)).toBe(false)
  })

  test('is not awaited for a request that was given up long ago', () => {
    const late = new LateReplies()
    late.overheard(read(2), ms(0), ms(2000))
    late.overheard(read(2), ms(5000), ms(7000))
    late.replied(1, 4, 2)
    expect(isOverheard(late, 5001)).toBe(false)
  })

  test('is awaited for eight requests at most, however many there are', () => {
    const late = new LateReplies()
    for (let i = 0; i < 100; i++) late.overheard(read(2), ms(i), ms(2000 + i))
    for (let i = 0; i < 8; i++) late.replied(1, 4, 2)
    expect(isOverheard(late, 101)).toBe(false)
  })

  test('leaves its length to it', () => {
    const late = new LateReplies()
    late.overheard(read(2), ms(0), ms(2000))
    late.replied(1, 4, 2)
    expect(paddings(late, ALL, [100])).toEqual([1])
  })

  test('is told from a late one to a request of ours that is as long', () => {
    const late = new LateReplies()
    late.unanswered(1, 4, 2, 2000, 9000)
    late.overheard(read(2), ms(100), ms(2100))
    late.replied(1, 4, 2)
    expect(late.clearAt(1, 4, 2, 1)).toBe(9000)
    expect(late.clearAt(1, 4, 2, 0)).toBe(2000)
    expect(isOverheard(late, 200)).toBe(false)
  })
})
