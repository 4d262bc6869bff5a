/** The device's TLS and TCP over a socket as lwIP's, which throws whenever it may; each test begins with a new log. */
import { randomFillSync } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, jest } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { SecureConnection } from '../../firmware/dongle/secure'
import type { BrokerAddress } from '../../firmware/ports/bytestream'
import { TlsLayer } from '../../firmware/tls/layer'
import { nodePrimitives } from '../../tools/node/crypto'
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
export class Tcp {
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

export const { TcpSockets } = require('../../firmware/xs/tcp')

/** What the one alarm will do. */
export let ring: (() => void) | undefined

export let them: { root: Issued; broker: Issued }
export let log: string[] = []
let now = 0

/** Goes on to that time. */
export function waitUntil(time: number): void {
  now = time
}

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

export function newLayer(): TlsLayer {
  const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
  return new TlsLayer({ primitives: nodePrimitives(entropy), entropy, roots: () => [] })
}

export function connect(
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
export function run(): void {
  for (let rounds = 0; rounds < 50; rounds++) {
    const once = ring
    ring = undefined
    once?.()
  }
}

/** The scripted server at the other end; what it says is read at once unless `isHeld`. */
export function serve(script: Partial<Script> = {}, sessions?: Map<string, Uint8Array>): number {
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
