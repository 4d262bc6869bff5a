import { expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs } from '../../firmware/core/time'
import {
  PROVISIONING_MS,
  Presses,
  RESET_MS,
  SETTLE_MS,
  WARNED_MS,
} from '../../firmware/dongle/presses'

/** What was meant and when, if the contact is so at these times. It is open before. */
function meantBy(edges: readonly [at: number, isClosed: boolean][], forMs = 30_000): unknown[] {
  const presses = new Presses()
  const log: unknown[] = []
  const advance = (now: number) => {
    const press = presses.advance(now as MonotonicMs)
    if (press) log.push([now, press])
  }
  const all: [number, boolean][] = [[-1000, false], ...edges]
  let now = -1000
  for (let next = 0; now <= forMs; ) {
    while (next < all.length && all[next][0] <= now)
      presses.contact(all[next++][1], now as MonotonicMs)
    advance(now)
    const { until } = presses
    const edge = next < all.length ? all[next][0] : FOREVER
    now = Math.min(until, edge)
    if (now === FOREVER) break
  }
  return log
}

test('a short press identifies the device once it has been let go', () => {
  expect(
    meantBy([
      [0, true],
      [400, false],
    ]),
  ).toEqual([[400 + SETTLE_MS, 'identify']])
})

test('held for 3 s and let go, it asks for provisioning', () => {
  expect(
    meantBy([
      [0, true],
      [PROVISIONING_MS, false],
    ]),
  ).toEqual([[PROVISIONING_MS + SETTLE_MS, 'provisioning']])
  expect(
    meantBy([
      [0, true],
      [PROVISIONING_MS - 1, false],
    ]),
  ).toEqual([[PROVISIONING_MS - 1 + SETTLE_MS, 'identify']])
})

test('held for 10 s it resets, while it is still held, and means nothing after', () => {
  expect(
    meantBy([
      [0, true],
      [25_000, false],
    ]),
  ).toEqual([[RESET_MS, 'reset']])
})

test('let go while it warns of the reset, nothing happens', () => {
  expect(
    meantBy([
      [0, true],
      [WARNED_MS, false],
    ]),
  ).toEqual([])
  expect(
    meantBy([
      [0, true],
      [RESET_MS - 1, false],
    ]),
  ).toEqual([])
})

test('a contact that bounces is one press, from its first edge on', () => {
  const bounces: [number, boolean][] = [
    [0, true],
    [4, false],
    [9, true],
    [11, false],
    [12, true],
  ]
  expect(meantBy([...bounces, [500, false], [507, true], [509, false]])).toEqual([
    [509 + SETTLE_MS, 'identify'],
  ])
})

test('a disturbance shorter than a press means nothing, and does not end one', () => {
  expect(
    meantBy([
      [0, true],
      [SETTLE_MS - 1, false],
    ]),
  ).toEqual([])
  expect(
    meantBy([
      [0, true],
      [5000, false],
      [5000 + SETTLE_MS - 1, true],
      [6000, false],
    ]),
  ).toEqual([[6000 + SETTLE_MS, 'provisioning']])
})

test('a button that is stuck from the start means nothing until it was let go', () => {
  const presses = new Presses()
  presses.contact(true, 0 as MonotonicMs)
  for (let now = 0; now < 60_000; now += 500)
    expect(presses.advance(now as MonotonicMs)).toBeUndefined()
})

test('a device that was busy meanwhile sees a press that is over, and how long it was', () => {
  const presses = new Presses()
  const at = (ms: number) => ms as MonotonicMs
  presses.contact(false, at(0))
  presses.advance(at(100))
  presses.contact(true, at(1000))
  presses.contact(false, at(1500))
  expect(presses.advance(at(9000))).toBe('identify')
  presses.contact(true, at(10_000))
  presses.advance(at(10_100))
  presses.contact(false, at(14_000))
  expect(presses.advance(at(19_000))).toBe('provisioning')
})
