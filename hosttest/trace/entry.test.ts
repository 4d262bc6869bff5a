import { expect, test } from '@jest/globals'
import { toJsonLine, traceLine } from '../../tools/trace/entry'

test('an entry is one line that steers no terminal, and as JSON keeps what came', () => {
  const words = 'PUBLISH to a\u001b[2J\n\u009b1m'
  const entry = {
    time: '2026-06-01T12:00:00.123Z',
    port: 'broker',
    direction: 'in',
    bytes: '',
    words,
  } as const
  expect(traceLine(entry)).toBe('12:00:00.123  broker  in   PUBLISH to a?[2J??1m')
  expect(JSON.parse(toJsonLine(entry))).toEqual(entry)
})
