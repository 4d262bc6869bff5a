/** Between the client and a transport that takes only so much, and a server that sends more than can be told at once. */
import { describe, expect, test } from '@jest/globals'
import { Bench, joined } from './bench'
import { message, patient, queue, reconnect, what } from './messages'
import { connack, puback, publish, seenPublish } from './wire'

const BURST = 64

/** A burst of messages that wait, with the acknowledgement of each that is seen. */
function burst(bytes: number, more: object = {}): Bench {
  const bench = new Bench(more)
  bench.connect()
  bench.onPacket = ({ name, body }) => {
    if (name === 'PUBLISH') bench.client.receive(puback((body[3] << 8) | body[4]), bench.now)
  }
  bench.room = 0
  queue(bench, BURST, { payload: 'x'.repeat(bytes) })
  return bench
}

const tags = (bench: Bench, kind: string): number[] =>
  bench.outputs.flatMap((output) =>
    output.kind === kind && 'tag' in output ? [output.tag as number] : [],
  )
const ALL = Array.from({ length: BURST }, (_, i) => i + 1)

describe('a transport that takes little', () => {
  test.each([
    [2000, 8192],
    [2000, 700],
    [200, 8192],
    [200, 7],
  ])('is never given more: 64 messages of %i bytes through %i at a time', (bytes, room) => {
    const bench = burst(bytes)
    expect(bench.sizes).toEqual([])
    while (tags(bench, 'acknowledged').length < BURST) {
      const before = bench.sizes.length
      bench.room = room
      bench.settle()
      expect(bench.sizes.length).toBeGreaterThan(before)
    }
    expect(tags(bench, 'acknowledged')).toEqual(ALL)
    const published = bench.seen.filter(({ name }) => name === 'PUBLISH').map(seenPublish)
    expect(published.map(({ payload }) => payload)).toEqual(ALL.map(() => 'x'.repeat(bytes)))
  })

  test('gets every packet in pieces of one byte, CONNECT too', () => {
    const bench = new Bench()
    bench.room = 0
    bench.client.start(bench.now)
    bench.settle()
    const trickle = () => {
      for (let sent = -1; sent < bench.sizes.length; ) {
        sent = bench.sizes.length
        bench.room = 1
        bench.settle()
      }
    }
    trickle()
    bench.gets(connack())
    queue(bench, 2)
    trickle()
    bench.client.stop(bench.now)
    trickle()
    expect(bench.seen.map(({ name }) => name)).toEqual([
      ...['CONNECT', 'PUBLISH', 'PUBLISH', 'DISCONNECT'],
    ])
    expect(Math.max(...bench.sizes)).toBe(1)
  })

  test('and then nothing at all: the connection is given up, as one without an answer', () => {
    const bench = burst(2000, { keepAliveS: 30 })
    bench.clear()
    bench.pass(34_000)
    expect(bench.since()).toEqual([
      [34_000, 'close'],
      [34_000, 'disconnected: no PINGRESP in time'],
    ])
  })

  test('what was begun on a connection that is gone is begun anew on the next', () => {
    const bench = burst(2000, patient)
    bench.room = 1500
    bench.settle()
    bench.room = Number.POSITIVE_INFINITY
    const log = reconnect(bench, true)
    expect(log.slice(0, 2)).toEqual([
      'connected, session present',
      `PUBLISH q1 dup #1 a=${'x'.repeat(2000)}`,
    ])
    expect(tags(bench, 'acknowledged')).toEqual(ALL)
  })

  test('keeps a message waiting and not in flight: it still expires', () => {
    const bench = new Bench()
    bench.connect()
    bench.room = 0
    bench.client.publish({ ...message, tag: 1, deadline: 4000 as never }, bench.now)
    bench.pass(4000)
    expect(bench.since()).toEqual([[4000, 'dropped 1: its deadline has passed']])
  })

  test('is waited for with the goodbye, but not for long', () => {
    const bench = new Bench()
    bench.connect()
    bench.room = 0
    bench.client.stop(bench.now)
    bench.pass(500)
    expect(bench.log).toEqual([])
    bench.room = 100
    bench.settle()
    expect(what(bench)).toEqual(['DISCONNECT 00', 'close', 'disconnected: stopped'])

    const full = new Bench()
    full.connect()
    full.room = 0
    full.client.stop(full.now)
    full.pass(60_000)
    expect(full.since()).toEqual([
      [2000, 'close'],
      [2000, 'disconnected: stopped'],
    ])
  })
})

describe('more messages at once than the client keeps', () => {
  const retained = (count: number, qos: 0 | 1): Uint8Array =>
    joined(
      ...Array.from({ length: count }, (_, i) =>
        publish({ topic: `a/${i}`, payload: 'on', qos, id: i + 1, flags: 1 }),
      ),
    )

  test.each([
    [64, 0],
    [64, 1],
    [1, 0],
    [1, 1],
  ] as const)('wait with the caller: 300 in one read, %i at a time at QoS %i', (capacity, qos) => {
    const bench = new Bench({ inboundCapacity: capacity })
    bench.connect()
    const bytes = retained(300, qos)
    let told = 0
    for (let used = 0; used < bytes.length; ) {
      used += bench.client.receive(bytes.subarray(used), bench.now)
      bench.settle()
      const now = bench.outputs.filter(({ kind }) => kind === 'message').length
      expect(now - told).toBeLessThanOrEqual(capacity)
      told = now
    }
    expect(bench.client.connected).toBe(true)
    const topics = bench.outputs.flatMap((each) => (each.kind === 'message' ? [each.topic] : []))
    expect(topics).toEqual(Array.from({ length: 300 }, (_, i) => `a/${i}`))
    const acknowledged = bench.seen.filter(({ name }) => name === 'PUBACK')
    expect(acknowledged).toHaveLength(qos === 0 ? 0 : 300)
  })

  test('in a read that ends within a packet', () => {
    const bench = new Bench({ inboundCapacity: 3 })
    bench.connect()
    const bytes = retained(10, 0)
    bench.gets(bytes.subarray(0, 50), bytes.subarray(50, 51), bytes.subarray(51))
    expect(bench.outputs).toHaveLength(10)
  })

  test('bytes of no connection are used', () => {
    const bench = new Bench()
    expect(bench.client.receive(retained(2, 0), bench.now)).toBe(retained(2, 0).length)
  })
})
