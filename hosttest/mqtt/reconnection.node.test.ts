/** Ten thousand clients, too many for XS, come back to a broker; one client's backoff is in reconnection.test.ts. */
import { expect, test } from '@jest/globals'
import { Bench } from './bench'
import { connack, disconnect } from './wire'

const CLIENTS = 10_000

/** How many clients come back in each second after the broker does, `awayMs` after all lost it. */
function comeBack(lose: (bench: Bench) => void, awayMs: number): number[] {
  const perSecond = new Array<number>(130).fill(0)
  for (let seed = 1; seed <= CLIENTS; seed++) {
    const bench = new Bench({}, seed)
    bench.connect()
    bench.pass(21_000)
    const backAt = bench.now + awayMs
    lose(bench)
    bench.onOpen = () => {
      if (bench.now < backAt) return bench.client.closed('refused', bench.now)
      perSecond[Math.floor((bench.now - backAt) / 1000)]++
      bench.client.opened(bench.now)
      bench.client.receive(connack(), bench.now)
      bench.client.stop(bench.now)
    }
    bench.pass(awayMs + 130_000)
  }
  return perSecond
}

const sum = (counts: number[]): number => counts.reduce((total, each) => total + each, 0)

/** docs/mqtt.md says what a shorter outage does if the broker sends no DISCONNECT before it. */
test.each<[string, (bench: Bench) => void, number]>([
  ['an outage of a minute', (bench) => bench.client.closed('reset', bench.now), 60_000],
  ['a broker that says it shuts down, for a second', (bench) => bench.gets(disconnect(0x8b)), 1000],
  ['one that does so for a minute', (bench) => bench.gets(disconnect(0x8b)), 60_000],
])(
  'of 10,000 clients after %s no second sees more than 2.5 %%, and 99 %% are back in 128 s',
  (_, lose, awayMs) => {
    const perSecond = comeBack(lose, awayMs)
    expect(sum(perSecond)).toBe(CLIENTS)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(0.025 * CLIENTS)
    expect(sum(perSecond.slice(0, 128))).toBeGreaterThanOrEqual(0.99 * CLIENTS)
  },
)
