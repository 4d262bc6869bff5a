/** Which session is resumed, and what a reconnect does to the messages in flight. */
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import { Bench } from './bench'
import { message, patient, queue, reconnect, what } from './messages'
import { connack, packet, puback, publish, u32 } from './wire'

describe('the session', () => {
  test('of an earlier life is not taken over: the client comes back at once and starts clean [MQTT-3.2.2-4]', () => {
    const bench = new Bench()
    bench.client.start(bench.now)
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
    bench.client.start(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['open', 'CONNECT clean'])
  })

  test('present after a clean start is a protocol error [MQTT-3.2.2-2]', () => {
    const bench = new Bench({ cleanStart: true })
    bench.client.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(1))
    expect(what(bench).slice(0, 2)).toEqual(['DISCONNECT 82', 'close'])
  })

  test('is asked for again after every loss, and kept while there is no connection [MQTT-3.1.2-23] [MQTT-4.1.0-1]', () => {
    const bench = new Bench()
    bench.connect()
    for (let loss = 0; loss < 3; loss++) {
      bench.client.closed('cut', bench.now)
      bench.pass(9000)
      bench.clear()
      bench.gets(connack(1))
      expect(what(bench)).toEqual(['connected, session present'])
    }
  })

  test('of a server that lets it expire with the connection is not asked for again', () => {
    const bench = new Bench()
    bench.connect(0x11, ...u32(0))
    bench.client.closed('cut', bench.now)
    bench.clear()
    bench.pass(1000)
    expect(what(bench)).toEqual(['disconnected: cut', 'open', 'CONNECT clean'])
  })

  test('that was given up stays given up until the server has agreed', () => {
    const bench = new Bench({ acknowledgeMs: 1e9 })
    bench.connect()
    const deadline = later(bench.now, 5)
    bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1, deadline }, bench.now)
    bench.settle()
    bench.pass(10)
    for (let loss = 0; loss < 2; loss++) {
      bench.client.closed('cut', bench.now)
      bench.pass(4000)
    }
    expect(what(bench).filter((words) => words.startsWith('CONNECT'))).toEqual([
      'CONNECT clean',
      'CONNECT clean',
    ])
  })
})

describe('after a reconnect', () => {
  test('what is unacknowledged is resent in its order, as duplicates, before anything new [MQTT-4.6.0-1] [MQTT-3.3.1-1] [MQTT-3.3.1-3] [MQTT-3.1.2-23]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 3)
    bench.gets(puback(2))
    bench.client.closed('cut', bench.now)
    bench.client.publish({ ...message, tag: 4 }, bench.now)
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
      // 'sent 1' was told before.
      ...['connected', 'PUBLISH q1 #3 a=x'],
    ])
  })

  test('without the session QoS 1 is sent anew in its order, before what waited', () => {
    const bench = new Bench(patient)
    bench.connect(0x21, 0, 3)
    for (const tag of [1, 2, 3, 4])
      bench.client.publish({ ...message, tag, payload: `${tag}` }, bench.now)
    bench.settle()
    expect(reconnect(bench, false)).toEqual([
      ...['connected', 'PUBLISH q1 #4 a=1', 'PUBLISH q1 #5 a=2', 'PUBLISH q1 #6 a=3'],
      ...['PUBLISH q1 #7 a=4', 'sent 4'],
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
    bench.client.closed('cut', bench.now)
    bench.clear()
    bench.pass(130_000)
    expect(what(bench)).toEqual([
      'disconnected: cut',
      'open',
      'dropped 1: its deadline has passed',
      'dropped 2: its deadline has passed',
      'CONNECT clean',
    ])
    // They are gone: nothing more is told of them, and nothing of them is sent.
    bench.clear()
    bench.gets(connack(0))
    expect(what(bench)).toEqual(['connected'])
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

  describe('a client that subscribes keeps the session, whatever the deadlines of its messages:', () => {
    const command = publish({ topic: 'command', payload: 'on', qos: 1, id: 9 })
    const subscribed = (qos: 1 | 2): Bench => {
      const bench = new Bench({ ...patient, openMs: 100_000 })
      bench.connect()
      bench.client.subscribe({ subscriptions: [{ filter: 'command', qos: 1 }], tag: 9 }, bench.now)
      bench.settle()
      bench.gets(packet(0x90, 0, 1, 0, 1))
      queue(bench, 1, { qos, deadline: later(bench.now, 60_000) })
      return bench
    }

    test.each([1, 2] as const)('after 70 s its command comes, and QoS %i is resent', (qos) => {
      const bench = subscribed(qos)
      bench.client.closed('cut', bench.now)
      bench.onOpen = () => {}
      bench.pass(70_000)
      bench.client.opened(bench.now)
      bench.settle()
      bench.clear()
      bench.gets(connack(1), command)
      expect(bench.seen[0].body[7] & 2).toBe(0)
      expect(what(bench)).toEqual([
        'connected, session present',
        'message q1 command',
        // As [MQTT-4.4.0-1] has it, to expire at once.
        ...['PUBACK #9', `PUBLISH q${qos} dup #2 1s a=x`],
      ])
    })

    test('until the session is gone, and its subscriptions with it', () => {
      const bench = subscribed(1)
      bench.now = later(bench.now, 130_000)
      reconnect(bench, false)
      queue(bench, 1, { deadline: later(bench.now, 10) })
      bench.client.closed('cut', bench.now)
      bench.settle()
      bench.clear()
      bench.client.hurry(bench.now)
      bench.pass(1000)
      expect(what(bench)).toContain('CONNECT clean')
    })
  })

  test('what is in flight is stale at its deadline', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 1, { deadline: later(bench.now, 60_000) })
    bench.client.closed('cut', bench.now)
    bench.onOpen = () => {}
    bench.pass(10_000)
    bench.clear()
    bench.now = 60_000 as never
    bench.client.opened(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['dropped 1: its deadline has passed', 'CONNECT clean'])
  })

  test('much is resent in pieces of about a TCP segment, and nothing new comes between', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 9, { payload: 'x'.repeat(500) })
    bench.client.closed('cut', bench.now)
    bench.client.publish({ ...message, tag: 10 }, bench.now)
    bench.client.publish({ ...message, qos: 0, tag: 11 }, bench.now)
    bench.pass(130_000)
    bench.clear()
    bench.gets(connack(1))
    expect(bench.sizes.length).toBeGreaterThan(3)
    for (const size of bench.sizes) expect(size).toBeLessThan(1400 + 520)
    const sent = what(bench).filter((words) => words.startsWith('PUBLISH'))
    expect(sent.map((words) => words.split(' ').slice(0, 3).join(' '))).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => 'PUBLISH q1 dup'),
      ...['PUBLISH q1 #10', 'PUBLISH q0 a=x'],
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
