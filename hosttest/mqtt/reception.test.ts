/** Messages from the server: acknowledged as their QoS asks, delivered as often as it promises, never more than announced. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { connack, packet, publish, pubrel, text } from './wire'

const what = (bench: Bench): string[] => bench.since().map(([, words]) => words)

function connected(options: { receiveMaximum?: number; topicAliasMaximum?: number } = {}): Bench {
  const bench = new Bench(options)
  bench.connect()
  return bench
}

describe('a message', () => {
  test('of QoS 0 is delivered, and that is all', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a' }))
    expect(what(bench)).toEqual(['message q0 a'])
  })

  test('of QoS 1 is delivered, then acknowledged [MQTT-3.3.4-1] [MQTT-4.3.2-4] [MQTT-4.5.0-2]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 1, id: 7 }))
    expect(what(bench)).toEqual(['message q1 a', 'PUBACK #7'])
  })

  test('of QoS 1 that comes again is new [MQTT-4.3.2-5]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 1, id: 7 }))
    bench.gets(publish({ topic: 'a', qos: 1, id: 7, flags: 8 }))
    expect(what(bench)).toEqual(['message q1 a', 'PUBACK #7', 'message q1 a', 'PUBACK #7'])
  })

  test('of QoS 2 is delivered once, however often it comes before its PUBREL [MQTT-4.3.3-8] [MQTT-4.3.3-10] [MQTT-4.3.3-11]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 2, id: 7 }))
    bench.gets(publish({ topic: 'a', qos: 2, id: 7, flags: 8 }))
    bench.gets(pubrel(7))
    expect(what(bench)).toEqual(['message q2 a', 'PUBREC #7', 'PUBREC #7', 'PUBCOMP #7'])
  })

  test('of QoS 2 is new after its PUBCOMP [MQTT-4.3.3-12]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 2, id: 7 }), pubrel(7))
    bench.clear()
    bench.gets(publish({ topic: 'a', qos: 2, id: 7 }))
    expect(what(bench)).toEqual(['message q2 a', 'PUBREC #7'])
  })

  test('of QoS 2 is remembered over a reconnect, and forgotten with its session', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 2, id: 7 }))
    for (const present of [1, 0]) {
      bench.session.closed('cut', bench.now)
      bench.pass(9000)
      bench.gets(connack(present))
      bench.clear()
      bench.gets(publish({ topic: 'a', qos: 2, id: 7, flags: 8 }))
      expect(what(bench)).toEqual(present ? ['PUBREC #7'] : ['message q2 a', 'PUBREC #7'])
    }
  })

  test('acknowledgements come in the order of their messages [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-2.2.1-5]', () => {
    const bench = connected()
    const parts = [3, 1, 2].map((id) => publish({ topic: 'a', qos: id === 1 ? 2 : 1, id }))
    bench.gets(Uint8Array.from(parts.flatMap((part) => Array.from(part))))
    expect(what(bench).slice(3)).toEqual(['PUBACK #3', 'PUBREC #1', 'PUBACK #2'])
  })

  test('acknowledgements say success in the fewest bytes [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3]', () => {
    const bench = connected()
    bench.seen.length = 0
    bench.gets(publish({ topic: 'a', qos: 1, id: 1 }), publish({ topic: 'a', qos: 2, id: 2 }))
    bench.gets(pubrel(2))
    expect(bench.seen.map(({ size }) => size)).toEqual([4, 4, 4])
  })

  test('with an expired expiry runs its course all the same [MQTT-4.3.3-13]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 2, id: 7, props: [0x02, 0, 0, 0, 0] }))
    bench.pass(5000)
    bench.gets(pubrel(7))
    expect(what(bench)).toEqual(['message q2 a', 'PUBREC #7', 'PUBCOMP #7'])
  })

  test('a PUBREL for an unknown id is told so [MQTT-3.7.2-1]', () => {
    const bench = connected()
    bench.gets(pubrel(7))
    expect(what(bench)).toEqual(['PUBCOMP #7 92'])
  })

  test('comes with everything it has', () => {
    const bench = connected()
    const props = [
      0x01,
      1,
      0x03,
      ...text('json'),
      0x26,
      ...text('k'),
      ...text('v'),
      0x0b,
      0x81,
      0x01,
    ]
    bench.gets(publish({ topic: 'a/b', payload: 'hi', qos: 1, id: 3, flags: 9, props }))
    expect(bench.outputs[0]).toEqual({
      kind: 'message',
      topic: 'a/b',
      payload: Uint8Array.of(104, 105),
      qos: 1,
      retain: true,
      duplicate: true,
      properties: {
        payloadFormat: 1,
        contentType: 'json',
        userProperties: [['k', 'v']],
        subscriptionIds: [129],
      },
    })
  })

  test('U+FEFF in a topic is kept [MQTT-1.5.4-3]', () => {
    const bench = connected()
    bench.gets(publish({ topic: '\xef\xbb\xbfa' }))
    expect(bench.outputs[0]).toMatchObject({ topic: '\ufeffa' })
  })
})

describe('our Receive Maximum', () => {
  test('is a limit to the server: one message more costs the connection [MQTT-3.3.4-9]', () => {
    const bench = connected({ receiveMaximum: 2 })
    bench.gets(publish({ topic: 'a', qos: 2, id: 1 }), publish({ topic: 'a', qos: 2, id: 2 }))
    bench.gets(publish({ topic: 'a', qos: 2, id: 2, flags: 8 }))
    bench.clear()
    bench.gets(publish({ topic: 'a', qos: 2, id: 3 }))
    expect(what(bench).slice(0, 2)).toEqual(['DISCONNECT 93', 'close'])
  })

  test('does not bind QoS 1, each of which is acknowledged before the next is looked at', () => {
    const bench = connected({ receiveMaximum: 2 })
    const parts = [1, 2, 3].map((id) => publish({ topic: 'a', qos: 1, id }))
    bench.gets(Uint8Array.from(parts.flatMap((part) => Array.from(part))))
    expect(what(bench).slice(3)).toEqual(['PUBACK #1', 'PUBACK #2', 'PUBACK #3'])
  })

  test('is never used up by what was acknowledged', () => {
    const bench = connected({ receiveMaximum: 1 })
    for (let id = 1; id <= 20; id++) bench.gets(publish({ topic: 'a', qos: 1, id }))
    for (let id = 1; id <= 20; id++) {
      bench.gets(publish({ topic: 'a', qos: 2, id }))
      bench.gets(pubrel(id))
    }
    expect(bench.session.connected).toBe(true)
  })
})

describe('inbound aliases', () => {
  const alias = (id: number): number[] => [0x23, 0, id]

  test('from 1 to our maximum are taken, and can change their topic [MQTT-3.3.2-10] [MQTT-3.3.2-11]', () => {
    const bench = connected({ topicAliasMaximum: 3 })
    bench.gets(publish({ topic: 'c', props: alias(3) }), publish({ topic: 'a', props: alias(1) }))
    bench.gets(publish({ topic: '', props: alias(3) }), publish({ topic: '', props: alias(1) }))
    bench.gets(publish({ topic: 'd', props: alias(3) }), publish({ topic: '', props: alias(3) }))
    expect(what(bench)).toEqual(
      ['c', 'a', 'c', 'a', 'd', 'd'].map((topic) => `message q0 ${topic}`),
    )
  })

  test('are none where we announce none [MQTT-3.1.2-27]', () => {
    const bench = connected({ topicAliasMaximum: 0 })
    bench.gets(publish({ topic: 'a', props: alias(1) }))
    expect(what(bench)[0]).toBe('DISCONNECT 94')
  })

  test('are forgotten with their connection [MQTT-3.3.2-7]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', props: alias(1) }))
    bench.session.closed('cut', bench.now)
    bench.pass(9000)
    bench.gets(connack(1))
    bench.clear()
    bench.gets(publish({ topic: '', props: alias(1) }))
    expect(what(bench)[0]).toBe('DISCONNECT 82')
  })
})

describe('subscribing', () => {
  const subscribe = (bench: Bench, filter: string, more = {}): string | undefined =>
    bench.session.subscribe({ subscriptions: [{ filter, qos: 1, ...more }], tag: 1 }, bench.now)

  test('asks for filters with their options, and reports what was granted [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-3.8.3-5] [MQTT-3.8.4-6]', () => {
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
    expect(
      bench.session.subscribe({ subscriptions, tag: 5, properties }, bench.now),
    ).toBeUndefined()
    bench.settle()
    const { flags, body } = bench.seen[bench.seen.length - 1]
    expect(flags).toBe(2)
    expect(Array.from(body)).toEqual([
      ...[0, 1, 3, 0x0b, 0xc8, 0x01],
      ...[...text('a/+'), 0x2e, ...text('b/#'), 0x00],
    ])
    bench.clear()
    bench.gets(packet(0x90, 0, 1, 0, 2, 0x87))
    expect(bench.outputs).toEqual([{ kind: 'granted', tag: 5, reasons: Uint8Array.of(2, 0x87) }])
  })

  test('and unsubscribing, which has flags of its own [MQTT-3.10.1-1] [MQTT-3.10.3-1]', () => {
    const bench = connected()
    expect(bench.session.unsubscribe({ filters: ['a', 'b'], tag: 6 }, bench.now)).toBeUndefined()
    bench.settle()
    const { flags, body } = bench.seen[bench.seen.length - 1]
    expect(flags).toBe(2)
    expect(Array.from(body)).toEqual([0, 1, 0, ...text('a'), ...text('b')])
    bench.clear()
    bench.gets(packet(0xb0, 0, 1, 0, 0, 0x11))
    expect(bench.outputs).toEqual([{ kind: 'granted', tag: 6, reasons: Uint8Array.of(0, 0x11) }])
  })

  test('is refused in words for a filter that is none [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2]', () => {
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
    expect(bench.session.subscribe({ subscriptions: [], tag: 1 }, bench.now)).toBe(
      'there is no topic filter',
    )
    expect(bench.session.unsubscribe({ filters: [], tag: 1 }, bench.now)).toBe(
      'there is no topic filter',
    )
  })

  test('a shared subscription cannot be without local [MQTT-3.8.3-4]', () => {
    expect(subscribe(connected(), '$share/x/a', { noLocal: true })).toBe(
      'a shared subscription cannot be without local',
    )
  })

  test('is refused where the server has not what it needs', () => {
    const bench = new Bench()
    bench.connect(0x28, 0, 0x29, 0, 0x2a, 0)
    expect(subscribe(bench, 'a/#')).toBe('the server has no wildcard subscriptions')
    expect(subscribe(bench, '$share/x/a')).toBe('the server has no shared subscriptions')
    const properties = { subscriptionIds: [1] }
    const subscriptions = [{ filter: 'a', qos: 1 as const }]
    expect(bench.session.subscribe({ subscriptions, tag: 1, properties }, bench.now)).toBe(
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

  test('is answered in time, or the connection ends and the request is dropped', () => {
    const bench = connected()
    subscribe(bench, 'a')
    bench.pass(12_000)
    expect(what(bench)).toEqual([
      ...['SUBSCRIBE #1', 'dropped 1: the connection ended before the answer', 'close'],
      'disconnected: no acknowledgement in time',
    ])
  })
})
