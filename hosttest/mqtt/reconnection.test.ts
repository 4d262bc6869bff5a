/** When the next connection is made, with which credentials, and why the last one ended. */
import { describe, expect, test } from '@jest/globals'
import { later } from '../../firmware/core/time'
import type { MqttOutput } from '../../firmware/mqtt/client'
import { Bench } from './bench'
import { what } from './messages'
import { connack, disconnect, pingresp, publish, text } from './wire'

const times = (bench: Bench, words: string): number[] =>
  bench.log.filter(([, each]) => each === words).map(([atMs]) => atMs)

function attempts(bench: Bench, ms: number): number[] {
  bench.clear()
  bench.pass(ms)
  return times(bench, 'open')
}

describe('reconnecting', () => {
  test('that has just started waits at random up to 1, 2, 4 … 64 s, and never longer', () => {
    const waits: number[][] = []
    for (let seed = 1; seed <= 200; seed++) {
      const bench = new Bench({ openMs: 1 }, seed)
      bench.onOpen = () => bench.client.closed('refused', bench.now)
      bench.client.start(bench.now)
      const at = attempts(bench, 1_500_000)
      waits.push(at.slice(1, 13).map((ms, i) => ms - at[i]))
    }
    for (let i = 0; i < 12; i++) {
      const ceilingMs = Math.min(64_000, 1000 * 2 ** i)
      const column = waits.map((row) => row[i])
      expect(Math.max(...column)).toBeLessThanOrEqual(ceilingMs)
      // Most of the seventh are drawn from what is left of 49 s.
      expect(Math.max(...column)).toBeGreaterThan((i === 6 ? 0.7 : 0.9) * ceilingMs)
      expect(Math.min(...column)).toBeLessThan(0.1 * ceilingMs)
    }
  })

  test('takes only 20 s of a stable connection for one that has worked', () => {
    const bench = new Bench()
    const lives = (ms: number): number => {
      bench.client.start(bench.now)
      while (!bench.client.connected) {
        bench.pass(1000)
        bench.gets(connack())
      }
      bench.pass(ms)
      bench.client.closed('cut', bench.now)
      bench.settle()
      const lost = bench.outputs[bench.outputs.length - 1] as Extract<
        MqttOutput,
        { kind: 'disconnected' }
      >
      return lost.retryAt - bench.now
    }
    let longest = 0
    for (let i = 0; i < 30; i++) longest = Math.max(longest, lives(19_000))
    expect(longest).toBeGreaterThan(20_000)
    for (let i = 0; i < 10; i++) expect(lives(20_000)).toBeLessThanOrEqual(19_000)
  })

  /** The times of all attempts, the broker being away from a moment when all was well. */
  function awayFromGood(seed: number, end: (bench: Bench) => void): number[] {
    const bench = new Bench({ openMs: 1 }, seed)
    bench.connect()
    bench.pass(21_000)
    const lostAt = bench.now
    bench.onOpen = () => bench.client.closed('refused', bench.now)
    end(bench)
    bench.settle()
    return attempts(bench, 600_000).map((at) => at - lostAt)
  }

  test('after a connection that had worked tries within 19 s, then anywhere up to 49 s after its loss, then every 64 s', () => {
    const firsts: number[] = []
    const lastInTime: number[] = []
    for (let seed = 1; seed <= 300; seed++) {
      const at = awayFromGood(seed, (bench) => bench.client.closed('reset', bench.now))
      const inTime = at.filter((ms) => ms <= 49_000)
      firsts.push(at[0])
      lastInTime.push(inTime[inTime.length - 1])
      expect(at[1]).toBeGreaterThanOrEqual(19_000)
      expect(inTime.length).toBeLessThan(16)
      for (let i = inTime.length; i < at.length; i++)
        expect(at[i] - at[i - 1]).toBeLessThanOrEqual(64_000)
    }
    expect(Math.max(...firsts)).toBeLessThanOrEqual(19_000)
    expect(Math.max(...firsts)).toBeGreaterThan(18_000)
    expect(Math.min(...firsts)).toBeLessThan(1000)
    // Each has tried in the last second or so: an outage of 48 s costs none a sample.
    expect(Math.min(...lastInTime)).toBeGreaterThanOrEqual(48_000)
  })

  test('counts those 49 s from the last answer, though the loss is noticed 10 s later', () => {
    for (let seed = 1; seed <= 100; seed++) {
      let lastAnswerAt = 0
      const at = awayFromGood(seed, (bench) => {
        lastAnswerAt = bench.now
        bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
        bench.pass(12_000)
        expect(what(bench).pop()).toBe('disconnected: no acknowledgement in time')
      })
      expect(lastAnswerAt).toBe(21_000)
      const inTime = at.filter((ms) => ms <= 49_000)
      expect(inTime[0]).toBeGreaterThanOrEqual(12_000)
      expect(inTime[0]).toBeLessThanOrEqual(19_000)
      expect(inTime[inTime.length - 1]).toBeGreaterThanOrEqual(48_000)
    }
  })

  // It was counted anew from each connection: an attempt came up to 70 s after the last acknowledgement.
  test('goes on counting them if the next connection does not last', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const bench = new Bench({}, seed)
      bench.connect()
      bench.pass(21_000)
      const lastAnswerAt = bench.now
      bench.onPacket = ({ name }) => {
        if (name === 'CONNECT') bench.client.receive(connack(1), bench.now)
      }
      bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
      bench.settle()
      const at = attempts(bench, 100_000).map((ms) => ms - lastAnswerAt)
      expect(at[1]).toBeLessThanOrEqual(49_000)
    }
  })

  test.each<[string, number, number]>([
    ['not authorised', 0x87, 30_000],
    ['bad user name or password', 0x86, 30_000],
    ['banned', 0x8a, 30_000],
    ['client identifier not valid', 0x85, 30_000],
    ['QoS not supported', 0x9b, 30_000],
    ['server busy', 0x89, 10_000],
    ['quota exceeded', 0x97, 10_000],
    ['connection rate exceeded', 0x9f, 10_000],
  ])('after a CONNACK %s (%i) stays away for %i ms each time', (_, reason, leastMs) => {
    const bench = new Bench()
    bench.onPacket = ({ name }) => {
      if (name === 'CONNECT') bench.client.receive(connack(0, reason), bench.now)
    }
    bench.client.start(bench.now)
    const at = attempts(bench, 2_000_000)
    expect(at.length).toBeGreaterThan(5)
    for (let i = 1; i < at.length; i++) expect(at[i] - at[i - 1]).toBeGreaterThanOrEqual(leastMs)
  })

  // Refused 18 s after the loss, the next attempt came up to 82 s after it.
  test('after a refusal of less than 30 s comes back while nothing is late', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const bench = new Bench({}, seed)
      bench.connect()
      bench.pass(21_000)
      const lostAt = bench.now
      bench.onPacket = ({ name }) => {
        if (name === 'CONNECT') bench.client.receive(connack(0, 0x86), bench.now)
      }
      bench.client.closed('reset', bench.now)
      bench.settle()
      const at = attempts(bench, 100_000).map((ms) => ms - lostAt)
      expect(at[1] - at[0]).toBeGreaterThanOrEqual(30_000)
      expect(at[1]).toBeLessThanOrEqual(50_000)
    }
  })

  test('after a takeover stays away for 30 s, even if it is stopped and started', () => {
    const bench = new Bench()
    bench.connect()
    bench.gets(disconnect(0x8e))
    bench.client.stop(bench.now)
    bench.client.start(bench.now)
    expect(attempts(bench, 29_999)).toEqual([])
    expect(attempts(bench, 2000)).toHaveLength(1)
  })

  test('and does so if both come before it has closed the transport', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.receive(disconnect(0x8e), bench.now)
    bench.client.stop(bench.now)
    bench.client.start(bench.now)
    expect(attempts(bench, 29_999)).toEqual([])
    expect(attempts(bench, 2000)).toHaveLength(1)
  })

  test('after a server that shuts down comes back within 49 s, spread over 47 of them', () => {
    const waits: number[] = []
    for (let seed = 1; seed <= 300; seed++) {
      const bench = new Bench({}, seed)
      bench.connect()
      bench.gets(disconnect(0x8b))
      waits.push(...attempts(bench, 49_000).slice(0, 1))
    }
    expect(waits).toHaveLength(300)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000)
    for (let from = 2000; from < 44_000; from += 6000)
      expect(waits.filter((atMs) => atMs >= from && atMs < from + 6000).length).toBeGreaterThan(20)
  })

  test('follows the server that it is sent to, for once or for good, and comes back when that fails', () => {
    const bench = new Bench()
    const servers: (string | undefined)[] = []
    const goOn = (): void => {
      bench.pass(130_000)
      for (const output of bench.outputs) if (output.kind === 'open') servers.push(output.server)
      bench.clear()
    }
    const moved = (reason: number, to: string): void => {
      bench.gets(disconnect(reason, 0x1c, ...text(to)))
      goOn()
    }
    bench.onPacket = ({ name }) => {
      if (name === 'CONNECT') bench.client.receive(connack(), bench.now)
      if (name === 'PINGREQ') bench.client.receive(pingresp(), bench.now)
    }
    bench.client.start(bench.now)
    bench.settle()
    bench.clear()
    moved(0x9c, 'other')
    bench.client.closed('cut', bench.now)
    goOn()
    moved(0x9d, 'new')
    bench.client.closed('cut', bench.now)
    goOn()
    expect(servers).toEqual(['other', undefined, 'new', 'new'])
    bench.client.closed('cut', bench.now)
    bench.onOpen = () => {
      bench.onOpen = () => bench.client.opened(bench.now)
      bench.client.closed('no such server', bench.now)
    }
    goOn()
    expect(servers.slice(4)).toEqual(['new', undefined])
    moved(0x9c, 'other')
    bench.client.closed('cut', bench.now)
    goOn()
    expect(servers.slice(6)).toEqual(['other', undefined])
  })
})

