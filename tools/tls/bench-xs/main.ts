/** One stack, ours or the SDK's own, against one broker: what connecting costs, on a heap that grows as little as it can. */
import TCP from 'embedded:io/socket/tcp'
import TLSSocket from 'embedded:io/socket/tcp/tls'
import type { MonotonicMs, UnixMs } from 'core/time'
import { SecureConnection } from 'dongle/secure'
import { Drive } from 'test/drive'
import Timer from 'timer'
import { TlsLayer } from 'tls/layer'
import { xsPrimitives } from 'xs/crypto/primitives'
import { environment, fillRandom, monotonicMs } from 'xs/platform/host'
import { TcpSockets } from 'xs/tcp'

const port = Number(environment('BENCH_PORT'))
const host = environment('BENCH_HOST') ?? ''
const anchor = bytesOf(environment('BENCH_ANCHOR') ?? '')
const rounds = Number(environment('BENCH_ROUNDS'))
const CONNECT = new Uint8Array([0x10, 14, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 2, 119, 98])

const entropy = { fill: fillRandom }
const clock = { now: () => monotonicMs() as MonotonicMs }
const fresh = () =>
  new TlsLayer({ primitives: xsPrimitives(entropy), entropy, roots: () => [anchor] })
const keeping = fresh()
const tcp = new TcpSockets()
const network = {
  resolve: (_host: string, answer: (address: string, why: string) => void) =>
    answer('127.0.0.1', ''),
}

let timer: Timer | undefined
const alarm = {
  set(due: MonotonicMs, run: () => void): void {
    alarm.clear()
    timer = Timer.set(
      () => {
        timer = undefined
        run()
      },
      Math.max(0, Math.ceil(due - clock.now())),
    )
  },
  clear(): void {
    if (timer) Timer.clear(timer)
    timer = undefined
  },
}

function ours(layer: TlsLayer, done: () => void): void {
  const stream = new Drive(
    new SecureConnection({ layer }),
    { tcp, network, clock, alarm },
    {
      onOpen: () => stream.write(CONNECT),
      onBytes: () => {
        done()
        stream.close()
      },
      onClosed: (why) => trace(`bench failed: ${why}\n`),
    },
  )
  stream.open({ host, port }, Date.now() as UnixMs)
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
