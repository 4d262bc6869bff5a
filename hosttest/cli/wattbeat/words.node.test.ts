/** What a person reads and writes beside the dialogue: values of `set`, and numbers in tables. */
import { expect, test } from '@jest/globals'
import { readAssignment, valueFor } from '../../../tools/cli/wattbeat/assignment'
import { Failure } from '../../../tools/cli/wattbeat/failure'
import { describe as described } from '../../../tools/cli/wattbeat/table'

// It was sent as a text, and the dongle said that it had found one of 1 character.
test.each([
  ['qos=3', 3],
  ['qos=2', 2],
  ['line.parity=odd', 'odd'],
  ['line.parity=some', 'some'],
  ['line.parity=12345678', '12345678'],
  ['devices[0].inverted=true', true],
  ['devices[0].inverted=false', false],
  ['site=123', '123'],
])('%s is a value of its field, or what it looks like', (word, value) => {
  const assignment = readAssignment(word)
  if (assignment instanceof Failure) throw new Error(assignment.message)
  expect(valueFor(assignment.text ?? '', assignment.field)).toBe(value)
})

test('a number has no more digits than a person reads', () => {
  expect(described({ powerW: -7.749897003173828, unit: 3 }).join()).toMatch(/-7\.75(?!\d)/)
})
