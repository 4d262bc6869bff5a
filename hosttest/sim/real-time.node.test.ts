/** The simulated line in the host's time, which jest plays. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { cancel } from '../../tools/sim/agenda'
import { houseLine } from '../../tools/sim/host/house-line'
import { realTime } from '../../tools/sim/host/real-time'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { request, SETTINGS } from './line'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('what is planned happens in its order and time, and what is cancelled never', () => {
  const log: [string, number][] = []
  const start = realTime.now
  const note = (what: string) => () => log.push([what, Math.round(realTime.now - start)])
  realTime.after(20, note('second'))
  realTime.at(start + 10, note('first'))
  cancel(realTime.after(15, note('cancelled')))
  jest.advanceTimersByTime(100)
  expect(log).toEqual([
    ['first', 10],
    ['second', 20],
  ])
})

test('a process finds the meters at its serial port: 8 bytes out, their latency, 9 back', () => {
  const { line, conditions } = houseLine(SIMULATED_SITE.devices, SETTINGS)
  conditions.meters.get(1)!.latencyMs = [40, 40]
  const log: [number, number][] = []
  const start = realTime.now
  const stream = line.open(SETTINGS, {
    onBytes: (bytes) => log.push([realTime.now - start, bytes.length]),
    onClosed() {},
  })
  stream.write(request(1, 4, 0x34, 2))
  jest.advanceTimersByTime(200)
  expect(log.reduce((sum, [, length]) => sum + length, 0)).toBe(9)
  const [last] = log[log.length - 1]
  // Timers count whole milliseconds.
  expect(Math.abs(last - (8 + 9) * (10_000 / 9600) - 40)).toBeLessThan(3)
})
