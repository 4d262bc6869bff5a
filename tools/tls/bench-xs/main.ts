/** One stack, ours or the SDK's own, against one broker: what connecting costs, on a heap that grows as little as it can. */
import TCP from 'embedded:io/socket/tcp'
import TLSSocket from 'embedded:io/socket/tcp/tls'
import type { MonotonicMs, UnixMs } from 'core/time'
import Timer from 'timer'
import { environment, fillRandom, monotonicMs } from 'xs/platform/host'
import { TlsConnection } from 'xs/tls/connection'

const port = Number(environment('BENCH_PORT'))
const host = environment('BENCH_HOST') ?? ''
const anchor = bytesOf(environment('BENCH_ANCHOR') ?? '')
const rounds = Number(environment('BENCH_ROUNDS'))
const CONNECT = new Uint8Array([0x10, 14, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 2, 119, 98])

const fresh = () =>
  new TlsConnection({
    network: { resolve: (_host, answer) => answer('127.0.0.1', '') },
    clock: { now: () => monotonicMs() as MonotonicMs },
    entropy: { fill: fillRandom },
  })
const keeping = fresh()

function ours(connection: TlsConnection, done: () => void): void {
  const stream = connection.connect({ host, port, anchors: [anchor] }, Date.now() as UnixMs, {
    onOpen: () => stream.write(CONNECT),
    onBytes: () => {
      done()
      stream.close()
    },
    onClosed: (why) => trace(`bench failed: ${why}\n`),
  })
}

function stock(done: () => void): void {
  let isOpen = false
  const socket = new TLSSocket({
    address: '127.0.0.1',
    host,
    port,
    TCP: { io: TCP },
    secure: { certificate: anchor.buffer, cache: false },
    onWritable: () => {
      if (!isOpen) socket.write(CONNECT)
      isOpen = true
    },
    onReadable: () => {
      socket.read()
      done()
      socket.close()
    },
    onError: () => trace('bench failed\n'),
  })
}

const stack = environment('BENCH_STACK')

function connect(done: () => void): void {
  if (stack === 'ours') ours(fresh(), done)
  else if (stack === 'resumed') ours(keeping, done)
  else if (stack === 'idle') done()
  else stock(done)
}

const took: number[] = []

function go(): void {
  const startedAt = monotonicMs()
  connect(() => {
    took.push(monotonicMs() - startedAt)
    if (took.length === rounds) trace(`bench ms ${took.join(' ')}\n`)
    else Timer.set(go, 50)
  })
}

Timer.set(go, 100)

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
