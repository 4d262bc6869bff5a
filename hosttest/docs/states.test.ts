import { expect, test } from '@jest/globals'
import { stateDiagram } from '../../tools/docs/states'

test('a table of states is drawn with its start and its causes', () => {
  expect(stateDiagram({ off: { on: 'start' }, on: { off: 'stop' } })).toBe(
    '```mermaid\nstateDiagram-v2\n  [*] --> off\n  off --> on: start\n  on --> off: stop\n```\n',
  )
})

test('ends that every state may come to are said, and drawn among themselves only', () => {
  const table = { a: ['b', 'leaving', 'gone'], b: ['leaving', 'gone'], leaving: ['gone'], gone: [] }
  expect(stateDiagram(table, ['leaving', 'gone'])).toBe(
    '```mermaid\nstateDiagram-v2\n  [*] --> a\n  a --> b\n  leaving --> gone\n```\n\nNot drawn: from every state to `leaving` and `gone`.\n',
  )
  expect(() => stateDiagram({ ...table, b: ['gone'] }, ['leaving', 'gone'])).toThrow(
    'leaving does not follow b',
  )
})
