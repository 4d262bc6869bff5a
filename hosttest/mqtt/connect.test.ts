/** The handshake: what CONNECT says, what CONNACK changes, and whose session it is. */
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import type { SessionOptions } from '../../firmware/mqtt/session'
import { Bench } from './bench'
import { connack, properties, puback, pubrec, text, u16, u32 } from './wire'

function connectBody(options: Partial<SessionOptions> = {}): number[] {
  const bench = new Bench({ sessionExpiryS: 3600, ...options })
  bench.session.start(bench.now)
  bench.settle()
  return Array.from(bench.seen[0].body)
}

/** What every CONNECT of these tests starts with, up to its flags. */
const START = [...text('MQTT'), 5]
const PROPERTIES = properties(
  ...[0x11, ...u32(3600), 0x21, ...u16(16), 0x27, ...u32(1024), 0x22, ...u16(8)],
)

const what = (bench: Bench): string[] => bench.since().map(([, words]) => words)

describe('CONNECT', () => {
  test('comes first, and once [MQTT-3.1.0-1] [MQTT-3.1.0-2]', () => {
    const bench = new Bench()
    bench.session.publish({ topic: 'a', payload: '', qos: 0, tag: 1 }, bench.now)
    bench.session.start(bench.now)
    bench.settle()
    bench.session.opened(bench.now)
    bench.session.start(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['open', 'CONNECT'])
  })

  test('of the least there is: protocol, version, no flags, and the client id [MQTT-3.1.2-1] [MQTT-3.1.2-3] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.3-3]', () => {
    expect(connectBody()).toEqual([...START, 0, 0, 30, ...PROPERTIES, ...text('dongle')])
  })

  test('of the most there is, its fields in their order [MQTT-3.1.3-1] [MQTT-3.1.2-9] [MQTT-3.1.2-12] [MQTT-3.1.2-17] [MQTT-3.1.2-19]', () => {
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

describe('options that cannot work throw', () => {
  test.each<[string, Partial<SessionOptions>]>([
    ['a keep alive that is no number of seconds', { keepAliveS: 0.5 }],
    ['a keep alive of more than 16 bits', { keepAliveS: 65_536 }],
    ['a session expiry below 0', { sessionExpiryS: -1 }],
    ['Receive Maximum 0', { receiveMaximum: 0 }],
    ['no room for messages', { capacity: 0 }],
    ['a client id with U+0000', { clientId: 'a\0' }],
    ['a user name with a lone surrogate [MQTT-1.5.4-1]', { username: '\ud800' }],
    ['a Will to a wildcard', { will: { topic: 'a/#', payload: '', qos: 0, retain: false } }],
  ])('%s', (_, options) => {
    expect(() => new Bench(options)).toThrow()
  })

  test('without the password in the words', () => {
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

describe('CONNACK', () => {
  test('assigns a client id, which is kept [MQTT-3.2.2-16] [MQTT-3.1.3-2]', () => {
    const bench = new Bench({ clientId: '' })
    bench.connect(0x12, ...text('assigned'))
    expect(bench.session.clientId).toBe('assigned')
    bench.session.closed('cut', bench.now)
    bench.pass(1000)
    expect(Array.from(bench.seen[0].body).slice(-10)).toEqual(text('assigned'))
  })

  test('that refuses closes the connection, without a DISCONNECT [MQTT-3.2.2-7] [MQTT-4.13.2-1]', () => {
    const bench = new Bench()
    bench.session.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(0, 0x89, 0x1f, ...text('later')))
    expect(what(bench)).toEqual(['close', 'disconnected: server busy (0x89): later'])
  })

  test('passes its properties on', () => {
    const bench = new Bench()
    bench.session.start(bench.now)
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
    bench.session.start(bench.now)
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
    bench.session.start(bench.now)
    bench.pass(7000)
    expect(bench.since()).toEqual([
      [0, 'open'],
      [7000, 'close'],
      [7000, 'disconnected: no connection in time'],
    ])
  })
})

describe('the session', () => {
  test('of an earlier life is not taken over: the client comes back at once and starts clean [MQTT-3.2.2-4]', () => {
    const bench = new Bench()
    bench.session.start(bench.now)
    bench.settle()
    bench.gets(connack(1))
    bench.gets(connack(0))
    expect(what(bench)).toEqual([
      ...['open', 'CONNECT', 'DISCONNECT 00', 'close'],
      'disconnected: the server has a session that this client does not know',
      ...['open', 'CONNECT clean', 'connected'],
    ])
  })

  test('that the caller knows to be gone is not asked for', () => {
    const bench = new Bench({ cleanStart: true })
    bench.session.start(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['open', 'CONNECT clean'])
  })

  test('present after a clean start is a protocol error [MQTT-3.2.2-2]', () => {
    const bench = new Bench({ cleanStart: true })
    bench.session.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(1))
    expect(what(bench).slice(0, 2)).toEqual(['DISCONNECT 82', 'close'])
  })

  test('is asked for again after every loss, and kept while there is no connection [MQTT-3.1.2-23] [MQTT-4.1.0-1]', () => {
    const bench = new Bench()
    bench.connect()
    for (let loss = 0; loss < 3; loss++) {
      bench.session.closed('cut', bench.now)
      bench.pass(9000)
      bench.clear()
      bench.gets(connack(1))
      expect(what(bench)).toEqual(['connected, session present'])
    }
  })

  test('of a server that lets it expire with the connection is not asked for again', () => {
    const bench = new Bench()
    bench.connect(0x11, ...u32(0))
    bench.session.closed('cut', bench.now)
    bench.clear()
    bench.pass(1000)
    expect(what(bench)).toEqual(['disconnected: cut', 'open', 'CONNECT clean'])
  })

  test('that was given up stays given up until the server has agreed', () => {
    const bench = new Bench({ acknowledgeMs: 1e9 })
    bench.connect()
    const deadline = later(bench.now, 5)
    bench.session.publish({ topic: 'a', payload: '', qos: 1, tag: 1, deadline }, bench.now)
    bench.settle()
    bench.pass(10)
    for (let loss = 0; loss < 2; loss++) {
      bench.session.closed('cut', bench.now)
      bench.pass(4000)
    }
    expect(what(bench).filter((words) => words.startsWith('CONNECT'))).toEqual([
      'CONNECT clean',
      'CONNECT clean',
    ])
  })
})

describe('stop', () => {
  test('sends DISCONNECT, closes, and sends nothing any more [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.2-1]', () => {
    const bench = new Bench()
    bench.connect()
    bench.session.stop(bench.now)
    bench.session.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
    bench.pass(200_000)
    expect(bench.since()).toEqual([
      [0, 'DISCONNECT 00'],
      [0, 'close'],
      [0, 'disconnected: stopped'],
    ])
  })

  test('can leave the Will, and can end the session', () => {
    const bench = new Bench()
    bench.connect()
    bench.session.stop(bench.now, { withWill: true, endSession: true })
    bench.settle()
    expect(Array.from(bench.seen[bench.seen.length - 1].body)).toEqual([0x04, 5, 0x11, 0, 0, 0, 0])
    bench.session.start(bench.now)
    bench.settle()
    expect(what(bench).slice(-1)).toEqual(['CONNECT clean'])
  })

  test('before a connection needs no goodbye', () => {
    const bench = new Bench()
    bench.session.start(bench.now)
    bench.session.stop(bench.now)
    bench.settle()
    expect(what(bench)).toEqual([])
    bench.session.start(bench.now)
    bench.settle()
    bench.session.stop(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['open', 'CONNECT', 'close', 'disconnected: stopped'])
  })

  test('keeps what is in flight for the next start', () => {
    const bench = new Bench()
    bench.connect()
    bench.session.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
    bench.settle()
    bench.session.stop(bench.now)
    bench.settle()
    bench.session.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(1))
    expect(what(bench)).toEqual(['connected, session present', 'PUBLISH q1 dup #1 a='])
    bench.gets(puback(1))
    expect(what(bench)).toEqual(['acknowledged 1'])
  })
})

describe('enhanced authentication', () => {
  const auth = (reason: number, method: string, data: string): Uint8Array => {
    const props = properties(0x15, ...text(method), 0x16, ...text(data))
    return Uint8Array.from([0xf0, 1 + props.length, reason, ...props])
  }
  const started = (): Bench => {
    const bench = new Bench({ authentication: { method: 'M' } })
    bench.onOpen = () => bench.session.opened(bench.now, Uint8Array.of(1))
    bench.session.start(bench.now)
    bench.settle()
    return bench
  }
  const accept = connack(0, 0, 0x15, ...text('M'), 0x16, ...text('done'))

  test('goes to and fro before CONNACK, with nothing else sent [MQTT-3.1.2-30] [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.15.2-1]', () => {
    const bench = started()
    bench.session.publish({ topic: 'a', payload: '', qos: 0, tag: 1 }, bench.now)
    const method = [0x15, ...text('M'), 0x16, 0, 1, 1]
    expect(Array.from(bench.seen[0].body).slice(-16, -8)).toEqual(method)
    bench.gets(auth(0x18, 'M', 'prove'))
    expect(bench.outputs[bench.outputs.length - 1]).toEqual({
      kind: 'challenge',
      data: Uint8Array.from([112, 114, 111, 118, 101]),
    })
    expect(bench.session.authenticate(Uint8Array.of(2), bench.now)).toBeUndefined()
    bench.settle()
    expect(Array.from(bench.seen[1].body)).toEqual([0x18, 8, 0x15, ...text('M'), 0x16, 0, 1, 2])
    bench.gets(accept)
    expect(what(bench)).toEqual([
      ...['open', 'CONNECT', 'challenge', 'AUTH 18', 'authenticated', 'connected'],
      ...['PUBLISH q0 a=', 'sent 1'],
    ])
  })

  test.each<[string, Uint8Array]>([
    ['another method in AUTH [MQTT-4.12.0-5]', auth(0x18, 'N', '')],
    ['success before CONNACK [MQTT-4.12.0-2]', auth(0x00, 'M', '')],
    ['re-authentication by the server [MQTT-3.15.2-1]', auth(0x19, 'M', '')],
    ['no method in CONNACK [MQTT-4.12.0-5]', connack()],
  ])('ends on %s', (_, bytes) => {
    const bench = started()
    bench.clear()
    bench.gets(bytes)
    expect(what(bench)[0]).toMatch('DISCONNECT 8')
  })

  test('is refused in words where nothing was asked, or there is no method [MQTT-4.12.0-7]', () => {
    expect(started().session.authenticate(undefined, 0 as never)).toBe(
      'the server has asked nothing',
    )
    const bench = new Bench()
    expect(bench.session.authenticate(undefined, bench.now)).toBe('there is no connection')
    bench.connect()
    expect(bench.session.authenticate(undefined, bench.now)).toBe(
      'the connection was made without a method',
    )
  })

  test('can be done anew on a connection that stands, within the deadline [MQTT-4.12.1-1] [MQTT-4.12.1-2]', () => {
    const bench = started()
    bench.gets(accept)
    bench.clear()
    expect(bench.session.authenticate(Uint8Array.of(3), bench.now)).toBeUndefined()
    expect(bench.session.authenticate(undefined, bench.now)).toBe('an authentication is under way')
    bench.settle()
    bench.gets(auth(0x18, 'M', ''))
    bench.session.authenticate(Uint8Array.of(4), bench.now)
    bench.settle()
    bench.gets(auth(0x00, 'M', ''))
    expect(what(bench)).toEqual(['AUTH 19', 'challenge', 'AUTH 18', 'authenticated'])
    bench.session.authenticate(undefined, bench.now)
    bench.pass(12_000)
    expect(what(bench)).toEqual(['AUTH 19', 'close', 'disconnected: no acknowledgement in time'])
  })

  test('an AUTH out of the blue is illegal', () => {
    const bench = started()
    bench.gets(accept)
    bench.clear()
    bench.gets(auth(0x18, 'M', ''))
    expect(what(bench)[0]).toBe('DISCONNECT 82')
  })
})

test('PUBREL, AUTH and DISCONNECT carry neither reason strings nor user properties [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.15.2-2] [MQTT-3.15.2-3]', () => {
  const bench = new Bench({ authentication: { method: 'M' } })
  bench.connect(0x15, ...text('M'))
  bench.session.publish({ topic: 'a', payload: '', qos: 2, tag: 1 }, bench.now)
  bench.settle()
  bench.gets(pubrec(1))
  bench.session.authenticate(undefined, bench.now)
  bench.session.stop(bench.now)
  bench.settle()
  expect(bench.seen.slice(2).map(({ name, body }) => [name, ...Array.from(body)])).toEqual([
    ['PUBREL', 0, 1],
    ['AUTH', 0x19, 4, 0x15, ...text('M')],
    ['DISCONNECT'],
  ])
})
