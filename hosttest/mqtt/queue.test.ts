/** Messages that wait to be sent: their deadlines and their number, and which are refused before anything is written. */
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import type { MqttMessage } from '../../firmware/mqtt/client'
import { Bench } from './bench'
import { message, queue, what } from './messages'
import { connack, puback, pubcomp, pubrec, seenPublish, text, u32 } from './wire'

describe('a deadline', () => {
  test('drops what was not sent before it, at that moment', () => {
    const bench = new Bench()
    queue(bench, 1, { deadline: later(bench.now, 4000) })
    bench.pass(5000)
    expect(bench.since()).toEqual([[4000, 'dropped 1: its deadline has passed']])
  })

  test('that has passed already keeps a message from being sent', () => {
    const bench = new Bench()
    bench.connect()
    bench.pass(1000)
    bench.client.publish({ ...message, deadline: bench.now }, bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['dropped 0: its deadline has passed'])
  })

  test('holds for a message that waits for the quota', () => {
    const bench = new Bench()
    bench.connect(0x21, 0, 1)
    queue(bench, 2, { deadline: later(bench.now, 4000) })
    bench.clear()
    bench.pass(4000)
    bench.gets(puback(1))
    expect(what(bench)).toEqual(['dropped 2: its deadline has passed', 'acknowledged 1'])
  })

  test('tells the server what remains of it', () => {
    const bench = new Bench()
    queue(bench, 1, { deadline: later(bench.now, 60_000) })
    bench.client.start(bench.now)
    bench.settle()
    bench.pass(2500)
    bench.clear()
    bench.gets(connack())
    expect(what(bench)).toContain('PUBLISH q1 #1 57s a=x')
  })

  test('is kept to, and not told, if the server need not know', () => {
    const bench = new Bench({ tellsExpiry: false })
    bench.connect()
    queue(bench, 1, { deadline: later(bench.now, 60_000) })
    expect(what(bench)).toContain('PUBLISH q1 #1 a=x')
    queue(bench, 1, { deadline: bench.now })
    expect(what(bench)).toEqual(['dropped 1: its deadline has passed'])
  })
})

describe('the queue', () => {
  test.each([0, 1, 2] as const)('keeps messages apart after one of QoS %i is done', (qos) => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1, { qos })
    if (qos === 1) bench.gets(puback(1))
    if (qos === 2) bench.gets(pubrec(1), pubcomp(1))
    bench.clear()
    for (const payload of ['one', 'two'])
      bench.client.publish({ ...message, payload, qos: 0 }, bench.now)
    bench.settle()
    expect(what(bench).filter((words) => words.startsWith('PUBLISH'))).toEqual([
      'PUBLISH q0 a=one',
      'PUBLISH q0 a=two',
    ])
  })

  test('is bounded, and says so', () => {
    const bench = new Bench({ capacity: 2 })
    queue(bench, 2)
    expect(bench.client.publish(message, bench.now)).toBe('no room: 2 messages are waiting')
  })

  test('makes room by dropping what has expired', () => {
    const bench = new Bench({ capacity: 1 })
    queue(bench, 1, { deadline: later(bench.now, 10) })
    bench.now = later(bench.now, 10)
    expect(bench.client.publish({ ...message, tag: 2 }, bench.now)).toBeUndefined()
  })

  test('goes out in pieces of about a TCP segment', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 9, { payload: 'x'.repeat(500) })
    expect(bench.sizes.length).toBe(3)
    for (const size of bench.sizes) expect(size).toBeLessThan(1400 + 520)
    expect(bench.seen.filter(({ name }) => name === 'PUBLISH')).toHaveLength(9)
  })

  test('keeps nothing of a message for the next one that takes its record', () => {
    const bench = new Bench({ capacity: 1 })
    bench.connect()
    const first = {
      payload: Uint8Array.of(1, 2, 3),
      retain: true,
      properties: { payloadFormat: 1 },
    }
    queue(bench, 1, { ...first, deadline: later(bench.now, 60_000) })
    bench.gets(puback(1))
    queue(bench, 1, { payload: Uint8Array.of(4) })
    const { flags, body } = bench.seen[bench.seen.length - 1]
    expect([flags, ...Array.from(body)]).toEqual([2, ...text('a'), 0, 2, 0, 4])
    bench.gets(puback(2))
    queue(bench, 1, { payload: Uint8Array.of(5, 6, 7, 8), qos: 2 })
    const last = bench.seen[bench.seen.length - 1]
    expect([last.flags, ...Array.from(last.body)]).toEqual([4, ...text('a'), 0, 3, 0, 5, 6, 7, 8])
  })

  test('keeps a copy of bytes', () => {
    const bench = new Bench()
    const payload = Uint8Array.of(104, 105)
    bench.client.publish({ ...message, payload }, bench.now)
    payload.fill(0)
    bench.connect()
    expect(
      bench.seen.map((seen) => seen.name === 'PUBLISH' && seenPublish(seen).payload),
    ).toContain('hi')
  })

  test('keeps a copy of correlation data', () => {
    const bench = new Bench()
    const correlationData = Uint8Array.of(7)
    bench.client.publish({ ...message, properties: { correlationData } }, bench.now)
    correlationData.fill(0)
    bench.connect()
    const { body } = bench.seen[bench.seen.length - 1]
    expect(Array.from(body.subarray(5, -1))).toEqual([4, 0x09, 0, 1, 7])
  })
})

