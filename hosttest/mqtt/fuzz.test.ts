import { expect, test } from '@jest/globals'
import { fuzz } from '../../tools/bench/mqtt/packets'

test('20,000 damaged inputs: seed 11', () => {
  const { packets, illegal } = fuzz(11, 20_000)
  expect(illegal).toBeGreaterThan(5000)
  expect(packets - illegal).toBeGreaterThan(5000)
})
