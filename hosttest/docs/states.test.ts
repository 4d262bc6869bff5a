import { expect, test } from '@jest/globals'
import { MQTT_TRANSITIONS } from '../../firmware/mqtt/states'
import { MQTT_CAUSES } from '../../tools/docs/causes'
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

test('each change that the MQTT client makes has its cause, and no other has', () => {
  const drawn = Object.entries(MQTT_CAUSES).map(([from, causes]) => [from, Object.keys(causes)])
  expect(Object.fromEntries(drawn)).toEqual(MQTT_TRANSITIONS)
})
