import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Blinker, LED_PATTERNS, type LedPattern } from '../../firmware/dongle/blinker'
import { LedInWords, STEADY_MS } from '../../tools/cli/led'

/** What is said while a pattern is shown for 10 s, each edge so much later than it should be. */
function said(pattern: LedPattern, lateMs: (edge: number) => number = () => 0): string[] {
  const led = new LedInWords()
  const blinker = new Blinker()
  const lines: (string | undefined)[] = []
  blinker.show(pattern, 0 as MonotonicMs)
  lines.push(led.set(blinker.isLit, 0 as MonotonicMs))
  for (let edge = 1; blinker.until < 10_000; edge++) {
    const at = (blinker.until + lateMs(edge)) as MonotonicMs
    blinker.advance(blinker.until)
    lines.push(led.set(blinker.isLit, at))
  }
  lines.push(led.steady(10_000 as MonotonicMs))
  return lines.filter((line) => line !== undefined)
}

const PATTERNS = Object.keys(LED_PATTERNS) as LedPattern[]

test.each(PATTERNS)('%s is told once, and no other pattern, though a host is late', (pattern) => {
  const [line, ...others] = said(pattern)
  expect(line).toMatch(/^LED \S/)
  expect(others).toEqual([])
  expect(said(pattern, (edge) => 20 * (edge % 2))).toEqual([line])
})

test('each has words of its own', () => {
  expect(new Set(PATTERNS.flatMap((pattern) => said(pattern))).size).toBe(PATTERNS.length)
})

test('what is lit for less than it takes to be steady is not said to be on', () => {
  const led = new LedInWords()
  led.set(true, 0 as MonotonicMs)
  expect(led.steady((STEADY_MS - 1) as MonotonicMs)).toBeUndefined()
})
