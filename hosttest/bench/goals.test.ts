import { expect, test } from '@jest/globals'
import { goalsOf } from '../../tools/bench/goals'

const theirs = { computations: 1000, slots: 100, chunks: 2400 }

test('half of the computations and a quarter of the bytes, with 16 to a slot, are met', () => {
  const ours = { computations: 500, slots: 50, chunks: 200 }
  expect(goalsOf({ publish: ours, 'mqtt-packet: publish': theirs })).toEqual([
    {
      text: 'beside mqtt-packet: publish: 50 % of the computations (goal 50 %), 25 % of the garbage (goal 25 %)',
      met: true,
    },
  ])
})

test.each([
  ['computations', { computations: 501, slots: 0, chunks: 0 }],
  ['slots', { computations: 0, slots: 63, chunks: 0 }],
  ['chunk bytes', { computations: 0, slots: 0, chunks: 1001 }],
])('too many %s are not', (_, ours) => {
  const [goal] = goalsOf({ publish: ours, 'mqtt-packet: publish': theirs })
  expect(goal.met).toBe(false)
  expect(goal.text).toMatch(/MISSED$/)
})

test('there is a goal only if both were counted', () => {
  expect(goalsOf({ 'mqtt-packet: publish': theirs, tick: theirs })).toEqual([])
})
