import { expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs, type UnixMs } from '../../firmware/core/time'
import { LED_PATTERNS, type LedPattern } from '../../firmware/dongle/blinker'
import { IDENTIFY_MS, MIN_GOOD_TICKS, Panel } from '../../firmware/dongle/panel'
import { RESET_MS, WARNED_MS } from '../../firmware/dongle/presses'
import type { Report, StateName } from '../../firmware/dongle/report'

const at = (ms: number) => ms as MonotonicMs
const entered = (state: StateName): Report => ({ kind: 'state', state, why: '' })
const due = (tick: number): Report => ({ kind: 'due', tick, at: 0 as UnixMs })
const missed = (tick: number, by: 'meter' | 'broker'): Report => ({
  kind: 'missed',
  tick,
  stream: 0,
  by,
  why: '',
})

/** Lit and dark from `from` to `to`, and what was pressed. */
function play(panel: Panel, from: number, to: number): unknown[] {
  const log: unknown[] = []
  for (let now = from; now < to; now = Math.max(panel.until, now + 1)) {
    for (let left = 100; ; left--) {
      if (left === 0) throw new Error('the panel never waits')
      const output = panel.poll(at(now))
      if (output.kind === 'wait') break
      log.push([now, output.kind === 'light' ? output.isLit : output.press])
    }
  }
  return log
}

/** The pattern that the edges of `log` are, from the first light on. */
function isPattern(log: unknown[], pattern: LedPattern): void {
  const edges = (log as [number, unknown][]).filter(([, what]) => typeof what === 'boolean')
  const steps = LED_PATTERNS[pattern]
  const lasted = edges.slice(1).map(([now], i) => now - edges[i][0])
  expect(lasted.length).toBeGreaterThan(steps.length)
  expect(lasted).toEqual(lasted.map((_, i) => steps[i % steps.length]))
}

test.each([
  ['unprovisioned', 'unprovisioned'],
  ['holding', 'waiting'],
  ['joining', 'joining'],
  ['synchronising', 'joining'],
  ['connecting', 'joining'],
] as const)('the state %s is shown as %s', (state, pattern) => {
  const panel = new Panel('streaming')
  panel.note(entered(state), at(0))
  isPattern(play(panel, 0, 30_000), pattern)
})

// What docs/board.md tells people to look for.
test.each<[LedPattern, number, number]>([
  ['unprovisioned', 2, 2000],
  ['joining', 1, 1000],
  ['fault', 3, 2000],
  ['waiting', 1, 4000],
  ['identify', 5, 2000],
  ['provisioning', 1, 1000],
  ['reset', 10, 1000],
])('the pattern %s lights %d times in %d ms', (pattern, times, durationMs) => {
  const steps = LED_PATTERNS[pattern]
  const lastsMs = steps.reduce((sum, step) => sum + step, 0)
  expect((steps.length / 2) * (durationMs / lastsMs)).toBe(times)
})

test('while it streams the LED is lit, and nothing wakes the device for it', () => {
  const panel = new Panel('joining')
  play(panel, 0, 100)
  panel.note(entered('streaming'), at(100))
  play(panel, 100, 101)
  expect(panel.until).toBe(FOREVER)
  panel.note(due(1), at(200))
  panel.note(missed(1, 'broker'), at(201))
  expect(panel.until).toBe(FOREVER)
})

test('a meter that misses ticks is a fault until some ticks are whole again', () => {
  const panel = new Panel('joining')
  panel.note(entered('streaming'), at(0))
  panel.note(missed(7, 'meter'), at(0))
  isPattern(play(panel, 0, 10_000), 'fault')
  for (let tick = 8; tick <= 7 + MIN_GOOD_TICKS; tick++) panel.note(due(tick), at(10_000))
  isPattern(play(panel, 10_000, 20_000), 'fault')
  panel.note(due(8 + MIN_GOOD_TICKS), at(20_000))
  play(panel, 20_000, 20_001)
  expect(panel.until).toBe(FOREVER)
})

test('a fault is not shown before the broker is reached: one thing at a time', () => {
  const panel = new Panel('joining')
  panel.note(missed(7, 'meter'), at(0))
  isPattern(play(panel, 0, 10_000), 'joining')
})

test('a short press makes it blink for ten seconds, and then the state is shown again', () => {
  const panel = new Panel('streaming')
  panel.button(false, at(0))
  play(panel, 0, 100)
  panel.button(true, at(100))
  play(panel, 100, 300)
  panel.button(false, at(300))
  const log = play(panel, 300, 11_000) as [number, unknown][]
  expect(log[0]).toEqual([330, 'identify'])
  const edges = log.filter(([, what]) => what !== 'identify').map(([now]) => now)
  expect(edges.length).toBeGreaterThan(IDENTIFY_MS / 200 - 3)
  expect(edges[edges.length - 1]).toBeLessThanOrEqual(330 + IDENTIFY_MS)
  expect(panel.until).toBe(FOREVER)
})

test('it warns of a reset for three seconds before it resets', () => {
  const panel = new Panel('streaming')
  panel.button(false, at(0))
  play(panel, 0, 1000)
  panel.button(true, at(1000))
  const log = play(panel, 1000, 12_000) as [number, unknown][]
  expect(log.filter(([, what]) => typeof what === 'string')).toEqual([[1000 + RESET_MS, 'reset']])
  const warned = log.filter(([now]) => now >= 1000 + WARNED_MS && now < 1000 + RESET_MS)
  isPattern(warned, 'reset')
})

test('a device that was away for long begins its pattern anew', () => {
  const panel = new Panel('joining')
  play(panel, 0, 10)
  expect(play(panel, 1_000_000, 1_000_001).length).toBeLessThan(2)
})
