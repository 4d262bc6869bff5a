import { expect, test } from '@jest/globals'
import { fail, isFailedAssertion } from '../../firmware/core/assert'

test('what does not hold is said, and its reason is known for one', () => {
  expect(() => fail('one is two')).toThrow('assertion failed: one is two')
  expect(isFailedAssertion('Error: assertion failed: one is two\n at x')).toBe(true)
  expect(isFailedAssertion('connecting got nowhere in 60 min')).toBe(false)
})
