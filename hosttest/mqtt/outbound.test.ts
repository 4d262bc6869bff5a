/** Messages from the caller at each QoS, and what ends them. */
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import { PacketIds } from '../../firmware/mqtt/session/ids'
import { Bench } from './bench'
import { patient, queue, reconnect, what } from './messages'
import { properties, puback, pubcomp, pubrec, text } from './wire'

describe('QoS 0', () => {
  test('goes out once, as no duplicate and without an id [MQTT-2.2.1-2] [MQTT-4.3.1-1] [MQTT-3.3.1-2]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1, { qos: 0 })
    expect(what(bench)).toEqual(['PUBLISH q0 a=x', 'sent 1'])
    expect(reconnect(bench, true)).toEqual(['connected, session present'])
  })
})

describe('QoS 1', () => {
  test('goes out with an unused id and no DUP [MQTT-2.2.1-3] [MQTT-4.3.2-1] [MQTT-4.3.2-2]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 2)
    expect(what(bench)).toEqual(['PUBLISH q1 #1 a=x', 'PUBLISH q1 #2 a=x', 'sent 1', 'sent 2'])
  })

  test('stays unacknowledged until its PUBACK, and is never resent on a live connection [MQTT-4.3.2-3] [MQTT-4.4.0-1]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1)
    bench.clear()
    bench.pass(300_000)
    expect(bench.log).toEqual([])
    bench.gets(puback(1))
    expect(what(bench)).toEqual(['acknowledged 1'])
  })

  test('is over when its PUBACK says no, and is not sent again [MQTT-4.4.0-2]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1)
    bench.clear()
    bench.gets(puback(1, 0x97, ...properties(0x1f, ...text('slower'))))
    expect(bench.outputs).toEqual([
      {
        kind: 'rejected',
        tag: 1,
        why: 'quota exceeded (0x97): slower',
        reason: 0x97,
        properties: { reasonString: 'slower' },
      },
    ])
    expect(reconnect(bench, true)).toEqual(['connected, session present'])
  })

  test('takes a PUBACK without matching subscribers as success', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1)
    bench.clear()
    bench.gets(puback(1, 0x10, ...properties(0x26, ...text('k'), ...text('v'))))
    expect(bench.outputs).toEqual([
      {
        kind: 'acknowledged',
        tag: 1,
        reason: 0x10,
        properties: { userProperties: [['k', 'v']] },
      },
    ])
  })

  test('a PUBREC for it is a protocol error', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1)
    bench.clear()
    bench.gets(pubrec(1))
    expect(what(bench).slice(0, 2)).toEqual(['DISCONNECT 82', 'close'])
  })
})

describe('QoS 2', () => {
  test('takes four packets [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1, { qos: 2 })
    bench.gets(pubrec(1))
    bench.gets(pubcomp(1))
    expect(what(bench)).toEqual(['PUBLISH q2 #1 a=x', 'sent 1', 'PUBREL #1', 'acknowledged 1'])
  })

  test('is over when PUBREC says no [MQTT-4.4.0-2]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1, { qos: 2 })
    bench.clear()
    bench.gets(pubrec(1, 0x87))
    expect(what(bench)).toEqual(['rejected 1: not authorised (0x87)'])
  })

  test('after PUBREL only PUBREL is sent again [MQTT-4.3.3-6] [MQTT-4.4.0-1]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1, { qos: 2 })
    bench.gets(pubrec(1))
    expect(reconnect(bench, true)).toEqual(['connected, session present', 'PUBREL #1'])
    bench.gets(pubcomp(1, 0x92))
    expect(what(bench)).toEqual(['acknowledged 1'])
  })

  test('PUBREL come in the order of their PUBREC [MQTT-4.6.0-4]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 3, { qos: 2 })
    bench.clear()
    bench.gets(pubrec(3), pubrec(1))
    expect(what(bench)).toEqual(['PUBREL #3', 'PUBREL #1'])
    expect(reconnect(bench, true).slice(1)).toEqual([
      'PUBLISH q2 dup #2 a=x',
      'PUBREL #3',
      'PUBREL #1',
    ])
  })

  test('expiry does not stop what has been sent [MQTT-4.3.3-7]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1, { qos: 2, deadline: later(bench.now, 1000) })
    bench.clear()
    bench.pass(5000)
    bench.gets(pubrec(1))
    bench.gets(pubcomp(1))
    expect(what(bench)).toEqual(['PUBREL #1', 'acknowledged 1'])
  })

  test('a PUBREC that says no after PUBREL changes nothing: the server has the message [MQTT-4.3.3-4]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1, { qos: 2 })
    bench.gets(pubrec(1))
    bench.clear()
    bench.gets(pubrec(1, 0x80))
    expect(what(bench)).toEqual([])
    bench.gets(pubcomp(1))
    expect(what(bench)).toEqual(['acknowledged 1'])
  })

  test('a PUBREC for an unknown id is answered so, and its PUBCOMP is ignored [MQTT-2.2.1-5] [MQTT-3.6.2-1]', () => {
    const bench = new Bench()
    bench.connect()
    bench.gets(pubrec(77), pubcomp(77, 0x92))
    expect(what(bench)).toEqual(['PUBREL #77 92'])
    expect(bench.client.connected).toBe(true)
  })

  test('a PUBREC for an unknown id that says no ends the exchange: nothing answers it [MQTT-4.3.3-4]', () => {
    const bench = new Bench()
    bench.connect()
    bench.gets(pubrec(77, 0x80))
    expect(bench.log).toEqual([])
    expect(bench.client.connected).toBe(true)
  })

  test.each([
    ['a PUBACK for it', puback(1)],
    ['a PUBCOMP before PUBREC', pubcomp(1)],
  ])('%s is a protocol error', (_, bytes) => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1, { qos: 2 })
    bench.clear()
    bench.gets(bytes)
    expect(what(bench).slice(0, 2)).toEqual(['DISCONNECT 82', 'close'])
  })
})

describe('packet ids', () => {
  test('wrap from 65535 to 1 and pass over those in use [MQTT-2.2.1-3]', () => {
    const ids = new PacketIds({ uses: (id) => id === 65_535 || id === 1 }, 65_533)
    const requests = { uses: (id: number) => id === 2 }
    expect([1, 2, 3].map(() => ids.take(requests))).toEqual([65_534, 3, 4])
  })
})

test('a PUBLISH has no subscription identifier and its properties in order [MQTT-3.3.4-6] [MQTT-3.3.2-1]', () => {
  const bench = new Bench()
  bench.connect()
  queue(bench, 1, {
    properties: {
      payloadFormat: 1,
      contentType: 'json',
      responseTopic: 'r',
      correlationData: Uint8Array.of(7),
      userProperties: [['k', 'v']],
    },
  })
  const props = [0x01, 1, 0x03, ...text('json'), 0x08, ...text('r'), 0x09, 0, 1, 7]
  expect(Array.from(bench.seen[bench.seen.length - 1].body)).toEqual([
    ...[...text('a'), 0, 1],
    ...properties(...props, 0x26, ...text('k'), ...text('v')),
    0x78,
  ])
})
