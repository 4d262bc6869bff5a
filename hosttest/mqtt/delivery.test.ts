/** Messages from the caller: order, packet ids, quota, aliases, expiry, and what a reconnect does to them. */
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import { PacketIds } from '../../firmware/mqtt/ids'
import type { Message } from '../../firmware/mqtt/session'
import { Bench } from './bench'
import {
  connack,
  properties,
  puback,
  pubcomp,
  publish,
  pubrec,
  seenPublish,
  text,
  u16,
  u32,
} from './wire'

const message: Message = { topic: 'a', payload: 'x', qos: 1, tag: 0 }

function queue(bench: Bench, count: number, more: Partial<Message> = {}): void {
  for (let tag = 1; tag <= count; tag++)
    expect(bench.session.publish({ ...message, ...more, tag }, bench.now)).toBeUndefined()
  bench.settle()
}

function what(bench: Bench): string[] {
  return bench.since().map(([, words]) => words)
}

/** Cuts the connection and comes back; answers what was written after CONNACK. */
function reconnect(bench: Bench, sessionPresent: boolean, ...props: number[]): string[] {
  bench.session.closed('cut', bench.now)
  bench.pass(130_000)
  bench.clear()
  bench.gets(connack(sessionPresent ? 1 : 0, 0, ...props))
  return what(bench)
}

/** Long enough for every backoff. */
const patient = { connackMs: 200_000, acknowledgeMs: 400_000, keepAliveS: 0 }

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
    expect(what(bench)).toEqual(['rejected 1: quota exceeded (0x97): slower'])
    expect(reconnect(bench, true)).toEqual(['connected, session present'])
  })

  test('takes a PUBACK that matched no subscriber for a yes', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1)
    bench.clear()
    bench.gets(puback(1, 0x10))
    expect(what(bench)).toEqual(['acknowledged 1'])
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

  test('a PUBREC for an unknown id is told so, and its PUBCOMP ends there [MQTT-2.2.1-5] [MQTT-3.6.2-1]', () => {
    const bench = new Bench()
    bench.connect()
    bench.gets(pubrec(77), pubcomp(77, 0x92))
    expect(what(bench)).toEqual(['PUBREL #77 92'])
    expect(bench.session.connected).toBe(true)
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

describe('after a reconnect', () => {
  test('what is unacknowledged is resent in its order, as duplicates, before anything new [MQTT-4.6.0-1] [MQTT-3.3.1-1] [MQTT-3.3.1-3] [MQTT-3.1.2-23]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 3)
    bench.gets(puback(2))
    bench.session.closed('cut', bench.now)
    bench.session.publish({ ...message, tag: 4 }, bench.now)
    bench.pass(130_000)
    bench.clear()
    bench.gets(connack(1))
    expect(what(bench)).toEqual([
      'connected, session present',
      ...['PUBLISH q1 dup #1 a=x', 'PUBLISH q1 dup #3 a=x', 'PUBLISH q1 #4 a=x', 'sent 4'],
    ])
  })

  test('without the session QoS 1 is sent anew and QoS 2 is dropped [MQTT-3.2.2-5]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1)
    queue(bench, 1, { qos: 2 })
    expect(reconnect(bench, false)).toEqual([
      'dropped 1: the server lost the session',
      ...['connected', 'PUBLISH q1 #3 a=x', 'sent 1'],
    ])
  })

  test('without the session a stale QoS 1 is dropped', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1, { deadline: later(bench.now, 1000) })
    queue(bench, 1)
    expect(reconnect(bench, false)[0]).toBe('dropped 1: its deadline has passed')
  })

  test('with everything in flight stale, the session is given up for a new one [MQTT-3.1.2-4]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 2, { deadline: later(bench.now, 10) })
    bench.session.closed('cut', bench.now)
    bench.clear()
    bench.pass(130_000)
    expect(what(bench)).toEqual([
      'disconnected: cut',
      'open',
      'dropped 1: its deadline has passed',
      'dropped 2: its deadline has passed',
      'CONNECT clean',
    ])
  })

  test('with something in flight still fresh, everything is resumed', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1, { deadline: later(bench.now, 10) })
    queue(bench, 1)
    expect(reconnect(bench, true)).toEqual([
      'connected, session present',
      ...['PUBLISH q1 dup #1 1s a=x', 'PUBLISH q1 dup #2 a=x'],
    ])
  })

  test('a smaller maximum packet size drops what no longer fits', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1, { payload: 'x'.repeat(100) })
    expect(reconnect(bench, true, 0x27, ...u32(64))).toEqual([
      'connected, session present',
      "dropped 1: it is above the server's maximum packet size",
    ])
  })
})

