import { expect, test } from '@jest/globals'
import { fuzz } from '../../tools/bench/mqtt/packets'

test('a million damaged inputs, each time from another seed', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  // Processor time, so that a busy machine fails nothing.
  const started = process.cpuUsage()
  const { packets, illegal, clients } = fuzz(seed, 1_000_000)
  const { user, system } = process.cpuUsage(started)
  const seconds = (user + system) / 1e6
  const took = `${seconds.toFixed(1)} s`
  console.log(`SEED=${seed}: ${packets} packets, ${illegal} illegal, ${clients} clients, ${took}`)
  expect(seconds).toBeLessThan(60)
  expect(illegal).toBeGreaterThan(250_000)
  expect(packets - illegal).toBeGreaterThan(250_000)
}, 300_000)
