import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { connack, disconnect, pingresp, puback } from './wire'

const power = { topic: 'site/1/data', payload: '{"value":7}', qos: 1, tag: 1 } as const

describe('a publisher', () => {
  test('connects, publishes at QoS 1 and is acknowledged', () => {
    const bench = new Bench()
    bench.client.start(bench.now)
    expect(bench.client.publish(power, bench.now)).toBeUndefined()
    bench.settle()
    bench.pass(100)
    bench.gets(connack())
    bench.pass(50)
    bench.gets(puback(1))
    expect(bench.since()).toEqual([
      [0, 'open'],
      [0, 'CONNECT'],
      [100, 'connected'],
      [100, 'PUBLISH q1 #1 site/1/data={"value":7}'],
      [100, 'sent 1'],
      [150, 'acknowledged 1'],
    ])
    expect(bench.client.connected).toBe(true)
  })

  test('sends what is pending in one piece', () => {
    const bench = new Bench()
    bench.connect()
    for (let tag = 1; tag <= 3; tag++) bench.client.publish({ ...power, tag }, bench.now)
    bench.settle()
    expect(bench.outputs.map(({ kind }) => kind)).toEqual(['send', 'sent', 'sent', 'sent'])
  })

  test('pings only a connection that is quiet', () => {
    const bench = new Bench()
    bench.connect()
    bench.pass(20_000)
    bench.client.publish(power, bench.now)
    bench.settle()
    bench.gets(puback(1))
    bench.clear()
    bench.pass(24_000)
    bench.gets(pingresp())
    bench.pass(23_999)
    expect(bench.since()).toEqual([[44_000, 'PINGREQ']])
  })

  test('leaves a connection on which nothing answers', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.publish(power, bench.now)
    bench.pass(12_000)
    expect(bench.since()).toEqual([
      [0, 'PUBLISH q1 #1 site/1/data={"value":7}'],
      [0, 'sent 1'],
      [12_000, 'close'],
      [12_000, 'disconnected: no acknowledgement in time'],
    ])
  })

  test('sends again after a reconnect, with the same id and as a duplicate, and never before', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.publish(power, bench.now)
    bench.pass(3000)
    bench.client.closed('reset', bench.now)
    bench.clear()
    bench.onOpen = () => bench.client.opened(bench.now)
    bench.pass(1000)
    bench.gets(connack(1))
    expect(bench.since().map(([, what]) => what)).toEqual([
      'disconnected: reset',
      'open',
      'CONNECT',
      'connected, session present',
      'PUBLISH q1 dup #1 site/1/data={"value":7}',
    ])
  })

  test('says goodbye', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.stop(bench.now)
    bench.pass(100_000)
    expect(bench.since()).toEqual([
      [0, 'DISCONNECT 00'],
      [0, 'close'],
      [0, 'disconnected: stopped'],
    ])
  })

  test('stays away for half a minute if its credentials are refused', () => {
    const bench = new Bench()
    bench.client.start(bench.now)
    bench.settle()
    bench.gets(connack(0, 0x87))
    bench.pass(29_999)
    expect(bench.since()).toEqual([
      [0, 'open'],
      [0, 'CONNECT'],
      [0, 'close'],
      [0, 'disconnected: not authorised (0x87)'],
    ])
  })

  test('stays away for half a minute if its session is taken over', () => {
    const bench = new Bench()
    bench.connect()
    bench.pass(25_000)
    bench.gets(pingresp(), disconnect(0x8e))
    bench.clear()
    bench.pass(29_999)
    expect(bench.since()).toEqual([])
    bench.pass(1001)
    expect(bench.since().map(([, what]) => what)).toEqual(['open', 'CONNECT'])
  })
})
