/** Ten thousand clients, too many for XS, come back to a broker; one client's backoff is in reconnection.test.ts. */
import { expect, test } from '@jest/globals'
import { Bench } from './bench'
import { connack, disconnect } from './wire'

const CLIENTS = 10_000
/** What was measured when the broker was lost is discarded after 55 s, and TCP, TLS and CONNECT take two of them. */
const LOSSLESS_MS = 53_000

/** When each client's attempt that succeeds begins, after all lost the broker for `awayMs`. */
function comeBack(lose: (bench: Bench) => void, awayMs: number): number[] {
  const backAfter: number[] = []
  for (let seed = 1; seed <= CLIENTS; seed++) {
    const bench = new Bench({}, seed)
    bench.connect()
    bench.pass(21_000)
    const lostAt = bench.now
    lose(bench)
    bench.onOpen = () => {
      if (bench.now < lostAt + awayMs) return bench.client.closed('refused', bench.now)
      backAfter.push(bench.now - lostAt)
      bench.client.opened(bench.now)
      bench.client.receive(connack(), bench.now)
      bench.client.stop(bench.now)
    }
    bench.pass(awayMs + 130_000)
  }
  return backAfter
}

/** Of `all`, in percent: how many come in the second that sees most of them, and how many come too late for a sample. */
function shares(all: readonly number[], awayMs: number): { peak: number; late: number } {
  const perSecond = new Array<number>(200).fill(0)
  for (const afterMs of all) perSecond[Math.floor((afterMs - awayMs) / 1000)]++
  const late = all.filter((afterMs) => afterMs > LOSSLESS_MS).length
  return { peak: (100 * Math.max(...perSecond)) / CLIENTS, late: (100 * late) / CLIENTS }
}

const reset = (bench: Bench): void => bench.client.closed('reset', bench.now)
const shutsDown = (bench: Bench): void => bench.gets(disconnect(0x8b))

/** docs/mqtt.md has these figures. After 40 s all that is left to spread them over is 9 s. */
test.each<[string, seconds: number, maxPeak: number, (bench: Bench) => void]>([
  ['that vanishes', 0, 6, reset],
  ['that vanishes', 1, 6, reset],
  ['that vanishes', 5, 6, reset],
  ['that vanishes', 10, 6, reset],
  ['that vanishes', 20, 6, reset],
  ['that vanishes', 30, 6, reset],
  ['that vanishes', 40, 14, reset],
  ['that says it shuts down', 1, 6, shutsDown],
  ['that says it shuts down', 30, 6, shutsDown],
  ['that says it shuts down', 40, 14, shutsDown],
])(
  'of 10,000 clients of a broker %s for %i s none loses a sample, and at most %i %% come in a second',
  (how, seconds, maxPeak, lose) => {
    const all = comeBack(lose, 1000 * seconds)
    const { peak, late } = shares(all, 1000 * seconds)
    console.log(
      `a broker ${how} for ${seconds} s: at most ${peak.toFixed(1)} % a second, ${late} % lose`,
    )
    expect(all).toHaveLength(CLIENTS)
    expect(late).toBe(0)
    expect(peak).toBeLessThanOrEqual(maxPeak)
  },
)

test.each<[string, (bench: Bench) => void]>([
  ['vanishes', reset],
  ['says it shuts down', shutsDown],
])('after a minute without a broker that %s 99 %% are back in 64 s, 2.5 %% a second', (_, lose) => {
  const all = comeBack(lose, 60_000)
  expect(all).toHaveLength(CLIENTS)
  expect(shares(all, 60_000).peak).toBeLessThanOrEqual(2.5)
  expect(all.filter((ms) => ms <= 124_000).length).toBeGreaterThanOrEqual(0.99 * CLIENTS)
})
