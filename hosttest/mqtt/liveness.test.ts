/** A live connection is kept, and a dead one is found in time. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { connack, pingresp, puback, u16 } from './wire'

const times = (bench: Bench, words: string): number[] =>
  bench.log.filter(([, each]) => each === words).map(([atMs]) => atMs)

describe('keep alive', () => {
  test('pings a connection on which nothing is sent, in time [MQTT-3.1.2-20]', () => {
    const bench = new Bench({ keepAliveS: 30 })
    bench.onPacket = ({ name }) => {
      if (name === 'PINGREQ') bench.client.receive(pingresp(), bench.now)
    }
    bench.connect()
    bench.pass(100_000)
    expect(bench.since()).toEqual([24_000, 48_000, 72_000, 96_000].map((at) => [at, 'PINGREQ']))
  })

  test('is the server’s if it names one [MQTT-3.1.2-21] [MQTT-3.2.2-21]', () => {
    const bench = new Bench({ keepAliveS: 30 })
    bench.connect(0x13, ...u16(10))
    bench.pass(8000)
    expect(bench.since()).toEqual([[8000, 'PINGREQ']])
  })

  test('of 0 never pings', () => {
    const bench = new Bench({ keepAliveS: 0 })
    bench.connect()
    bench.pass(1_000_000)
    expect(bench.log).toEqual([])
  })

  test('never pings a connection that publishes every 4 seconds, for a day', () => {
    const bench = new Bench()
    bench.connect()
    bench.onPacket = ({ name, body }) => {
      if (name === 'PUBLISH') bench.client.receive(puback((body[3] << 8) | body[4]), bench.now)
    }
    for (let tick = 0; tick < 21_600; tick++) {
      bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: tick }, bench.now)
      bench.pass(4000)
      bench.outputs.length = 0
    }
    expect(times(bench, 'PINGREQ')).toEqual([])
    expect(bench.client.connected).toBe(true)
  })

  test('without its PINGRESP ends the connection [MQTT-3.12.4-1]', () => {
    const bench = new Bench()
    bench.connect()
    bench.pass(34_000)
    expect(bench.since()).toEqual([
      [24_000, 'PINGREQ'],
      [34_000, 'close'],
      [34_000, 'disconnected: no PINGRESP in time'],
    ])
  })

  test('expects no PINGRESP for the ping of an earlier connection', () => {
    const bench = new Bench()
    bench.connect()
    bench.pass(24_000)
    bench.client.closed('cut', bench.now)
    bench.settle()
    bench.client.hurry(bench.now)
    bench.pass(1000)
    bench.gets(connack(1))
    bench.clear()
    bench.pass(12_000)
    expect(bench.log).toEqual([])
  })
})

describe('a half-open connection', () => {
  test('is found 12 s after the first publish without an answer, though later ones are sent', () => {
    const bench = new Bench()
    bench.connect()
    for (let tick = 0; tick < 4; tick++) {
      bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: tick }, bench.now)
      bench.pass(4000)
    }
    expect(times(bench, 'close')).toEqual([12_000])
  })
  test('is found by a publisher of QoS 0 too, which only a ping gets an answer', () => {
    const bench = new Bench({ keepAliveS: 30 })
    bench.connect()
    for (let tick = 0; tick < 10; tick++) {
      bench.client.publish({ topic: 'a', payload: '', qos: 0, tag: tick }, bench.now)
      bench.pass(4000)
    }
    expect(times(bench, 'PINGREQ')).toEqual([24_000])
    expect(times(bench, 'close')).toEqual([34_000])
  })
})
