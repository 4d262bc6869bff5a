import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Watchdog } from '../../firmware/dongle/watchdog'

const ms = (value: number) => value as MonotonicMs
const MINUTE = 60_000

test('a state that gets nowhere asks for a restart once; what it gets done puts that off', () => {
  const watchdog = new Watchdog()
  watchdog.enter('streaming', ms(0))
  watchdog.feed(ms(30 * MINUTE))
  expect(watchdog.expired(ms(90 * MINUTE - 1))).toBeUndefined()
  expect(watchdog.expired(ms(90 * MINUTE))).toBe('streaming got nowhere in 60 min')
  expect(watchdog.expired(ms(90 * MINUTE))).toBeUndefined()
})

test('each state has its own time', () => {
  const watchdog = new Watchdog()
  watchdog.enter('streaming', ms(0))
  watchdog.enter('joining', ms(50 * MINUTE))
  expect(watchdog.until).toBe(80 * MINUTE)
})

test('a hold-off gets nowhere on purpose', () => {
  const watchdog = new Watchdog()
  watchdog.enter('holding', ms(0))
  expect(watchdog.expired(ms(1e12))).toBeUndefined()
})

test('a tick with nothing to send is no stall, one whose samples the broker never acknowledges is', () => {
  const watchdog = new Watchdog()
  watchdog.enter('streaming', ms(0))
  watchdog.tick(ms(59 * MINUTE))
  expect(watchdog.until).toBe(119 * MINUTE)
  watchdog.published()
  watchdog.tick(ms(100 * MINUTE))
  expect(watchdog.until).toBe(119 * MINUTE)
  watchdog.feed(ms(110 * MINUTE))
  watchdog.tick(ms(111 * MINUTE))
  expect(watchdog.until).toBe(171 * MINUTE)
})

test('ticks are due in other states too, and put off nothing there', () => {
  const watchdog = new Watchdog()
  watchdog.enter('synchronising', ms(0))
  watchdog.tick(ms(59 * MINUTE))
  expect(watchdog.until).toBe(60 * MINUTE)
})
