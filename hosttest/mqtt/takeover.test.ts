/** Two clients with one id take the session from each other: after the second time they say so, and slow down. */
import { describe, expect, test } from '@jest/globals'
import { earliest, type MonotonicMs } from '../../firmware/core/time'
import { Bench } from './bench'
import { connack, disconnect, pingresp } from './wire'

const MINUTE = 60_000
/** What the backoff adds at random after a connection that lasted: at most this. */
const JITTER_MS = 1000

/** A session that is connected again as soon as it asks, and pinged for ever. */
function lasting(seed = 1): Bench {
  const bench = new Bench({}, seed)
  bench.onPacket = ({ name }) => {
    if (name === 'CONNECT') bench.client.receive(connack(), bench.now)
    if (name === 'PINGREQ') bench.client.receive(pingresp(), bench.now)
  }
  bench.client.start(bench.now)
  bench.settle()
  return bench
}

/** Ended with `reason` after a while; how long until the next attempt, and what was said. */
function ended(bench: Bench, reason: number, afterMs = MINUTE): { waitMs: number; why: string } {
  bench.pass(afterMs)
  bench.clear()
  bench.gets(disconnect(reason))
  const [{ why, retryAt }] = bench.outputs.flatMap((output) =>
    output.kind === 'disconnected' ? [output] : [],
  )
  const waitMs = retryAt - bench.now
  bench.pass(waitMs + 1)
  return { waitMs, why }
}

test('the first take-over is what it always was: 30 s', () => {
  const { waitMs, why } = ended(lasting(), 0x8e)
  expect(why).toBe('session taken over (0x8e)')
  expect(waitMs).toBeGreaterThanOrEqual(30_000)
  expect(waitMs).toBeLessThanOrEqual(30_000 + JITTER_MS)
})

test('the second says what it means, and each next one waits twice as long, up to 16 min', () => {
  const bench = lasting()
  ended(bench, 0x8e)
  for (const seconds of [60, 120, 240, 480, 960, 960]) {
    const { waitMs, why } = ended(bench, 0x8e)
    expect(why).toBe('another client uses our client id: session taken over (0x8e)')
    expect(waitMs).toBeGreaterThanOrEqual(seconds * 1000)
    expect(waitMs).toBeLessThanOrEqual(seconds * 1000 + JITTER_MS)
  }
})

test('is not shortened by a network that comes back, nor by another end between two', () => {
  const bench = lasting()
  ended(bench, 0x8e)
  expect(ended(bench, 0x8b).why).toBe('server shutting down (0x8b)')
  bench.pass(MINUTE)
  bench.gets(disconnect(0x8e))
  bench.client.hurry(bench.now)
  bench.clear()
  bench.pass(59_999)
  expect(bench.log).toEqual([])
  bench.pass(1 + JITTER_MS)
  expect(bench.client.connected).toBe(true)
})

describe('who used our id is gone', () => {
  test('once a connection has lasted for four times the last stay', () => {
    const bench = lasting()
    for (const minutes of [1, 1, 3, 7]) ended(bench, 0x8e, minutes * MINUTE)
    const { waitMs, why } = ended(bench, 0x8e, 16 * MINUTE)
    expect(why).toBe('session taken over (0x8e)')
    expect(waitMs).toBeLessThanOrEqual(30_000 + JITTER_MS)
  })

  test('and not before', () => {
    const bench = lasting()
    for (const minutes of [1, 1, 3, 7]) ended(bench, 0x8e, minutes * MINUTE)
    expect(ended(bench, 0x8e, 15 * MINUTE).waitMs).toBeGreaterThanOrEqual(480_000)
  })
})

test('two of them on one broker: a take-over a minute at first, one in a quarter of an hour at last', () => {
  const clients = [lasting(1), lasting(2)]
  const takeovers: number[] = []
  clients.forEach((client, i) => {
    const other = clients[1 - i]
    const answer = client.onPacket
    client.onPacket = (seen) => {
      if (seen.name === 'CONNECT' && other.client.connected) {
        takeovers.push(client.now)
        other.client.receive(disconnect(0x8e), client.now)
      }
      answer(seen)
    }
  })
  clients[0].client.receive(disconnect(0x8e), clients[0].now)
  let now = clients[0].now
  const end = 6 * 60 * MINUTE
  while (now < end) {
    const next = clients.map((client) => {
      client.now = now
      return client.settle()
    })
    // A take-over of one by the other is seen by the next look at it.
    const until = earliest(next[0], ...clients.map((client) => client.settle()))
    now = Math.max(until, now + 1) as MonotonicMs
  }
  const perHour = Array.from(
    { length: 6 },
    (_, hour) =>
      takeovers.filter((at) => at >= hour * 60 * MINUTE && at < (hour + 1) * 60 * MINUTE).length,
  )
  expect(perHour[0]).toBeGreaterThan(5)
  expect(perHour[0]).toBeLessThan(20)
  for (const count of perHour.slice(2)) {
    expect(count).toBeGreaterThanOrEqual(3)
    expect(count).toBeLessThanOrEqual(5)
  }
})
