/** SUBSCRIBE and UNSUBSCRIBE: what is refused before it is sent, and what is made of the answer. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { what } from './messages'
import { packet, text } from './wire'

function connected(): Bench {
  const bench = new Bench()
  bench.connect()
  return bench
}

describe('subscribing', () => {
  const subscribe = (bench: Bench, filter: string, more = {}): string | undefined =>
    bench.client.subscribe({ subscriptions: [{ filter, qos: 1, ...more }], tag: 1 }, bench.now)

  test('asks for filters with their options, and reports what was granted [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-3.8.3-5] [MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-2.2.2-1]', () => {
    const bench = connected()
    const first = {
      filter: 'a/+',
      qos: 2,
      noLocal: true,
      retainAsPublished: true,
      retainHandling: 2,
    }
    const subscriptions = [first as never, { filter: 'b/#', qos: 0 as const }]
    const properties = { subscriptionIds: [200] }
    expect(bench.client.subscribe({ subscriptions, tag: 5, properties }, bench.now)).toBeUndefined()
    bench.settle()
    const { flags, body } = bench.seen[bench.seen.length - 1]
    expect(flags).toBe(2)
    expect(Array.from(body)).toEqual([
      ...[0, 1, 3, 0x0b, 0xc8, 0x01],
      ...[...text('a/+'), 0x2e, ...text('b/#'), 0x00],
    ])
    bench.clear()
    bench.gets(packet(0x90, 0, 1, 7, 0x1f, ...text('half'), 2, 0x87))
    expect(bench.outputs).toEqual([
      {
        kind: 'granted',
        tag: 5,
        reasons: Uint8Array.of(2, 0x87),
        properties: { reasonString: 'half' },
      },
    ])
  })

  test('and unsubscribing, with flags of its own [MQTT-3.10.1-1] [MQTT-3.10.3-1] [MQTT-3.11.3-1] [MQTT-2.2.2-1]', () => {
    const bench = connected()
    expect(bench.client.unsubscribe({ filters: ['a', 'b'], tag: 6 }, bench.now)).toBeUndefined()
    bench.settle()
    const { flags, body } = bench.seen[bench.seen.length - 1]
    expect(flags).toBe(2)
    expect(Array.from(body)).toEqual([0, 1, 0, ...text('a'), ...text('b')])
    bench.clear()
    bench.gets(packet(0xb0, 0, 1, 0, 0, 0x11))
    expect(bench.outputs).toEqual([{ kind: 'granted', tag: 6, reasons: Uint8Array.of(0, 0x11) }])
  })

  test('is refused in words for an invalid filter [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2]', () => {
    const bench = connected()
    expect(subscribe(bench, '')).toBe('the topic filter is empty')
    expect(subscribe(bench, 'a/#/b')).toBe('# is not the last level')
    expect(subscribe(bench, 'a/b#')).toBe('a wildcard is not a level of its own')
    expect(subscribe(bench, 'a+/b')).toBe('a wildcard is not a level of its own')
    expect(subscribe(bench, 'a\0')).toBe('the topic filter has a U+0000')
    expect(subscribe(bench, '$share//a')).toBe('the shared subscription has no valid share name')
    expect(subscribe(bench, '$share/x')).toBe('the shared subscription has no valid share name')
    expect(subscribe(bench, '$share/+/a')).toBe('the shared subscription has no valid share name')
    expect(subscribe(bench, '$share/x/')).toBe('the shared subscription has no filter')
    for (const filter of ['#', '+', 'a/+/b/#', '/', '$share/x/#'])
      expect(subscribe(bench, filter)).toBeUndefined()
  })

  test('is refused without a filter [MQTT-3.8.3-2] [MQTT-3.10.3-2]', () => {
    const bench = connected()
    expect(bench.client.subscribe({ subscriptions: [], tag: 1 }, bench.now)).toBe(
      'there is no topic filter',
    )
    expect(bench.client.unsubscribe({ filters: [], tag: 1 }, bench.now)).toBe(
      'there is no topic filter',
    )
  })

  test('is refused for user properties that are not text', () => {
    const bench = connected()
    const properties = { userProperties: [['k', 'v\0'] as const] }
    const subscriptions = [{ filter: 'a', qos: 1 as const }]
    expect(bench.client.subscribe({ subscriptions, tag: 1, properties }, bench.now)).toBe(
      'a user property has a U+0000',
    )
    expect(bench.client.unsubscribe({ filters: ['a'], tag: 1, properties }, bench.now)).toBe(
      'a user property has a U+0000',
    )
    bench.settle()
    expect(bench.log).toEqual([])
  })

  test('a shared subscription cannot have No Local [MQTT-3.8.3-4]', () => {
    expect(subscribe(connected(), '$share/x/a', { noLocal: true })).toBe(
      'a shared subscription cannot have No Local',
    )
  })

  test('is refused for options that there are not', () => {
    const bench = connected()
    expect(subscribe(bench, 'a', { qos: 3 })).toBe('the QoS is not 0, 1 or 2')
    expect(subscribe(bench, 'a', { retainHandling: 3 })).toBe(
      'the retain handling is not 0, 1 or 2',
    )
  })

  test('is refused if the server lacks what it needs', () => {
    const bench = new Bench()
    bench.connect(0x28, 0, 0x29, 0, 0x2a, 0)
    expect(subscribe(bench, 'a/#')).toBe('the server has no wildcard subscriptions')
    expect(subscribe(bench, '$share/x/a')).toBe('the server has no shared subscriptions')
    const properties = { subscriptionIds: [1] }
    const subscriptions = [{ filter: 'a', qos: 1 as const }]
    expect(bench.client.subscribe({ subscriptions, tag: 1, properties }, bench.now)).toBe(
      'the server has no subscription identifiers',
    )
  })

  test('is refused without a connection, beyond eight at a time, and above the maximum packet size', () => {
    expect(subscribe(new Bench(), 'a')).toBe('there is no connection')
    const bench = connected()
    for (let i = 0; i < 8; i++) expect(subscribe(bench, 'a')).toBeUndefined()
    expect(subscribe(bench, 'a')).toBe('no room: 8 requests are waiting')
    const small = new Bench()
    small.connect(0x27, 0, 0, 0, 20)
    expect(subscribe(small, 'abcdefghijklmnop')).toBe(
      "it is above the server's maximum packet size",
    )
    small.settle()
    expect(small.log).toEqual([])
  })

  test('has an answer of one reason for each filter, or the connection ends', () => {
    const bench = connected()
    subscribe(bench, 'a')
    bench.settle()
    bench.clear()
    bench.gets(packet(0x90, 0, 1, 0, 0, 0))
    expect(what(bench).slice(1, 3)).toEqual(['DISCONNECT 82', 'close'])
  })

  test('is not answered by an UNSUBACK', () => {
    const bench = connected()
    subscribe(bench, 'a')
    bench.settle()
    bench.clear()
    bench.gets(packet(0xb0, 0, 1, 0, 0))
    expect(what(bench).slice(1, 3)).toEqual(['DISCONNECT 82', 'close'])
  })

  test('is answered in time, or the connection ends and the request is dropped [MQTT-3.8.4-1]', () => {
    const bench = connected()
    subscribe(bench, 'a')
    bench.pass(12_000)
    expect(what(bench)).toEqual([
      ...['SUBSCRIBE #1', 'dropped 1: the connection ended before the answer', 'close'],
      'disconnected: no acknowledgement in time',
    ])
  })
  test('and so is an UNSUBSCRIBE [MQTT-3.10.4-4]', () => {
    const bench = connected()
    bench.client.unsubscribe({ filters: ['a'], tag: 1 }, bench.now)
    bench.pass(12_000)
    expect(what(bench).slice(0, 2)).toEqual([
      'UNSUBSCRIBE #1',
      'dropped 1: the connection ended before the answer',
    ])
  })
})