describe('Receive Maximum', () => {
  test.each([1, 2, 20, 65535])(
    '%i is never exceeded [MQTT-3.3.4-7] [MQTT-4.9.0-1] [MQTT-4.9.0-2]',
    (maximum) => {
      const bench = new Bench({ capacity: 64, acknowledgeMs: 1e9 })
      bench.connect(0x21, ...u16(maximum))
      let open = 0
      let most = 0
      bench.onPacket = ({ name }) => {
        if (name === 'PUBLISH') most = Math.max(most, ++open)
      }
      queue(bench, 60)
      for (let id = 1; id <= 60; id++) {
        expect(open).toBe(Math.min(maximum, 61 - id))
        open--
        bench.gets(puback(id))
      }
      expect(most).toBe(Math.min(maximum, 60))
    },
  )

  test('holds up neither QoS 0, nor PING, nor acknowledgements, nor SUBSCRIBE [MQTT-3.3.4-8] [MQTT-4.9.0-3]', () => {
    const bench = new Bench(patient)
    bench.connect(0x21, 0, 1)
    queue(bench, 2)
    bench.clear()
    bench.session.publish({ ...message, qos: 0, tag: 9 }, bench.now)
    bench.session.subscribe({ subscriptions: [{ filter: 'b', qos: 1 }], tag: 8 }, bench.now)
    bench.gets(publish({ topic: 'b', qos: 1, id: 5 }))
    expect(what(bench)).toEqual([
      'message q1 b',
      'SUBSCRIBE #2',
      'PUBACK #5',
      'PUBLISH q0 a=x',
      'sent 9',
    ])
  })

  test('a smaller one after a reconnect holds for what is resent too', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 3)
    expect(reconnect(bench, true, 0x21, 0, 1)).toEqual([
      'connected, session present',
      'PUBLISH q1 dup #1 a=x',
    ])
    bench.gets(puback(1))
    expect(what(bench)).toEqual(['acknowledged 1', 'PUBLISH q1 dup #2 a=x'])
  })

  test('a PUBREL that was resent counts, but does not wait', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 2, { qos: 2 })
    bench.gets(pubrec(2))
    expect(reconnect(bench, true, 0x21, 0, 1)).toEqual(['connected, session present', 'PUBREL #2'])
    bench.gets(pubcomp(2))
    expect(what(bench)).toEqual(['acknowledged 2', 'PUBLISH q2 dup #1 a=x'])
  })
})