test('a DISCONNECT from the server closes without an answer [MQTT-4.13.2-1]', () => {
  const bench = new Bench()
  bench.connect()
  bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
  bench.gets(disconnect(0x8b))
  expect(what(bench)).toEqual(['close', 'disconnected: server shutting down (0x8b)'])
})

describe('what was not sent yet is never sent', () => {
  const asked = publish({ topic: 'a', qos: 1, id: 1 })

  test('after a DISCONNECT', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.receive(asked, bench.now)
    bench.gets(disconnect(0x8d))
    expect(what(bench)).toEqual([
      ...['message q1 a', 'close', 'disconnected: keep alive timeout (0x8d)'],
    ])
  })

  test('after the end of its transport, and not on the next one either', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.receive(asked, bench.now)
    bench.client.closed('cut', bench.now)
    bench.pass(1000)
    expect(what(bench)).toEqual(['message q1 a', 'disconnected: cut', 'open', 'CONNECT'])
    expect(bench.seen.map(({ name }) => name)).toEqual(['CONNECT'])
  })

  test('to a server that does not answer any more', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, bench.now)
    bench.settle()
    bench.clear()
    bench.now = later(bench.now, 12_000)
    bench.client.subscribe({ subscriptions: [{ filter: 'b', qos: 1 }], tag: 2 }, bench.now)
    bench.settle()
    expect(what(bench)).toEqual([
      'dropped 2: the connection ended before the answer',
      ...['close', 'disconnected: no acknowledgement in time'],
    ])
  })
})

