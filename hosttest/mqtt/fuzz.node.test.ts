import { expect, test } from '@jest/globals'
import { fuzz } from './fuzz'

test('a million damaged inputs, each time from another seed', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  const started = performance.now()
  const { packets, illegal, sessions } = fuzz(seed, 1_000_000)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(
    `SEED=${seed}: ${packets} packets, ${illegal} illegal, ${sessions} sessions, ${seconds} s`,
  )
  expect(illegal).toBeGreaterThan(250_000)
  expect(packets - illegal).toBeGreaterThan(250_000)
}, 300_000)
