/** The device's TLS under test: does what tools/tls/remote.ts asks over a local socket, a line of JSON for each request. */
import TCP from 'embedded:io/socket/tcp'
import { readUtf8, toHex, utf8 } from 'core/bytes'
import type { MonotonicMs, UnixMs } from 'core/time'
import type { PublicKey } from 'crypto/primitives'
import { SecureConnection } from 'dongle/secure'
import rng from 'rng'
import { Drive } from 'test/drive'
import { fuzz, replay } from 'test/fuzz'
import type { DeviceRequest, Signed } from 'test/requests'
import { random } from 'test/seed'
import Timer from 'timer'
import { Client } from 'tls/client'
import { TlsLayer } from 'tls/layer'
import { xsPrimitives } from 'xs/crypto/primitives'
import { environment, fillRandom, monotonicMs } from 'xs/platform/host'
import { TcpSockets } from 'xs/tcp'
import { roots } from 'xs/tls/roots'

const entropy = { fill: fillRandom }
const primitives = xsPrimitives(entropy)
const layer = new TlsLayer({ primitives, entropy, roots })
const tcp = new TcpSockets()
const clock = { now: () => monotonicMs() as MonotonicMs }
const network = {
  resolve: (host: string, answer: (address: string | undefined, why: string) => void) =>
    answer(host.indexOf('.invalid') < 0 ? '127.0.0.1' : undefined, 'no such host'),
}

/** One for each connection, and none after it; the firmware has one for ever. */
class OneAlarm {
  #timer: Timer | undefined

  set(due: MonotonicMs, run: () => void): void {
    this.clear()
    this.#timer = Timer.set(
      () => {
        this.#timer = undefined
        run()
      },
      Math.max(0, Math.ceil(due - clock.now())),
    )
  }

  clear(): void {
    if (this.#timer) Timer.clear(this.#timer)
    this.#timer = undefined
  }
}

class Device {
  readonly #tcp: TCP
  readonly #streams = new Map<number, Drive>()
  #line = ''
  #out: Uint8Array = new Uint8Array(0)
  #writable = 0

  constructor(port: number) {
    this.#tcp = new TCP({
      address: '127.0.0.1',
      port,
      onReadable: (count) => this.#read(count),
      onWritable: (count) => {
        this.#writable = count
        this.#flush()
      },
      onError: () => trace('test: control ended\n'),
    })
  }

  #read(count: number): void {
    const bytes = new Uint8Array(count)
    this.#tcp.read(bytes)
    this.#line += readUtf8(bytes)
    for (;;) {
      const end = this.#line.indexOf('\n')
      if (end < 0) return
      const line = this.#line.slice(0, end)
      this.#line = this.#line.slice(end + 1)
      this.#perform(JSON.parse(line) as DeviceRequest)
    }
  }

  #perform(request: DeviceRequest): void {
    const { id } = request
    try {
      switch (request.do) {
        case 'connect':
          return this.#connect(request)
        case 'write':
          return void this.#streams.get(id)?.write(bytesOf(request.bytes))
        case 'close':
          this.#streams.get(id)?.close()
          return void this.#streams.delete(id)
        case 'verify':
          return this.#answer({ id, result: verify(request) })
        case 'agree':
          return this.#answer({ id, result: agree(request.key, request.point) })
        case 'draw':
          return this.#answer({ id, result: toHex(new Uint8Array(rng.get(request.count))) })
        case 'fuzz':
          return this.#answer({ id, result: fuzzOnce(request) })
      }
    } catch (e) {
      this.#answer({ id, error: String(e) })
    }
  }

  #connect({ id, host, port, anchors, utc }: DeviceRequest & { do: 'connect' }): void {
    const stream = new Drive(
      new SecureConnection({ layer, openMs: 3000 }),
      { tcp, network, clock, alarm: new OneAlarm() },
      {
        onOpen: () => this.#answer({ id, event: 'open' }),
        onBytes: (bytes) => this.#answer({ id, event: 'bytes', bytes: toHex(bytes) }),
        onClosed: (why) => {
          this.#streams.delete(id)
          this.#answer({ id, event: 'closed', why })
        },
      },
    )
    this.#streams.set(id, stream)
    stream.open({ host, port, anchors: anchors?.map(bytesOf) }, utc as UnixMs)
  }

  #answer(what: object): void {
    const line = utf8(`${JSON.stringify(what)}\n`)
    const all = new Uint8Array(this.#out.length + line.length)
    all.set(this.#out)
    all.set(line, this.#out.length)
    this.#out = all
    this.#flush()
  }

  #flush(): void {
    const now = Math.min(this.#out.length, this.#writable)
    if (now === 0) return
    this.#writable -= now
    this.#tcp.write(this.#out.slice(0, now))
    this.#out = this.#out.slice(now)
  }
}

function verify({ scheme, key, signed, signature }: Signed): boolean {
  const publicKey: PublicKey =
    key.kind === 'rsa'
      ? { kind: 'rsa', modulus: bytesOf(key.modulus), exponent: bytesOf(key.exponent) }
      : { kind: 'ec', curve: key.curve, point: bytesOf(key.point) }
  return primitives.verify(scheme, publicKey, bytesOf(signed), bytesOf(signature))
}

function agree(key: string, point: string) {
  const drawn = { fill: (bytes: Uint8Array) => bytes.set(bytesOf(key)) }
  const agreement = xsPrimitives(drawn).keyAgreement()
  const secret = agreement.sharedSecret(bytesOf(point))
  return { publicKey: toHex(agreement.publicKey), secret: secret && toHex(secret) }
}

function fuzzOnce({
  host,
  anchors,
  utc,
  seed,
  flights,
  fuzzSeed,
  count,
}: DeviceRequest & { do: 'fuzz' }) {
  const make = () => {
    const entropy = random(seed)
    const primitives = xsPrimitives(entropy)
    const expected = {
      host,
      anchors: anchors.map(bytesOf),
      utc: utc as UnixMs,
      until: 1000 as MonotonicMs,
    }
    return new Client({ ...expected, primitives, entropy })
  }
  const recorded = flights.map(bytesOf)
  return {
    honest: replay(make(), recorded, 1000),
    ...fuzz(make, recorded, random(fuzzSeed), count),
  }
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

new Device(Number(environment('TLS_TEST_PORT')))