describe('a message is refused before anything is written', () => {
  const refused = (more: Partial<MqttMessage>, ...props: number[]): string | undefined => {
    const bench = new Bench()
    bench.connect(...props)
    const why = bench.client.publish({ ...message, ...more }, bench.now)
    bench.settle()
    expect(bench.log).toEqual([])
    return why
  }

  test('for its topic [MQTT-3.3.2-2] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3] [MQTT-1.5.4-1]', () => {
    expect(refused({ topic: 'a/+' })).toBe('the topic has a wildcard')
    expect(refused({ topic: 'a/#' })).toBe('the topic has a wildcard')
    expect(refused({ topic: '' })).toBe('the topic is empty')
    expect(refused({ topic: 'a\0' })).toBe('the topic has a U+0000')
    expect(refused({ topic: 'a\ud800b' })).toBe('the topic has a lone surrogate')
    expect(refused({ topic: 'é'.repeat(32768) })).toBe('the topic is longer than 65535 bytes')
  })

  test('for a QoS above the server’s [MQTT-3.2.2-11]', () => {
    expect(refused({ qos: 2 }, 0x24, 1)).toBe("QoS 2 is above the server's 1")
    expect(refused({ qos: 1 }, 0x24, 0)).toBe("QoS 1 is above the server's 0")
  })

  test('for retain if the server retains nothing [MQTT-3.2.2-14]', () => {
    expect(refused({ retain: true }, 0x25, 0)).toBe('the server retains no messages')
  })

  test('for its size [MQTT-3.2.2-15]', () => {
    expect(refused({ payload: 'x'.repeat(100) }, 0x27, ...u32(100))).toBe(
      "it is above the server's maximum packet size",
    )
  })

  test('for its properties [MQTT-3.3.2-14]', () => {
    expect(refused({ properties: { responseTopic: 'a/#' } })).toBe(
      'as the response topic, the topic has a wildcard',
    )
    expect(refused({ properties: { responseTopic: '' } })).toBe(
      'as the response topic, the topic is empty',
    )
    expect(refused({ properties: { payloadFormat: 7 } })).toBe('the payload format is not 0 or 1')
    expect(refused({ properties: { contentType: '\0' } })).toBe('the content type has a U+0000')
    expect(refused({ properties: { userProperties: [['k', '\udfff']] } })).toBe(
      'a user property has a lone surrogate',
    )
  })

  test('and one that has waited is dropped if the server does not take it', () => {
    const bench = new Bench()
    queue(bench, 1, { qos: 2 })
    queue(bench, 1, { retain: true })
    queue(bench, 1)
    bench.client.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(0, 0, 0x24, 1, 0x25, 0))
    expect(what(bench)).toEqual([
      'connected',
      'PUBLISH q1 #1 a=x',
      "dropped 1: QoS 2 is above the server's 1",
      'dropped 1: the server retains no messages',
      'sent 1',
    ])
  })
})
