/** The figures of `npm run bench -- gates`, small; SEED in the environment plays them again. */
import { describe, expect, test } from '@jest/globals'
import { honestDays } from '../../../tools/bench/gates/days'
import { caught, FAULTS } from '../../../tools/bench/gates/faults'
import { random } from '../../../tools/sim/random'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const COUNT = 200
const DAYS = 0.1
/** Of all faults of a kind; most are kept back without exception. */
const LEAST: { readonly [kind: string]: number } = {
  'any words, whole number, no rating': 0.94,
  'any words, float, no rating': 0.76,
  'any words, float, rated 23 kW': 0.79,
  'swapped words, whole number': 0.97,
  'swapped words, float, no rating': 0.75,
  'swapped words, float, rated 23 kW': 0.78,
  'swapped from the start, float, no rating': 0.94,
  'swapped from the start, float, rated 23 kW': 0.94,
  'phases or total by a factor of ten': 0.94,
  'frozen (reported)': 0.94,
}

describe(`seed ${seed}`, () => {
  test.each(Object.keys(FAULTS))('kept back: %s', (kind) => {
    expect(caught(kind, random(seed), COUNT)).toBeGreaterThanOrEqual((LEAST[kind] ?? 1) * COUNT)
  })

  test.each(['house', 'random'] as const)('no false alarm: %s', (kind) => {
    const { readings, alarms } = honestDays(kind, seed, DAYS)
    expect(readings).toBeGreaterThan(20_000)
    expect(alarms).toEqual([])
  })
})