describe('hurry, when the network is back,', () => {
  /** Refused connection after refused connection, until the backoff is long. */
  function awayLong(): Bench {
    const bench = new Bench()
    bench.onOpen = () => bench.client.closed('no route', bench.now)
    bench.client.start(bench.now)
    bench.pass(600_000)
    bench.onOpen = () => bench.client.opened(bench.now)
    bench.clear()
    return bench
  }

  test('has it connect within a second, whatever the backoff has grown to', () => {
    const bench = awayLong()
    bench.client.hurry(bench.now)
    bench.pass(1000)
    expect(what(bench)).toEqual(['open', 'CONNECT'])
  })

  test('does not shorten what the server asked for', () => {
    const bench = new Bench()
    bench.connect()
    bench.gets(disconnect(0x89))
    bench.clear()
    bench.client.hurry(bench.now)
    bench.pass(9999)
    expect(what(bench)).toEqual([])
    bench.pass(1001)
    expect(what(bench)).toEqual(['open', 'CONNECT'])
  })

  // Its last message before the outage was 12 s old, and the loss counted as the server's: up to 19 s more.
  test('concerns a connection that is found dead soon after: nobody else has lost the server then', () => {
    for (const [afterMs, isSoon] of [
      [1000, true],
      [11_000, false],
    ] as const) {
      let longestMs = 0
      for (let seed = 1; seed <= 40; seed++) {
        const bench = new Bench({ openMs: 1 }, seed)
        bench.connect()
        bench.pass(30_000)
        bench.client.hurry(bench.now)
        bench.pass(afterMs)
        const lostAt = bench.now
        bench.client.closed('no acknowledgement in time', bench.now)
        bench.settle()
        longestMs = Math.max(longestMs, attempts(bench, 30_000)[0] - lostAt)
      }
      expect([afterMs, longestMs <= 1000]).toEqual([afterMs, isSoon])
    }
  })

  test('changes nothing for a client that is connected or stopped', () => {
    const connected = new Bench()
    connected.connect()
    const stopped = new Bench()
    for (const bench of [connected, stopped]) {
      bench.client.hurry(bench.now)
      bench.pass(10_000)
      expect(what(bench)).toEqual([])
    }
  })
})

