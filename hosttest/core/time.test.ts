import { expect, test } from '@jest/globals'
import { earliest, FOREVER, later, type MonotonicMs } from '../../firmware/core/time'

const at = (ms: number) => ms as MonotonicMs

test('later adds, fractions too', () => {
  expect(later(at(1000), 250.5)).toBe(1250.5)
  expect(later(FOREVER, 1)).toBe(FOREVER)
})

test('the earliest of several, and forever is never it', () => {
  expect(earliest(at(1), at(2))).toBe(1)
  expect(earliest(at(2), at(1))).toBe(1)
  expect(earliest(FOREVER, at(3), at(2))).toBe(2)
})
