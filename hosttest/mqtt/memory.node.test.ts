/** A client that reconnects thousands of times does not grow, and no alias outlives its connection. Node's heap. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import { Bench } from './bench'
import { connack, puback, publish, pubrel, seenPublish, text, u16 } from './wire'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const WARM_UP = 4000
const RECONNECTS = 4000
/** One small object left by each reconnect is more. Node's own heap seldom grows by as much, and not time after time. */
const NOISE_BYTES = 100_000
const ROUNDS = 3

function heapBytes(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** Publishes on more topics than there are aliases, leaves some of it in flight, and now and then loses the session. */
class Life {
  readonly bench = new Bench({ aliasCapacity: 4, receiveMaximum: 4, openMs: 1e6 })
  readonly stale: string[] = []
  #aliases = new Map<number, string>()
  #count = 0

  constructor() {
    this.bench.onPacket = (seen) => {
      if (seen.name !== 'PUBLISH') return
      const { topic, alias, payload } = seenPublish(seen)
      if (topic !== '' && alias > 0) this.#aliases.set(alias, topic)
      const meant = topic || this.#aliases.get(alias)
      // Each payload is the topic that it was published to.
      if (meant !== payload) this.stale.push(`${meant}, not ${payload}`)
    }
    this.bench.client.start(this.bench.now)
  }

  reconnect(): void {
    const { bench } = this
    const { client } = bench
    const life = this.#count++
    bench.pass(200_000)
    this.#aliases = new Map()
    client.opened(bench.now)
    bench.settle()
    const clean = (bench.seen[0].body[7] & 2) !== 0
    bench.gets(connack(clean || life % 7 === 0 ? 0 : 1, 0, 0x21, ...u16(3), 0x22, ...u16(4)))
    if (!client.connected) throw new Error(`no connection in life ${life}`)
    for (let tag = 0; tag < 8; tag++) {
      const topic = `site/${(life + tag) % 6}`
      const deadline = later(bench.now, 500_000)
      const qos = (tag % 3) as 0 | 1 | 2
      client.publish({ topic, payload: topic, qos, tag, deadline }, bench.now)
    }
    client.subscribe({ subscriptions: [{ filter: 'down', qos: 2 }], tag: 9 }, bench.now)
    bench.settle()
    bench.gets(publish({ topic: 'down', qos: 1, id: 1, props: [0x23, 0, 1] }))
    bench.gets(publish({ topic: '', qos: 2, id: 2, props: [0x23, 0, 1] }), pubrel(2))
    bench.gets(
      publish({ topic: 'down', qos: 2, id: 3 + life, props: [0x26, ...text('k'), ...text('v')] }),
    )
    bench.gets(pubrel(3 + life))
    client.closed('cut', bench.now)
    bench.clear()
    bench.seen = []
  }
}

test(`${RECONNECTS} reconnects leave nothing behind`, () => {
  const life = new Life()
  life.bench.onOpen = () => {}
  for (let i = 0; i < WARM_UP; i++) life.reconnect()
  let grown = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS && grown >= NOISE_BYTES; round++) {
    const before = heapBytes()
    for (let i = 0; i < RECONNECTS; i++) life.reconnect()
    grown = heapBytes() - before
  }
  expect(life.stale).toEqual([])
  expect(grown).toBeLessThan(NOISE_BYTES)
}, 60_000)

const BURST = 64
/** Sixteen records of half a kilobyte, and a buffer for what is sent. */
const KEPT_BYTES = 12_288

function bufferBytes(): number {
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}

describe('a burst gives back what it took:', () => {
  const connected = (): Bench => {
    const bench = new Bench({ maximumPacketSize: 500_000 })
    bench.connect()
    return bench
  }
  const keptAfter = (burst: (bench: Bench) => void): number => {
    const bench = connected()
    const before = bufferBytes()
    burst(bench)
    bench.clear()
    bench.seen = []
    return bufferBytes() - before
  }

  test.each([
    [BURST, 2000],
    [BURST, 500],
    [1, 400_000],
  ])('%i messages of %i bytes from the caller', (count, bytes) => {
    const kept = keptAfter((bench) => {
      const payload = new Uint8Array(bytes).fill(1)
      for (let tag = 0; tag < count; tag++)
        bench.client.publish({ topic: 'a', payload, qos: 1, tag }, bench.now)
      bench.settle()
      for (let id = 1; id <= count; id++) bench.gets(puback(id))
      expect(bench.outputs.filter(({ kind }) => kind === 'acknowledged')).toHaveLength(count)
    })
    expect(kept).toBeLessThan(KEPT_BYTES)
  })

  const long = publish({ topic: 'a', payload: 'x'.repeat(60_000) })

  test('a message of 60,000 bytes from the server, in two pieces', () => {
    const kept = keptAfter((bench) => {
      bench.gets(long.subarray(0, 10_000), long.subarray(10_000))
      expect(bench.outputs).toHaveLength(1)
    })
    expect(kept).toBeLessThan(KEPT_BYTES)
  })

  test('half of such a message, on a connection that is gone', () => {
    const kept = keptAfter((bench) => {
      bench.gets(long.subarray(0, 50_000))
      bench.client.closed('cut', bench.now)
      bench.pass(1000)
      bench.gets(connack(1))
      expect(bench.client.connected).toBe(true)
    })
    expect(kept).toBeLessThan(KEPT_BYTES)
  })
})
