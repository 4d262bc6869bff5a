import { expect, test } from '@jest/globals'
import { differences } from '../../tools/xs/names'

const suite = (...names: string[]) => new Map([['hosttest/a.test.ts', names]])

test('the same names, in whatever order, are the same', () => {
  expect(differences(suite('one', 'two', 'two'), suite('two', 'one', 'two'))).toEqual([])
})

test('a test or a suite that one side lacks is named, even if another has its name', () => {
  const other = new Map([['hosttest/b.test.ts', ['one']]])
  expect(differences(suite('one', 'one'), suite('one', 'two'))).toEqual([
    'hosttest/a.test.ts: only in jest: one',
    'hosttest/a.test.ts: only on XS: two',
  ])
  expect(differences(suite('one'), other)).toEqual([
    'hosttest/a.test.ts: did not run on XS',
    'hosttest/b.test.ts: jest does not find it',
  ])
})
