import { expect, test } from '@jest/globals'
import { Backoff } from '../../firmware/core/backoff'
import type { Entropy } from '../../firmware/core/entropy'
import type { MonotonicMs } from '../../firmware/core/time'
import { random } from '../../tools/sim/random'

const now = 1000 as MonotonicMs

/** The largest fraction below 1, or exactly a half, or nothing. */
const always = (byte: number): Entropy => ({ fill: (bytes) => void bytes.fill(byte) })

function waits(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => Math.round(backoff.next(now) - now))
}

test('the ceiling doubles up to its maximum, and reset brings it back', () => {
  const backoff = new Backoff({ firstMs: 1000, maxMs: 5000, entropy: always(0xff) })
  expect(waits(backoff, 5)).toEqual([1000, 2000, 4000, 5000, 5000])
  backoff.reset()
  expect(waits(backoff, 2)).toEqual([1000, 2000])
})

test('the whole range below the ceiling is used: full jitter', () => {
  const seed = 7
  console.log(`seed ${seed}`)
  const backoff = new Backoff({ firstMs: 1000, maxMs: 1000, entropy: random(seed) })
  const drawn = waits(backoff, 1000)
  expect(Math.min(...drawn)).toBeLessThan(20)
  expect(Math.max(...drawn)).toBeGreaterThan(980)
  const mean = drawn.reduce((sum, ms) => sum + ms) / drawn.length
  expect(Math.abs(mean - 500)).toBeLessThan(30)
})

test('never sooner than the caller demands, and that does not slow the doubling', () => {
  const backoff = new Backoff({ firstMs: 1000, maxMs: 64_000, entropy: always(0) })
  expect(backoff.next(now, 30_000)).toBe(31_000)
  expect(backoff.next(now)).toBe(1000)
})
