/** The handshake: what CONNECT says, and what CONNACK changes. */
import { describe, expect, test } from '@jest/globals'
import type { MqttOptions } from '../../firmware/mqtt/client'
import { Bench } from './bench'
import { what } from './messages'
import { connack, packet, properties, text, u16, u32 } from './wire'

function connectBody(options: Partial<MqttOptions> = {}): number[] {
  const bench = new Bench({ sessionExpiryS: 3600, ...options })
  bench.client.start(bench.now)
  bench.settle()
  return Array.from(bench.seen[0].body)
}

/** What every CONNECT of these tests starts with, up to its flags. */
const START = [...text('MQTT'), 5]
const PROPERTIES = properties(
  ...[0x11, ...u32(3600), 0x21, ...u16(16), 0x27, ...u32(1024), 0x22, ...u16(8)],
)

describe('CONNECT', () => {
  test('comes first, and once [MQTT-3.1.0-1] [MQTT-3.1.0-2]', () => {
    const bench = new Bench()
    bench.client.publish({ topic: 'a', payload: '', qos: 0, tag: 1 }, bench.now)
    bench.client.start(bench.now)
    bench.settle()
    bench.client.opened(bench.now)
    bench.client.start(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['open', 'CONNECT'])
  })

  test('with the least: protocol, version, no flags, and the client id [MQTT-3.1.2-1] [MQTT-3.1.2-3] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.3-3]', () => {
    expect(connectBody()).toEqual([...START, 0, 0, 30, ...PROPERTIES, ...text('dongle')])
  })

  test('with everything, its fields in their order [MQTT-3.1.3-1] [MQTT-3.1.2-9] [MQTT-3.1.2-12] [MQTT-3.1.2-17] [MQTT-3.1.2-19]', () => {
    const body = connectBody({
      username: 'user',
      password: 'pass',
      cleanStart: true,
      will: {
        topic: 'will/topic',
        payload: 'gone',
        qos: 2,
        retain: true,
        properties: { willDelayS: 5, messageExpiryS: 6, userProperties: [['k', 'v']] },
      },
      connectProperties: { requestResponseInformation: 1, userProperties: [['a', 'b']] },
    })
    const more = [0x19, 1, 0x26, ...text('a'), ...text('b')]
    const will = [0x18, ...u32(5), 0x02, ...u32(6), 0x26, ...text('k'), ...text('v')]
    expect(body).toEqual([
      ...[...START, 0xf6, 0, 30, ...properties(...PROPERTIES.slice(1), ...more)],
      ...[...text('dongle'), ...properties(...will), ...text('will/topic'), ...text('gone')],
      ...[...text('user'), ...text('pass')],
    ])
  })

  test('carries text as UTF-8 [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12]', () => {
    const body = connectBody({ clientId: 'zähler', username: '€' })
    expect(body.slice(-5)).toEqual([0, 3, 0xe2, 0x82, 0xac])
    expect(body.slice(-14, -5)).toEqual(text('z\xc3\xa4hler'))
  })

  test('keeps U+FEFF where it stands [MQTT-1.5.4-3]', () => {
    expect(connectBody({ clientId: '\ufeffa' }).slice(-6)).toEqual([0, 4, 0xef, 0xbb, 0xbf, 0x61])
  })
})

const will = { topic: 'will', payload: '', qos: 0, retain: false } as const

describe('options that cannot work throw', () => {
  test.each<[string, Partial<MqttOptions>]>([
    ['a keep alive that is no number of seconds', { keepAliveS: 0.5 }],
    ['a keep alive of more than 16 bits', { keepAliveS: 65_536 }],
    ['a session expiry below 0', { sessionExpiryS: -1 }],
    ['Receive Maximum 0', { receiveMaximum: 0 }],
    ['no room for messages', { capacity: 0 }],
    ['a client id with U+0000', { clientId: 'a\0' }],
    ['a user name with a lone surrogate [MQTT-1.5.4-1]', { username: '\ud800' }],
    ['a Will to a wildcard', { will: { topic: 'a/#', payload: '', qos: 0, retain: false } }],
    ['a Will longer than its field', { will: { ...will, payload: 'é'.repeat(32_768) } }],
    ['a Will of too many bytes', { will: { ...will, payload: new Uint8Array(65_536) } }],
    ['a Will of QoS 3', { will: { ...will, qos: 3 as never } }],
    ['a Will with payload format 7', { will: { ...will, properties: { payloadFormat: 7 } } }],
    ['a Will delayed by 1.5 s', { will: { ...will, properties: { willDelayS: 1.5 } } }],
    ['a Will that expires after -1 s', { will: { ...will, properties: { messageExpiryS: -1 } } }],
    ['problem information 2', { connectProperties: { requestProblemInformation: 2 } }],
    ['response information -1', { connectProperties: { requestResponseInformation: -1 } }],
    ['a user property with U+0000', { connectProperties: { userProperties: [['k', 'v\0']] } }],
    [
      'authentication data longer than their field',
      { authentication: { method: 'm', data: new Uint8Array(65_536) } },
    ],
    ['no room for what comes in', { inboundCapacity: 0 }],
  ])('%s', (_, options) => {
    expect(() => new Bench(options)).toThrow()
  })

  test('and do not tell the password', () => {
    let words = ''
    try {
      new Bench({ password: 'secret\0' })
    } catch (error) {
      words = String(error)
    }
    expect(words).toMatch('U+0000')
    expect(words).not.toMatch('secret')
  })
})