describe('topic aliases', () => {
  const sentAliases = (bench: Bench): string[] =>
    bench.seen
      .filter(({ name }) => name === 'PUBLISH')
      .map((seen) => {
        const { topic, alias } = seenPublish(seen)
        return `${alias}=${topic}`
      })

  test('stand for a topic from the second time on', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 10)
    queue(bench, 2, { topic: 'site/1' })
    queue(bench, 2, { topic: 'site/2' })
    expect(sentAliases(bench)).toEqual(['1=site/1', '1=', '2=site/2', '2='])
  })

  test('stay within the maximum, the least recently used making way [MQTT-3.2.2-17] [MQTT-3.3.2-9]', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 2)
    for (const topic of ['a', 'b', 'a', 'c', 'a', 'b']) queue(bench, 1, { topic })
    expect(sentAliases(bench)).toEqual(['1=a', '2=b', '1=', '2=c', '1=', '2=b'])
  })

  test('are not used where the server takes none [MQTT-3.2.2-18]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 2)
    expect(sentAliases(bench)).toEqual(['0=a', '0=a'])
  })

  test('are forgotten with their connection: a resend carries its topic [MQTT-3.3.2-7]', () => {
    const bench = new Bench(patient)
    bench.connect(0x22, 0, 10)
    queue(bench, 2)
    reconnect(bench, true, 0x22, 0, 10)
    queue(bench, 2, { topic: 'b' })
    queue(bench, 1)
    expect(sentAliases(bench)).toEqual(['0=a', '0=a', '1=b', '1=', '2=a'])
  })

  test('are left away where they do not fit, and not remembered then', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 10, 0x27, ...u32(40))
    queue(bench, 1, { topic: 'topic', payload: 'x'.repeat(28) })
    queue(bench, 1, { topic: 'topic', payload: 'y' })
    queue(bench, 1, { topic: 'topic', payload: 'z' })
    expect(sentAliases(bench)).toEqual(['0=topic', '2=topic', '2='])
  })
})

describe('a deadline', () => {
  test('drops what was not sent before it, at that moment', () => {
    const bench = new Bench()
    queue(bench, 1, { deadline: later(bench.now, 4000) })
    bench.pass(5000)
    expect(bench.since()).toEqual([[4000, 'dropped 1: its deadline has passed']])
  })

  test('holds for what waits for its turn', () => {
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
    bench.session.start(bench.now)
    bench.settle()
    bench.pass(2500)
    bench.clear()
    bench.gets(connack())
    expect(what(bench)).toContain('PUBLISH q1 #1 57s a=x')
  })
})

describe('the queue', () => {
  test('is bounded, and says so', () => {
    const bench = new Bench({ capacity: 2 })
    queue(bench, 2)
    expect(bench.session.publish(message, bench.now)).toBe('no room: 2 messages are waiting')
  })

  test('makes room by dropping what has expired', () => {
    const bench = new Bench({ capacity: 1 })
    queue(bench, 1, { deadline: later(bench.now, 10) })
    bench.now = later(bench.now, 10)
    expect(bench.session.publish({ ...message, tag: 2 }, bench.now)).toBeUndefined()
  })

  test('keeps a copy of bytes', () => {
    const bench = new Bench()
    const payload = Uint8Array.of(104, 105)
    bench.session.publish({ ...message, payload }, bench.now)
    payload.fill(0)
    bench.connect()
    expect(
      bench.seen.map((seen) => seen.name === 'PUBLISH' && seenPublish(seen).payload),
    ).toContain('hi')
  })
})

describe('a message is refused before anything is written', () => {
  const refused = (more: Partial<Message>, ...props: number[]): string | undefined => {
    const bench = new Bench()
    bench.connect(...props)
    const why = bench.session.publish({ ...message, ...more }, bench.now)
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

  test('for retain where the server has none [MQTT-3.2.2-14]', () => {
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
    expect(refused({ properties: { contentType: '\0' } })).toBe('the content type has a U+0000')
    expect(refused({ properties: { userProperties: [['k', '\udfff']] } })).toBe(
      'a user property has a lone surrogate',
    )
  })

  test('and one that waited is dropped where the server it meets does not take it', () => {
    const bench = new Bench()
    queue(bench, 1, { qos: 2 })
    queue(bench, 1, { retain: true })
    queue(bench, 1)
    bench.session.start(bench.now)
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

describe('packet ids', () => {
  test('wrap from 65535 to 1 and pass over those in use [MQTT-2.2.1-3]', () => {
    const ids = new PacketIds(65_533)
    ids.watch({ uses: (id) => id === 65_535 || id === 1 })
    ids.watch({ uses: (id) => id === 2 })
    expect([ids.take(), ids.take(), ids.take()]).toEqual([65_534, 3, 4])
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
