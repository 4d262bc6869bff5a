/** What no server may send: each ends the connection, with the reason code that the standard names. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import {
  connack,
  disconnect,
  packet,
  properties,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  text,
  u16,
  u32,
} from './wire'

const topic = text('a')
const none = properties()
const user = [0x26, ...text('k'), ...text('v')]

type Row = [name: string, bytes: Uint8Array, reason: string]

const WHILE_CONNECTED: Row[] = [
  ['a packet of type 0 [MQTT-2.1.3-1]', packet(0x00), '81'],
  ['a CONNECT', packet(0x10), '82'],
  ['a SUBSCRIBE', packet(0x82), '82'],
  ['an UNSUBSCRIBE', packet(0xa2), '82'],
  ['a PINGREQ', packet(0xc0), '82'],
  ['a second CONNACK [MQTT-3.2.0-2]', connack(), '82'],
  ['an AUTH if no method was agreed [MQTT-4.12.0-6]', packet(0xf0), '82'],
  ['reserved flags in PUBACK [MQTT-2.1.3-1]', packet(0x41, 0, 1), '81'],
  ['reserved flags in PUBREL [MQTT-3.6.1-1]', packet(0x60, 0, 1), '81'],
  ['reserved flags in DISCONNECT [MQTT-3.14.1-1]', packet(0xe1), '81'],
  ['reserved flags in AUTH [MQTT-3.15.1-1]', packet(0xf1), '81'],
  ['reserved flags in PINGRESP', packet(0xd8), '81'],
  ['a PINGRESP with a body', packet(0xd0, 0), '81'],
  ['a length of five bytes', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01), '81'],
  ['a length longer than it needs to be [MQTT-1.5.5-1]', Uint8Array.of(0xd0, 0x80, 0x00), '81'],
  ['a packet above our maximum [MQTT-3.1.2-24]', Uint8Array.of(0x30, 0xff, 0x7f), '95'],
  ['the largest packet there is', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), '95'],

  ['QoS 3 [MQTT-3.3.1-4]', packet(0x36, ...topic, 0, 1, 0), '81'],
  ['a duplicate at QoS 0 [MQTT-3.3.1-2]', packet(0x38, ...topic, 0), '81'],
  ['a PUBLISH without a body', packet(0x30), '81'],
  ['a topic cut short', packet(0x30, 0, 5, 0x61), '81'],
  ['packet id 0 in PUBLISH [MQTT-2.2.1-4]', publish({ topic: 'a', qos: 1, id: 0 }), '82'],
  ['a wildcard # in a topic [MQTT-3.3.2-2]', publish({ topic: 'a/#' }), '82'],
  ['a wildcard + in a topic [MQTT-4.7.0-1]', publish({ topic: '+/a' }), '82'],
  ['a U+0000 in a topic [MQTT-1.5.4-2]', publish({ topic: 'a\0b' }), '81'],
  ['a surrogate in a topic [MQTT-1.5.4-1]', publish({ topic: 'a\xed\xa0\x80' }), '81'],
  ['an overlong character in a topic', publish({ topic: '\xc0\xaf' }), '81'],
  ['neither topic nor alias', publish({ topic: '' }), '82'],
  ['topic alias 0 [MQTT-3.3.2-8]', publish({ topic: 'a', props: [0x23, 0, 0] }), '94'],
  [
    'an alias above our maximum [MQTT-3.1.2-26]',
    publish({ topic: 'a', props: [0x23, 0, 9] }),
    '94',
  ],
  ['an alias of no topic', publish({ topic: '', props: [0x23, 0, 1] }), '82'],
  ['a topic alias twice', publish({ topic: 'a', props: [0x23, 0, 1, 0x23, 0, 1] }), '82'],
  ['subscription identifier 0', publish({ topic: 'a', props: [0x0b, 0] }), '82'],
  ['payload format 2', publish({ topic: 'a', props: [0x01, 2] }), '82'],
  [
    'a response topic with a wildcard [MQTT-3.3.2-14]',
    publish({ topic: 'a', props: [0x08, ...text('b/+')] }),
    '82',
  ],
  [
    'an empty response topic [MQTT-4.7.3-1]',
    publish({ topic: 'a', props: [0x08, ...text('')] }),
    '82',
  ],
  [
    'a response topic that is no text [MQTT-3.3.2-13]',
    publish({ topic: 'a', props: [0x08, ...text('\xff')] }),
    '81',
  ],
  [
    'a content type that is no text [MQTT-3.3.2-19]',
    publish({ topic: 'a', props: [0x03, ...text('\xff')] }),
    '81',
  ],
  [
    'a user property that is no text [MQTT-1.5.7-1]',
    publish({ topic: 'a', props: [0x26, ...text('k'), ...text('\xfe')] }),
    '81',
  ],
  ['an unknown property', publish({ topic: 'a', props: [0x7f, 0] }), '81'],
  ['a property identifier of two bytes', publish({ topic: 'a', props: [0x80, 0x01] }), '81'],
  ['a property of another packet', publish({ topic: 'a', props: [0x21, 0, 1] }), '81'],
  ['a property cut short', publish({ topic: 'a', props: [0x02, 0, 0] }), '81'],
  ['properties longer than their packet', packet(0x30, ...topic, 9, 1, 0), '81'],
  ['a property length longer than it needs to be', packet(0x30, ...topic, 0x80, 0), '81'],

  ['packet id 0 in PUBACK', puback(0), '82'],
  ['packet id 0 in PUBREL', pubrel(0), '82'],
  ['a PUBACK for an unknown id [MQTT-2.2.1-5]', puback(77), '82'],
  ['a PUBACK with a byte too many', packet(0x40, 0, 1, 0, 0, 0), '81'],
  ['a PUBACK of one byte', packet(0x40, 0), '81'],
  ['a reason code of SUBACK in PUBACK [MQTT-3.4.2-1]', puback(1, 0x01), '81'],
  ['a reason code of PUBREL in PUBREC [MQTT-3.5.2-1]', pubrec(1, 0x92), '81'],
  ['a reason code of PUBACK in PUBREL [MQTT-3.6.2-1]', pubrel(1, 0x87), '81'],
  ['a reason code of PUBACK in PUBCOMP [MQTT-3.7.2-1]', pubcomp(1, 0x10), '81'],
  [
    'a reason string twice',
    puback(1, 0, ...properties(0x1f, ...text('x'), 0x1f, ...text('y'))),
    '82',
  ],
  ['a SUBACK for nothing [MQTT-2.2.1-6] [MQTT-3.8.4-2]', packet(0x90, 0, 1, 0, 0), '82'],
  ['a SUBACK without reasons', packet(0x90, 0, 1, 0), '82'],
  ['a reason code of PUBACK in SUBACK [MQTT-3.9.3-2]', packet(0x90, 0, 1, 0, 0x10), '81'],
  ['an UNSUBACK for nothing [MQTT-3.10.4-5]', packet(0xb0, 0, 1, 0, 0), '82'],
  ['a reason code of SUBACK in UNSUBACK [MQTT-3.11.3-2]', packet(0xb0, 0, 1, 0, 0x01), '81'],
  ['a session expiry in DISCONNECT [MQTT-3.14.2-2]', disconnect(0x00, 0x11, ...u32(1)), '81'],
  ['an unknown reason in DISCONNECT [MQTT-3.14.2-1]', disconnect(0x55), '81'],
  ['a DISCONNECT with Will, which only clients send', disconnect(0x04), '81'],
]

const BEFORE_CONNACK: Row[] = [
  ['a PUBLISH [MQTT-3.2.0-1]', publish({ topic: 'a' }), '82'],
  ['a PINGRESP', packet(0xd0), '82'],
  ['a DISCONNECT [MQTT-3.14.0-1]', disconnect(0x8b), '82'],
  ['an AUTH [MQTT-4.12.0-6]', packet(0xf0, 0x18, ...none), '82'],
  ['reserved flags in CONNACK [MQTT-3.2.2-1]', connack(0x02), '81'],
  ['a session present in a refusal [MQTT-3.2.2-6]', connack(1, 0x87), '82'],
  ['a reason code of PUBACK in CONNACK [MQTT-3.2.2-8]', connack(0, 0x10), '81'],
  ['a method that nobody asked for [MQTT-4.12.0-6]', connack(0, 0, 0x15, ...text('m')), '82'],
  ['Receive Maximum 0', connack(0, 0, 0x21, 0, 0), '82'],
  ['Receive Maximum twice', connack(0, 0, 0x21, ...u16(5), 0x21, ...u16(5)), '82'],
  ['Maximum Packet Size 0', connack(0, 0, 0x27, ...u32(0)), '82'],
  ['Maximum QoS 2', connack(0, 0, 0x24, 2), '82'],
  ['Retain Available 2', connack(0, 0, 0x25, 2), '82'],
  ['a property of PUBLISH', connack(0, 0, 0x23, 0, 1), '81'],
  ['a CONNACK without the length of its properties [MQTT-2.2.2-1]', packet(0x20, 0, 0), '81'],
  ['a CONNACK with more than its properties', packet(0x20, 0, 0, 0, 0), '81'],
]

describe('a connection ends on', () => {
  for (const [name, bytes, reason] of WHILE_CONNECTED) {
    test(`${name}: ${reason}`, () => {
      const bench = new Bench()
      bench.connect()
      bench.gets(bytes)
      expect(whatOf(bench).slice(0, 2)).toEqual([`DISCONNECT ${reason}`, 'close'])
      expect(whatOf(bench)).toHaveLength(3)
      expect(whatOf(bench)[2]).toMatch(`(0x${reason})`)
    })
  }
})

describe('a handshake ends on', () => {
  for (const [name, bytes, reason] of BEFORE_CONNACK) {
    test(`${name}: ${reason}`, () => {
      const bench = new Bench()
      bench.client.start(bench.now)
      bench.settle()
      bench.clear()
      bench.gets(bytes)
      expect(whatOf(bench).slice(0, 2)).toEqual([`DISCONNECT ${reason}`, 'close'])
      expect(bench.client.connected).toBe(false)
    })
  }
})

describe('a client that wants no problem information [MQTT-3.1.2-29]', () => {
  test.each([
    ['a reason string in PUBACK', puback(1, 0, ...properties(0x1f, ...text('x')))],
    ['a user property in PUBREC', pubrec(1, 0, ...properties(...user))],
    ['a reason string in SUBACK', packet(0x90, 0, 1, ...properties(0x1f, ...text('x')), 0)],
  ])('leaves on %s', (_, bytes) => {
    const bench = new Bench({ connectProperties: { requestProblemInformation: 0 } })
    bench.connect()
    bench.gets(bytes)
    expect(whatOf(bench).slice(0, 2)).toEqual(['DISCONNECT 82', 'close'])
  })

  test('takes user properties in PUBLISH and reason strings in DISCONNECT', () => {
    const bench = new Bench({ connectProperties: { requestProblemInformation: 0 } })
    bench.connect()
    bench.gets(publish({ topic: 'a', props: user }), disconnect(0x8b, 0x1f, ...text('upgrade')))
    expect(whatOf(bench)).toEqual([
      'message q0 a',
      'close',
      'disconnected: server shutting down (0x8b): upgrade',
    ])
  })
})

test('nothing after the illegal packet is looked at [MQTT-3.14.4-1]', () => {
  const bench = new Bench()
  bench.connect()
  bench.gets(Uint8Array.from([...packet(0x00), ...publish({ topic: 'a', qos: 1, id: 1 })]))
  bench.gets(publish({ topic: 'a', qos: 1, id: 2 }))
  expect(whatOf(bench).slice(0, 2)).toEqual(['DISCONNECT 81', 'close'])
  expect(whatOf(bench)).toHaveLength(3)
})

test('a server that floods with what must be answered is left [MQTT-4.13.2-1]', () => {
  const bench = new Bench()
  bench.connect()
  const one = pubrel(9)
  const flood = new Uint8Array(one.length * 4000)
  for (let i = 0; i < 4000; i++) flood.set(one, i * one.length)
  bench.gets(flood)
  expect(whatOf(bench).slice(-3, -1)).toEqual(['DISCONNECT 96', 'close'])
})

test('a server that sends messages and takes no acknowledgements is left', () => {
  const bench = new Bench()
  bench.connect()
  bench.room = 0
  const one = publish({ topic: 'a', qos: 1, id: 1 })
  let messages = 0
  for (; bench.client.connected; messages++) bench.gets(one)
  expect(messages).toBe(4097)
  bench.pass(2000)
  expect(whatOf(bench).slice(messages)).toEqual([
    'close',
    'disconnected: more packets than can be taken: message rate too high (0x96)',
    'open',
  ])
})

describe('a server is not left for what the client itself has to tell:', () => {
  const method = [0x15, ...text('m')]
  const small = (): Bench => {
    const bench = new Bench({
      ...{ capacity: 2, inboundCapacity: 1, authentication: { method: 'm' } },
      ...{ acknowledgeMs: 1e6, keepAliveS: 0 },
    })
    bench.connect(...method)
    return bench
  }

  test('of the requests that a DISCONNECT leaves without their answer', () => {
    const bench = small()
    for (let tag = 1; tag <= 8; tag++)
      bench.client.subscribe({ subscriptions: [{ filter: 'a', qos: 0 }], tag }, bench.now)
    bench.settle()
    bench.clear()
    bench.gets(disconnect(0x8b))
    expect(whatOf(bench).slice(8)).toEqual(['close', 'disconnected: server shutting down (0x8b)'])
  })

  test('of the messages that were lost with its session', () => {
    const bench = small()
    for (const tag of [1, 2])
      bench.client.publish({ topic: 'a', payload: '', qos: 2, tag }, bench.now)
    bench.settle()
    bench.client.closed('cut', bench.now)
    bench.pass(1000)
    bench.clear()
    bench.gets(connack(0, 0, ...method))
    const lost = 'the server lost the session'
    expect(whatOf(bench)).toEqual([
      ...['authenticated', `dropped 1: ${lost}`, `dropped 2: ${lost}`, 'connected'],
    ])
  })
})

test('a DISCONNECT of 0x00, which is for clients to send, is taken for what it says', () => {
  const bench = new Bench()
  bench.connect()
  bench.gets(packet(0xe0))
  expect(whatOf(bench)).toEqual(['close', 'disconnected: success (0x00)'])
})

function whatOf(bench: Bench): string[] {
  return bench.log.map(([, what]) => what)
}
