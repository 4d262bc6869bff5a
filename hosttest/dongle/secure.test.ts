import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { SecureConnection } from '../../firmware/dongle/secure'
import type { SecureClientOutput, SecureLayer } from '../../firmware/ports/secure'
import { plainLayer } from '../../tools/sim/plain'

const TO = { host: 'broker.example', port: 8883 }
const UTC = 1_800_000_000_000 as UnixMs
const ADDRESS = '192.0.2.1'

/** One connection in virtual time, with all outputs in a timed log. */
class Bench {
  readonly log: string[] = []
  readonly connection: SecureConnection
  now = 0

  constructor(layer: SecureLayer = plainLayer) {
    this.connection = new SecureConnection({ layer })
  }

  /** Does something at an instant, after all deadlines before it. */
  at(instant: number, act: (connection: SecureConnection, now: MonotonicMs) => void): this {
    for (let until = this.#drain(); until < instant; until = this.#drain()) this.now = until
    this.now = instant
    act(this.connection, this.now as MonotonicMs)
    this.#drain()
    return this
  }

  open(to = TO): this {
    return this.at(this.now, (connection, now) => connection.open(to, UTC, now))
  }

  opened(): this {
    return this.open()
      .at(10, (one) => one.resolved(TO.host, ADDRESS, ''))
      .at(20, (one) => one.tcpOpened())
  }

  until(end: number): string[] {
    return this.at(end, () => {}).log
  }

  #drain(): number {
    for (;;) {
      const output = this.connection.poll(this.now as MonotonicMs)
      if (output.kind === 'wait') return output.until
      this.log.push(`${this.now} ${inWords(output)}`)
    }
  }
}

function inWords(output: Exclude<ReturnType<SecureConnection['poll']>, { kind: 'wait' }>): string {
  switch (output.kind) {
    case 'resolve':
      return `resolve ${output.host}`
    case 'connect':
      return `connect ${output.address}:${output.port}`
    case 'send':
    case 'bytes':
      return `${output.kind} ${output.bytes}`
    case 'closed':
      return `closed: ${output.why}`
    default:
      return output.kind
  }
}

const OPENED = ['0 resolve broker.example', '10 connect 192.0.2.1:8883', '20 open']

test('name, TCP, TLS; bytes both ways; the end of TCP', () => {
  const bench = new Bench()
    .opened()
    .at(30, (one) => one.write(Uint8Array.of(1, 2)))
    .at(40, (one) => one.tcpBytes(Uint8Array.of(3)))
    .at(50, (one) => one.tcpClosed('the connection ended'))
  expect(bench.until(100_000)).toEqual([
    ...OPENED,
    '30 send 1,2',
    '40 bytes 3',
    '50 disconnect',
    '50 closed: the connection ended',
  ])
})

describe('it fails, and says why', () => {
  const resolve = (bench: Bench, at = 10) =>
    bench.at(at, (one) => one.resolved(TO.host, ADDRESS, ''))

  test('without an address', () => {
    const bench = new Bench()
      .open()
      .at(10, (one) => one.resolved(TO.host, undefined, 'no such name'))
    expect(bench.until(100_000).slice(1)).toEqual(['10 closed: no such name'])
  })

  test('if no resolver answers, and a late answer changes nothing', () => {
    const bench = resolve(new Bench().open(), 40_000)
    expect(bench.until(100_000).slice(1)).toEqual([
      '6500 closed: no address for broker.example in time',
    ])
  })

  test('if TCP is refused', () => {
    const bench = resolve(new Bench().open()).at(20, (one) => one.tcpClosed('refused'))
    expect(bench.until(100_000).slice(2)).toEqual(['20 closed: refused'])
  })

  // An attempt of 30 s filled most of the time in which nothing is late.
  test('if TCP does not open, 6.5 s after it was asked to', () => {
    const bench = resolve(new Bench().open())
    expect(bench.until(100_000).slice(2)).toEqual([
      '6510 disconnect',
      '6510 closed: no connection to 192.0.2.1 in time',
    ])
  })

  const SILENT: SecureLayer = {
    client(...options) {
      const client = plainLayer.client(...options)
      let why = ''
      return {
        ...client,
        receive() {},
        ended: (told) => void (why = told),
        poll: (now) =>
          why ? { kind: 'closed', why } : { kind: 'wait', until: (now + 30_000) as MonotonicMs },
      }
    },
  }

  // A server that stopped in the middle of its handshake was waited for for 30 s.
  test('if nothing comes of TLS for 10 s', () => {
    const bench = new Bench(SILENT).opened().at(9000, (one) => one.tcpBytes(Uint8Array.of(22)))
    expect(bench.until(100_000).slice(2)).toEqual([
      '19000 disconnect',
      '19000 closed: nothing came for 10 s',
    ])
  })

  test('if TLS refuses: what it has left to say goes out first', () => {
    const outputs: SecureClientOutput[] = [
      { kind: 'send', bytes: Uint8Array.of(21) },
      { kind: 'closed', why: 'unknown issuer "X"' },
    ]
    const layer: SecureLayer = {
      client: () => ({
        ...plainLayer.client(TO, UTC, 0 as MonotonicMs),
        poll: () => outputs.shift()!,
      }),
    }
    expect(new Bench(layer).opened().until(100_000).slice(2)).toEqual([
      '20 send 21',
      '20 disconnect',
      '20 closed: unknown issuer "X"',
    ])
  })
})

