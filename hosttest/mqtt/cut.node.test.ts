import { test } from '@jest/globals'
import { cutAtRandom } from './cut'

test('cut again and again: 3000 seeds, each time others', () => {
  const first = Number(process.env.SEED ?? Date.now() % 1_000_000)
  console.log(`SEED=${first}`)
  cutAtRandom(first, 3000)
}, 120_000)