describe('credentials, and the reason of an end:', () => {
  const ended = (bench: Bench) => bench.outputs.filter((output) => output.kind === 'disconnected')

  test('identify holds from the next CONNECT on', () => {
    const bench = new Bench({ username: 'old', password: 'secret' })
    const names: string[] = []
    bench.onPacket = ({ name, body }) => {
      if (name === 'CONNECT') names.push(String.fromCharCode(...body).slice(-8))
    }
    bench.connect()
    bench.client.identify('new', 'key')
    bench.pass(1000)
    expect(what(bench)).toEqual([])
    bench.client.closed('cut', bench.now)
    bench.pass(1000)
    expect(names).toEqual(['\0\u0006secret', 'new\0\u0003key'])
  })

  test('what no CONNECT can carry is the programmer’s error', () => {
    const bench = new Bench()
    expect(() => bench.client.identify('\0', '')).toThrow()
  })

  test.each([
    ['CONNACK', () => connack(0, 0x87), 0x87],
    ['DISCONNECT', () => disconnect(0x8b), 0x8b],
  ])('a %s that refuses gives its reason', (name, refusal, reason) => {
    const bench = new Bench()
    if (name === 'DISCONNECT') bench.connect()
    else bench.client.start(bench.now)
    bench.settle()
    bench.gets(refusal())
    expect(ended(bench)).toMatchObject([{ reason }])
  })

  test('also if the server closes the transport first', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.receive(disconnect(0x8b), bench.now)
    bench.client.closed('the transport ended', bench.now)
    bench.settle()
    expect(ended(bench)).toMatchObject([{ reason: 0x8b }])
  })

  test('an end that is no answer of the server has none', () => {
    const bench = new Bench()
    bench.connect()
    bench.client.closed('reset', bench.now)
    bench.settle()
    expect(ended(bench).map(({ reason }) => reason)).toEqual([undefined])
  })
})