test('TLS gets the host, the time, and what is left of the 30 s', () => {
  const asked: unknown[] = []
  const layer: SecureLayer = {
    client(...options) {
      asked.push(...options)
      return plainLayer.client(...options)
    },
  }
  new Bench(layer)
    .at(500, () => {})
    .open()
    .at(900, (one) => {
      one.resolved(TO.host, ADDRESS, '')
      one.poll(900 as MonotonicMs)
      one.tcpOpened()
    })
  expect(asked).toEqual([TO, UTC, 30_500])
})

test('TLS that works is asked again at once, but not before others had their turn', () => {
  let polls = 0
  const layer: SecureLayer = {
    client: (...options) => ({
      ...plainLayer.client(...options),
      poll: (now) => (++polls < 5 ? { kind: 'wait', until: now } : { kind: 'open' }),
    }),
  }
  const connection = new SecureConnection({ layer })
  connection.open(TO, UTC, 7 as MonotonicMs)
  connection.poll(7 as MonotonicMs)
  connection.resolved(TO.host, ADDRESS, '')
  connection.poll(7 as MonotonicMs)
  connection.tcpOpened()
  for (let turn = 1; turn < 5; turn++)
    expect(connection.poll(7 as MonotonicMs)).toEqual({ kind: 'wait', until: 7 })
  expect(connection.poll(7 as MonotonicMs).kind).toBe('open')
})

describe('we close it', () => {
  const close = (one: SecureConnection) => one.close()

  test.each<[string, (bench: Bench) => void, string[]]>([
    ['before it is begun', () => {}, []],
    ['while the name is asked for', (bench) => bench.open(), ['0 resolve broker.example']],
    [
      'while TCP opens',
      (bench) => bench.open().at(10, (one) => one.resolved(TO.host, ADDRESS, '')),
      [...OPENED.slice(0, 2), '30 disconnect'],
    ],
    ['while it is open', (bench) => bench.opened(), [...OPENED, '30 disconnect']],
  ])('%s, and no more is said', (_when, begin, log) => {
    const bench = new Bench()
    begin(bench)
    bench
      .at(30, close)
      .at(40, close)
      .at(50, (one) => one.resolved(TO.host, ADDRESS, ''))
      .at(60, (one) => one.tcpOpened())
      .at(70, (one) => one.tcpBytes(Uint8Array.of(1)))
      .at(80, (one) => one.write(Uint8Array.of(1)))
      .at(90, (one) => one.tcpClosed('ended'))
    expect(bench.until(100_000)).toEqual(log)
  })

  test.each([1, 2])(
    'the last bytes of TLS go out before TCP is closed (asked %i times)',
    (times) => {
      const alert: SecureClientOutput[] = [{ kind: 'send', bytes: Uint8Array.of(21) }]
      let isClosed = false
      const layer: SecureLayer = {
        client: () => ({
          receive() {},
          write() {},
          ended() {},
          close: () => void (isClosed = true),
          poll: () =>
            (isClosed && alert.shift()) || { kind: 'wait', until: Infinity as MonotonicMs },
        }),
      }
      const bench = new Bench(layer).opened().at(30, (one) => {
        for (let i = 0; i < times; i++) close(one)
      })
      expect(bench.until(100_000).slice(2)).toEqual(['30 send 21', '30 disconnect'])
    },
  )
})

test('another connection in place of one: what still comes from the first changes nothing', () => {
  const bench = new Bench()
    .opened()
    .at(30, (one, now) => one.open({ host: 'other.example', port: 1 }, UTC, now))
    .at(40, (one) => one.tcpBytes(Uint8Array.of(1)))
    .at(50, (one) => one.tcpClosed('ended'))
    .at(60, (one) => one.resolved(TO.host, ADDRESS, ''))
    .at(70, (one) => one.resolved('other.example', '192.0.2.2', ''))
    .at(80, (one) => one.tcpOpened())
  expect(bench.log.slice(3)).toEqual([
    '30 resolve other.example',
    '70 connect 192.0.2.2:1',
    '80 open',
  ])
})
