/** Lines that bring what was not asked for: never a wrong value. `npm run bench -- modbus` plays more seeds. */
import { describe, expect, test } from '@jest/globals'
import { LATENESS, SIMULATED_INVERTERS, tallyQueued } from '../../tools/sim/modbus/queued'
import { tallyShared } from '../../tools/sim/modbus/shared'

const SHARED_SEEDS = 300
const READINGS = 40
const QUEUED_SEEDS = 150

test(`a second master asks the same meter, ${SHARED_SEEDS} seeds: no wrong reading of ${SHARED_SEEDS * READINGS}, and 85 % are there`, () => {
  const wrong: number[] = []
  let measured = 0
  for (let seed = 1; seed <= SHARED_SEEDS; seed++) {
    const tally = tallyShared(seed, READINGS)
    if (tally.wrong > 0) wrong.push(seed)
    measured += tally.measured
    expect(tally.noticed).toBeGreaterThan(0)
  }
  expect(wrong).toEqual([])
  expect(measured).toBeGreaterThan(0.85 * SHARED_SEEDS * READINGS)
})

test('a line of our own misses no reading', () => {
  for (let seed = 1; seed <= 20; seed++)
    expect(tallyShared(seed, READINGS, false)).toEqual({
      due: READINGS,
      measured: READINGS,
      wrong: 0,
      noticed: 0,
    })
})

describe.each(LATENESS)('%s', (lateness) => {
  test.each(SIMULATED_INVERTERS)(`of %s, ${QUEUED_SEEDS} seeds: no wrong reading`, (model) => {
    const wrong: number[] = []
    let measured = 0
    let due = 0
    for (let seed = 1; seed <= QUEUED_SEEDS; seed++) {
      const tally = tallyQueued(model, lateness, seed)
      if (tally.wrong > 0) wrong.push(seed)
      measured += tally.measured
      due += tally.due
    }
    expect(wrong).toEqual([])
    // Each stall of a queue takes the rest of its round, and what is fixed is read again after it.
    expect(measured).toBeGreaterThan(0.64 * due)
  })
})
