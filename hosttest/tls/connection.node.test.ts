/** The device's TLS and TCP over a socket as lwIP's, which throws whenever it may: nothing may come back into the platform. */
import { randomFillSync } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { SecureConnection } from '../../firmware/dongle/secure'
import type { BrokerAddress } from '../../firmware/ports/bytestream'
import { TlsLayer } from '../../firmware/tls/layer'
import { nodePrimitives } from '../../tools/node/tls/primitives'
import type { Issued } from '../../tools/tls/authority'
import { Drive } from '../../tools/tls/drive'
import type { Script } from '../../tools/tls/script'
import { serveOn } from '../../tools/tls/server'
import { HOST, parties } from './converse'

interface TcpOptions {
  address: string
  onReadable(count: number): void
  onWritable(count: number): void
  onError(): void
}

/** As modules/io/socket/lwip/tcp.c: `ready` falls with the peer's end, though bytes may still be waiting. */
class Tcp {
  static last: Tcp
  static made = 0
  static refuses = false
  readonly options: TcpOptions
  ready = true
  waiting: number[] = []
  hear = (_bytes: Uint8Array) => {}

  constructor(options: TcpOptions) {
    if (Tcp.refuses) throw new Error('connect error')
    this.options = options
    Tcp.last = this
    Tcp.made++
  }

  read(bytes: Uint8Array): void {
    if (bytes.length > this.waiting.length) throw new Error('invalid')
    bytes.set(this.waiting.splice(0, bytes.length))
  }

  write(bytes: Uint8Array): void {
    if (!this.ready) throw new Error('not ready')
    this.hear(bytes.slice())
  }

  close(): void {
    this.ready = false
  }
}

jest.mock('embedded:io/socket/tcp', () => ({ __esModule: true, default: Tcp }), { virtual: true })

const { TcpSockets } = require('../../firmware/xs/tcp')

/** What the one alarm will do. */
let ring: (() => void) | undefined

let them: { root: Issued; broker: Issued }
let log: string[] = []
let now = 0

beforeAll(async () => {
  them = await parties()
})
beforeEach(() => {
  log = []
  now = 0
  Tcp.refuses = false
})
afterEach(() => {
  ring = undefined
})

type Resolve = (answer: (address: string | undefined, why: string) => void) => void

function newLayer(): TlsLayer {
  const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
  return new TlsLayer({ primitives: nodePrimitives(entropy), entropy, roots: () => [] })
}

function connect(
  resolve: Resolve = (answer) => answer('192.0.2.1', ''),
  layer = newLayer(),
  to: Partial<BrokerAddress> = {},
): Drive {
  const ports = {
    tcp: new TcpSockets(),
    network: { resolve: (_host: string, answer: Parameters<Resolve>[0]) => resolve(answer) },
    clock: { now: () => now as MonotonicMs },
    alarm: {
      set: (_due: MonotonicMs, run: () => void) => void (ring = run),
      clear: () => void (ring = undefined),
    },
  }
  const drive = new Drive(new SecureConnection({ layer }), ports, {
    onOpen: () => log.push('open'),
    onBytes: (bytes: Uint8Array) => log.push(`bytes ${bytes}`),
    onClosed: (why: string) => log.push(`closed: ${why}`),
  })
  drive.open({ host: HOST, port: 8883, anchors: [them.root.der], ...to }, Date.now() as UnixMs)
  return drive
}

/** Rings until the work of a handshake is done; deadlines are not waited for. */
function run(): void {
  for (let rounds = 0; rounds < 50; rounds++) {
    const once = ring
    ring = undefined
    once?.()
  }
}

/** The scripted server at the other end; what it says is read at once unless `isHeld`. */
function serve(script: Partial<Script> = {}, sessions?: Map<string, Uint8Array>): number {
  run()
  const told = { received: [], alerts: [], resumed: 0 }
  const tcp = Tcp.last
  serveOn(
    {
      on: (_event, hear) => (tcp.hear = hear),
      write: (bytes) => void tcp.waiting.push(...bytes),
      end: () => undefined,
      destroy: () => undefined,
    },
    { chain: [them.broker.der], key: them.broker.key, ...script },
    told,
    sessions,
  )
  tcp.options.onWritable(5744)
  for (let rounds = 0; rounds < 10; rounds++) {
    run()
    if (tcp.waiting.length > 0) tcp.options.onReadable(tcp.waiting.length)
  }
  return told.resumed
}

