/** Messages from the server: acknowledged as their QoS asks, and delivered as often as it promises. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { what } from './messages'
import { connack, publish, pubrel, text } from './wire'

function connected(): Bench {
  const bench = new Bench()
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
      bench.client.closed('cut', bench.now)
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

  test('acknowledgements say success in the fewest bytes [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-4.3.3-9]', () => {
    const bench = connected()
    bench.seen.length = 0
    bench.gets(publish({ topic: 'a', qos: 1, id: 1 }), publish({ topic: 'a', qos: 2, id: 2 }))
    bench.gets(pubrel(2))
    expect(bench.seen.map(({ size }) => size)).toEqual([4, 4, 4])
  })

  test('that has expired is acknowledged to the end all the same [MQTT-4.3.3-13]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', qos: 2, id: 7, props: [0x02, 0, 0, 0, 0] }))
    bench.pass(5000)
    bench.gets(pubrel(7))
    expect(what(bench)).toEqual(['message q2 a', 'PUBREC #7', 'PUBCOMP #7'])
  })

  test('a PUBREL for an unknown id is answered so [MQTT-3.7.2-1]', () => {
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
