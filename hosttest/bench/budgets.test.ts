import { expect, test } from '@jest/globals'
import { compare } from '../../tools/bench/budgets'

const count = (computations: number, slots: number, chunks: number) => ({
  computations,
  slots,
  chunks,
})
const budgets = { tick: count(1000, 100, 0) }

test.each([
  ['as before', count(1000, 100, 0)],
  ['less', count(900, 0, 0)],
  ['up to 2 % more', count(1020, 102, 0)],
])('%s is within the budget', (_, now) => {
  expect(compare(budgets, { tick: now }, false)).toEqual([])
})

test('growth names scenario, count, old and new', () => {
  expect(compare(budgets, { tick: count(1021, 100, 16) }, false)).toEqual([
    'tick: computations 1000 -> 1021, 2.1 % more',
    'tick: chunks 0 -> 16',
  ])
})

test('a count that is no number, and a budget without one, do not pass', () => {
  expect(compare(budgets, { tick: count(Number.NaN, 100, 0) }, false)).toHaveLength(1)
  const damaged = { tick: { computations: 1000, slots: 100 } as ReturnType<typeof count> }
  expect(compare(damaged, { tick: count(1000, 100, 0) }, false)).toEqual([
    'tick: chunks undefined -> 0',
  ])
})

test('a scenario without a budget and a budget without a scenario are both wrong', () => {
  expect(compare(budgets, { tock: count(1, 1, 1) }, false)).toEqual([
    'tock: has no budget',
    'tick: has a budget, and is no scenario any more',
  ])
  expect(compare(budgets, {}, true)).toEqual([])
})
