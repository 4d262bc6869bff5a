/** A crowd of clients: volume for Node alone; one client's backoff is in liveness.test.ts. */
import { expect, test } from '@jest/globals'
import { Bench } from './bench'
import { connack } from './wire'

const CLIENTS = 10_000
const AWAY_MS = 60_000

test('of 10,000 clients after an outage of a minute no second sees more than 2.5 %', () => {
  const perSecond = new Array<number>(130).fill(0)
  for (let seed = 1; seed <= CLIENTS; seed++) {
    const bench = new Bench({}, seed)
    bench.connect()
    bench.pass(21_000)
    const backAt = bench.now + AWAY_MS
    bench.session.closed('the broker restarts', bench.now)
    bench.onOpen = () => {
      if (bench.now < backAt) return bench.session.closed('refused', bench.now)
      perSecond[Math.floor((bench.now - backAt) / 1000)]++
      bench.session.opened(bench.now)
      bench.session.receive(connack(), bench.now)
      bench.session.stop(bench.now)
    }
    bench.pass(AWAY_MS + 130_000)
  }
  expect(perSecond.reduce((sum, each) => sum + each, 0)).toBe(CLIENTS)
  expect(Math.max(...perSecond)).toBeLessThanOrEqual(0.025 * CLIENTS)
})
