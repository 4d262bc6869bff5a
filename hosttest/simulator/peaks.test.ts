import { expect, test } from '@jest/globals'
import { Peaks } from '../../tools/simulator/peaks'

const SLOT_BYTES = 32
const GARBAGE = [300, 900, 1500, 2100, 2700, 3300]

function used(slots: number, chunkBytes: number): Map<string, number> {
  return new Map([
    ['Slot used', slots * SLOT_BYTES],
    ['Chunk used', chunkBytes],
  ])
}

test('garbage that no collection has freed yet is not growth', () => {
  const peaks = new Peaks()
  peaks.warm()
  for (const garbage of GARBAGE) {
    peaks.note(used(4000 + garbage, 36000 + garbage))
    peaks.hold({ slots: 4000, chunkBytes: 36000 })
  }
  expect(peaks.growth()).toEqual([
    { name: 'slots', early: 4000, late: 4000 },
    { name: 'chunkBytes', early: 36000, late: 36000 },
  ])
})

test('what is held behind a collection, and is more each time, is growth, whatever samples wait now and then', () => {
  const peaks = new Peaks()
  peaks.hold({ slots: 1, chunkBytes: 1 })
  peaks.warm()
  for (let i = 0; i < 8; i++) {
    const waiting = i % 2
    peaks.hold({
      slots: 4000 + 10 * i + 500 * waiting,
      chunkBytes: 36000 + 100 * i + 900 * waiting,
    })
  }
  expect(peaks.growth()).toEqual([
    { name: 'slots', early: 4000, late: 4040 },
    { name: 'chunkBytes', early: 36000, late: 36400 },
  ])
})