test('bytes in the options are copied', () => {
  const payload = Uint8Array.of(104, 105)
  const correlationData = Uint8Array.of(7)
  const data = Uint8Array.of(9)
  const bench = new Bench({
    will: { ...will, payload, properties: { correlationData } },
    authentication: { method: 'm', data },
  })
  for (const each of [payload, correlationData, data]) each.fill(0)
  bench.client.start(bench.now)
  bench.settle()
  const body = Array.from(bench.seen[0].body).join()
  for (const each of [
    [0x16, 0, 1, 9],
    [0x09, 0, 1, 7],
    [0, 2, 104, 105],
  ])
    expect(body).toContain(each.join())
})

test('an option that is undefined is as one that is left out', () => {
  const bench = new Bench({ capacity: undefined, cleanStart: undefined, openMs: undefined })
  bench.connect()
  expect(bench.client.connected).toBe(true)
})

describe('CONNACK', () => {
  test('assigns a client id, which is kept [MQTT-3.2.2-16] [MQTT-3.1.3-2]', () => {
    const bench = new Bench({ clientId: '' })
    bench.connect(0x12, ...text('assigned'))
    expect(bench.client.clientId).toBe('assigned')
    bench.client.closed('cut', bench.now)
    bench.pass(1000)
    expect(Array.from(bench.seen[0].body).slice(-10)).toEqual(text('assigned'))
  })

  test('gives no other id to a client that has its own', () => {
    const bench = new Bench()
    bench.connect(0x12, ...text('stranger'))
    expect(bench.client.clientId).toBe('dongle')
  })

  test.each([
    [8, ['open', 'CONNECT', 'close', 'disconnected: the server takes 8 bytes a packet']],
    [9, ['open', 'CONNECT', 'connected']],
  ])('with a Maximum Packet Size of %i [MQTT-3.2.2-15]', (size, words) => {
    const bench = new Bench()
    bench.client.start(bench.now)
    bench.settle()
    bench.gets(connack(0, 0, 0x27, ...u32(size)))
    expect(what(bench)).toEqual(words)
  })

  test('that refuses closes the connection, without a DISCONNECT [MQTT-3.2.2-7] [MQTT-4.13.2-1]', () => {
    const bench = new Bench()
    bench.client.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(0, 0x89, 0x1f, ...text('later')))
    expect(what(bench)).toEqual(['close', 'disconnected: server busy (0x89): later'])
  })

  test.each([1, 5])('of MQTT 3 (code %i) is named as such, and waited for', (code) => {
    const bench = new Bench()
    bench.client.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(packet(0x20, 0, code))
    expect(what(bench)).toEqual([
      'close',
      'disconnected: unsupported protocol version (0x84): the server speaks MQTT 3',
    ])
    bench.pass(29_000)
    expect(bench.log).toEqual([])
  })

  test('passes its properties on', () => {
    const bench = new Bench()
    bench.client.start(bench.now)
    bench.settle()
    bench.gets(connack(0, 0, 0x1a, ...text('info')))
    expect(bench.outputs[bench.outputs.length - 1]).toEqual({
      kind: 'connected',
      sessionPresent: false,
      properties: { responseInformation: 'info' },
    })
  })

  test('has a deadline', () => {
    const bench = new Bench({ connackMs: 5000 })
    bench.client.start(bench.now)
    bench.pass(5000)
    expect(bench.since()).toEqual([
      ...[
        [0, 'open'],
        [0, 'CONNECT'],
      ],
      ...[
        [5000, 'close'],
        [5000, 'disconnected: no CONNACK in time'],
      ],
    ])
  })

  test('comes after a transport, which has a deadline too', () => {
    const bench = new Bench({ openMs: 7000 })
    bench.onOpen = () => {}
    bench.client.start(bench.now)
    bench.pass(7000)
    expect(bench.since()).toEqual([
      [0, 'open'],
      [7000, 'close'],
      [7000, 'disconnected: no connection in time'],
    ])
  })
})
