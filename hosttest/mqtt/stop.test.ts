/** Goodbyes: what is said, and what is kept. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { queue, what } from './messages'
import { connack, puback } from './wire'

describe('stop', () => {
  test('sends DISCONNECT, closes, and sends nothing any more [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.2-1]', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.stop(bench.now)
    bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
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
    bench.client.stop(bench.now, { withWill: true, endSession: true })
    bench.settle()
    expect(Array.from(bench.seen[bench.seen.length - 1].body)).toEqual([0x04, 5, 0x11, 0, 0, 0, 0])
    bench.client.start(bench.now)
    bench.settle()
    expect(what(bench).slice(-1)).toEqual(['CONNECT clean'])
  })

  test('before CONNECT needs no goodbye, and before CONNACK has one: the server may have the Will already', () => {
    const bench = new Bench()
    bench.client.start(bench.now)
    bench.client.stop(bench.now)
    bench.settle()
    expect(what(bench)).toEqual([])
    bench.client.start(bench.now)
    bench.settle()
    bench.client.stop(bench.now)
    bench.settle()
    expect(what(bench)).toEqual([
      ...['open', 'CONNECT', 'DISCONNECT 00', 'close', 'disconnected: stopped'],
    ])
  })

  test('while the transport is being opened just gives it up', () => {
    const bench = new Bench()
    bench.onOpen = () => {}
    bench.client.start(bench.now)
    bench.settle()
    bench.client.stop(bench.now)
    bench.settle()
    expect(what(bench)).toEqual(['open', 'close', 'disconnected: stopped'])
  })

  test('that ends the session says so of what was in flight, and holds without a connection', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 1)
    bench.client.closed('cut', bench.now)
    bench.settle()
    bench.clear()
    bench.client.stop(bench.now, { endSession: true })
    bench.client.start(bench.now)
    bench.pass(1000)
    expect(what(bench)).toEqual(['dropped 1: its session was ended', 'open', 'CONNECT clean'])
  })

  test('keeps what is in flight for the next start', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
    bench.settle()
    bench.client.stop(bench.now)
    bench.settle()
    bench.client.start(bench.now)
    bench.settle()
    bench.clear()
    bench.gets(connack(1))
    expect(what(bench)).toEqual(['connected, session present', 'PUBLISH q1 dup #1 a='])
    bench.gets(puback(1))
    expect(what(bench)).toEqual(['acknowledged 1'])
  })
})
