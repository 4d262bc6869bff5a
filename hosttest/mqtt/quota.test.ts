/** The server's Receive Maximum, and ours. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { message, patient, queue, reconnect, what } from './messages'
import { puback, pubcomp, publish, pubrec, pubrel, u16 } from './wire'

function connected(options: { receiveMaximum: number }): Bench {
  const bench = new Bench(options)
  bench.connect()
  return bench
}

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

  test('is no limit if the server names none', () => {
    const bench = new Bench({ capacity: 200 })
    bench.connect()
    queue(bench, 200)
    expect(bench.seen.filter(({ name }) => name === 'PUBLISH')).toHaveLength(200)
  })

  test('holds up neither QoS 0, nor PING, nor acknowledgements, nor SUBSCRIBE [MQTT-3.3.4-8] [MQTT-4.9.0-3]', () => {
    const bench = new Bench(patient)
    bench.connect(0x21, 0, 1)
    queue(bench, 2)
    bench.clear()
    bench.client.publish({ ...message, qos: 0, tag: 9 }, bench.now)
    bench.client.subscribe({ subscriptions: [{ filter: 'b', qos: 1 }], tag: 8 }, bench.now)
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

  test('counts a PUBREL that was resent, but does not hold it up', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 2, { qos: 2 })
    bench.gets(pubrec(2))
    expect(reconnect(bench, true, 0x21, 0, 1)).toEqual(['connected, session present', 'PUBREL #2'])
    bench.gets(pubcomp(2))
    expect(what(bench)).toEqual(['acknowledged 2', 'PUBLISH q2 dup #1 a=x'])
  })
  test('holds up no QoS 0, even if a resumed session has more PUBREL than it allows [MQTT-3.3.4-8]', () => {
    const bench = new Bench(patient)
    bench.connect()
    queue(bench, 3, { qos: 2 })
    bench.gets(pubrec(1), pubrec(2))
    reconnect(bench, true, 0x21, 0, 1)
    queue(bench, 1, { qos: 0 })
    expect(what(bench)).toEqual(['PUBLISH q0 a=x', 'sent 1'])
    bench.gets(pubcomp(1))
    queue(bench, 1, { qos: 0 })
    expect(what(bench)).toEqual(['acknowledged 1', 'PUBLISH q0 a=x', 'sent 1'])
  })

  test('sets no deadline to a message that waits for it, but to one that was sent', () => {
    const bench = new Bench({ ...patient, acknowledgeMs: 200_000 })
    bench.connect()
    queue(bench, 2, { qos: 2 })
    bench.gets(pubrec(2))
    expect(reconnect(bench, true, 0x21, 0, 1)).toEqual(['connected, session present', 'PUBREL #2'])
    bench.pass(200_000)
    expect(what(bench)).toEqual(['close', 'disconnected: no acknowledgement in time'])
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
    expect(bench.client.connected).toBe(true)
  })
})