describe('the end of the peer', () => {
  test('comes with its close_notify: the answer has nowhere to go, and nothing is thrown', () => {
    connect()
    let isLast = false
    serve({
      afterwards: [{ type: 21, bytes: new Uint8Array([1, 0]) }],
      wire: (flight, bytes) => {
        // lwip tells of the end before the bytes that came before it are read.
        isLast = flight === 'finished'
        if (isLast) Tcp.last.ready = false
        return bytes
      },
    })
    Tcp.last.options.onError()
    run()
    expect(isLast).toBe(true)
    expect(log).toEqual(['open', 'closed: the server closed the connection'])
  })

  test('comes in the middle of the handshake: said once', () => {
    connect()
    serve({
      wire: (_flight, bytes) => {
        Tcp.last.ready = false
        return bytes
      },
    })
    Tcp.last.options.onError()
    run()
    expect(log).toEqual(['closed: the connection ended while awaiting ChangeCipherSpec'])
  })

  test('comes before anything: no connection', () => {
    connect()
    run()
    Tcp.last.options.onError()
    run()
    expect(log).toEqual(['closed: no connection to 192.0.2.1'])
  })

  test('comes while it is open; writing then is no exception', () => {
    const stream = connect()
    serve()
    Tcp.last.ready = false
    stream.write(new Uint8Array(10))
    stream.write(new Uint8Array(10))
    Tcp.last.options.onError()
    run()
    stream.write(new Uint8Array(10))
    expect(log).toEqual(['open', 'closed: the connection ended without a close_notify'])
  })
})

test('the platform refuses to connect', () => {
  Tcp.refuses = true
  connect()
  expect(log).toEqual([])
  run()
  expect(log).toEqual(['closed: no connection to 192.0.2.1'])
})

test('a name without an address', () => {
  connect((answer) => answer(undefined, 'no such host'))
  expect(log).toEqual([])
  run()
  expect(log).toEqual(['closed: no such host'])
})

test('a name that is answered too late', () => {
  let late = (_address: string | undefined, _why: string) => {}
  connect((answer) => (late = answer))
  run()
  now = 30_000
  run()
  expect(log).toEqual(['closed: no address for broker.example.org in time'])
  const { made } = Tcp
  late('192.0.2.1', '')
  run()
  expect(log).toHaveLength(1)
  expect(Tcp.made).toBe(made)
})

test('a peer that takes nothing', () => {
  const stream = connect()
  serve()
  Tcp.last.options.onWritable(0)
  for (let i = 0; i < 9; i++) stream.write(new Uint8Array(1000))
  run()
  expect(log).toEqual(['open', 'closed: the server takes no bytes without a close_notify'])
})

test('what the socket does not take at once goes out later, in order', () => {
  const sent: number[] = []
  const events = { onOpen() {}, onBytes() {}, onClosed() {} }
  const stream = new TcpSockets().connect('192.0.2.1', 8883, events)
  const { options } = Tcp.last
  Tcp.last.hear = (bytes) => void sent.push(...bytes)
  options.onWritable(2)
  const reused = Uint8Array.of(1, 2, 3)
  stream.write(reused)
  reused.fill(0)
  stream.write(Uint8Array.of(4, 5))
  expect(sent).toEqual([1, 2])
  options.onWritable(2)
  expect(sent).toEqual([1, 2, 3, 4])
  options.onWritable(9)
  expect(sent).toEqual([1, 2, 3, 4, 5])
})

test('what is closed says nothing more', () => {
  const stream = connect()
  serve()
  stream.close()
  stream.close()
  stream.write(new Uint8Array(1))
  run()
  expect(log).toEqual(['open'])
  expect(ring).toBeUndefined()
})

test('a session is offered again after an honest end, and forgotten after a fault', () => {
  const layer = newLayer()
  const sessions = new Map<string, Uint8Array>()
  const resumed: number[] = []
  const alert = (...bytes: number[]) => [{ type: 21, bytes: new Uint8Array(bytes) }]
  for (const afterwards of [alert(1, 0), alert(2, 80), alert(1, 0), alert(1, 0)]) {
    connect(undefined, layer)
    resumed.push(serve({ resumes: 'always', afterwards }, sessions))
  }
  expect(resumed).toEqual([0, 1, 0, 1])
})

test('a session is offered to its own host and port only, with its own anchors', async () => {
  const layer = newLayer()
  const sessions = new Map<string, Uint8Array>()
  const other = (await parties()).root.der
  const goodbye = [{ type: 21, bytes: Uint8Array.of(1, 0) }]
  const both = [them.root.der, other]
  const resumed = [
    {},
    {},
    { port: 8884 },
    { port: 8884 },
    { anchors: both },
    { anchors: both },
    {},
  ].map((to) => {
    connect(undefined, layer, to)
    return serve({ resumes: 'always', afterwards: goodbye }, sessions)
  })
  expect(resumed).toEqual([0, 1, 0, 1, 0, 1, 0])
})

test('an attempt that does not reach the server does not cost the session', () => {
  const layer = newLayer()
  const sessions = new Map<string, Uint8Array>()
  const goodbye = [{ type: 21, bytes: Uint8Array.of(1, 0) }]
  connect(undefined, layer)
  serve({ resumes: 'always', afterwards: goodbye }, sessions)
  connect((answer) => answer(undefined, 'no such host'), layer)
  run()
  connect(undefined, layer)
  expect(serve({ resumes: 'always', afterwards: goodbye }, sessions)).toBe(1)
})
