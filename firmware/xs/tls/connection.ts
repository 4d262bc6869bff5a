/**
 * TLS on Moddable: our client machine over embedded:io/socket/tcp. Whatever a peer does ends in onClosed with words;
 * nothing is thrown into the platform, where it would restart the device.
 */
import TCP from 'embedded:io/socket/tcp'
import Timer from 'timer'
import { equalBytes, utf8 } from '../../core/bytes'
import type { Entropy } from '../../core/entropy'
import { later, type UnixMs } from '../../core/time'
import type {
  BrokerAddress,
  ByteStream,
  ByteStreamEvents,
  SecureConnection,
} from '../../ports/bytestream'
import type { Clock } from '../../ports/clock'
import type { Network } from '../../ports/network'
import { Client } from '../../tls/client'
import type { Primitives } from '../../tls/primitives'
import { mayResume, type TlsSession } from '../../tls/session'
import { xsPrimitives } from './primitives'
import { roots } from './roots'

/** A certificate list, four signatures and a key take an ESP32 some seconds. */
const OPEN_MS = 30_000
/** What may wait for a peer that takes nothing: two batches of messages. */
const MOST_QUEUED_BYTES = 8192
const READ_BYTES = 512
/** Native timers take int32. */
const LONGEST_MS = 3_600_000

type Events = ByteStreamEvents & { onOpen(): void }

export interface TlsOptions {
  network: Pick<Network, 'resolve'>
  clock: Pick<Clock, 'now'>
  entropy: Entropy
  /** How long name, TCP and TLS may take together. */
  openMs?: number
}

export class TlsConnection implements SecureConnection {
  readonly #options: TlsOptions
  readonly #primitives: Primitives
  /** The last session and the digest of whom it was with. */
  #kept: { session: TlsSession; peer: Uint8Array } | undefined

  constructor(options: TlsOptions) {
    this.#options = options
    this.#primitives = xsPrimitives(options.entropy)
  }

  connect(
    { host, port, anchors = roots() }: BrokerAddress,
    utc: UnixMs,
    events: Events,
  ): ByteStream {
    const { network, clock, entropy, openMs = OPEN_MS } = this.#options
    const primitives = this.#primitives
    const peer = this.#digest(host, port, anchors)
    const session = this.#takeSession(peer, utc)
    const expected = {
      host,
      anchors,
      utc,
      session,
      primitives,
      entropy,
      until: later(clock.now(), openMs),
    }
    const client = new Client(expected)
    return new TlsStream(client, clock, network, { host, port }, events, (session) => {
      this.#kept = session && { session, peer }
    })
  }

  /** A session is offered once; the next handshake gives it back. */
  #takeSession(peer: Uint8Array, utc: UnixMs): TlsSession | undefined {
    const kept = this.#kept
    this.#kept = undefined
    return kept && equalBytes(kept.peer, peer) && mayResume(kept.session, utc)
      ? kept.session
      : undefined
  }

  #digest(host: string, port: number, anchors: readonly Uint8Array[]): Uint8Array {
    const hash = this.#primitives.sha256()
    hash.update(utf8(`${host} ${port} ${anchors.length} `))
    for (const anchor of anchors) hash.update(anchor)
    return hash.digest()
  }
}

type State = { kind: 'resolving' } | { kind: 'connected'; tcp: TCP } | { kind: 'closed' }

class TlsStream implements ByteStream {
  readonly #client: Client
  readonly #clock: Pick<Clock, 'now'>
  readonly #events: Events
  readonly #keep: (session: TlsSession | undefined) => void
  readonly #received = new Uint8Array(READ_BYTES)
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  #writable = 0
  #isConnected = false
  #state: State = { kind: 'resolving' }
  #timer: Timer | undefined
  #isPumping = false

  constructor(
    client: Client,
    clock: Pick<Clock, 'now'>,
    network: Pick<Network, 'resolve'>,
    to: { host: string; port: number },
    events: Events,
    keep: (session: TlsSession | undefined) => void,
  ) {
    this.#client = client
    this.#clock = clock
    this.#events = events
    this.#keep = keep
    this.#pump()
    network.resolve(to.host, (address, why) => {
      if (this.#state.kind !== 'resolving') return
      if (address === undefined) this.#end(why)
      else this.#connect(address, to.port)
    })
  }

  write(bytes: Uint8Array): void {
    this.#client.write(bytes)
    this.#pump()
  }

  close(): void {
    this.#client.close()
    const last = this.#client.poll(this.#clock.now())
    if (last.kind === 'send' && this.#queue.length === 0) this.#send(last.bytes)
    this.#release()
  }

  #connect(address: string, port: number): void {
    try {
      const tcp = new TCP({
        address,
        port,
        nodelay: true,
        onReadable: (count) => {
          this.#isConnected = true
          this.#read(count)
        },
        onWritable: (count) => {
          this.#isConnected = true
          this.#writable = count
          this.#flush()
        },
        onError: () =>
          this.#end(this.#isConnected ? 'the connection ended' : `no connection to ${address}`),
      })
      this.#state = { kind: 'connected', tcp }
    } catch {
      this.#end(`no connection to ${address}`)
    }
  }

  #read(count: number): void {
    while (count > 0 && this.#state.kind === 'connected') {
      const some = this.#received.subarray(0, Math.min(count, READ_BYTES))
      this.#state.tcp.read(some)
      count -= some.length
      this.#client.receive(some)
      this.#pump()
    }
  }

  /** The caller hears of it in a callback of its own, not before connect() has returned. */
  #end(why: string): void {
    this.#client.ended(why)
    this.#arm(this.#clock.now())
  }

  /** Drains the machine. Events may write: that is drained by the round that is under way. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#state.kind !== 'closed') {
      const output = this.#client.poll(this.#clock.now())
      switch (output.kind) {
        case 'send':
          this.#send(output.bytes)
          break
        case 'open':
          this.#keep(this.#client.session)
          this.#events.onOpen()
          break
        case 'bytes':
          this.#events.onBytes(output.bytes)
          break
        case 'closed':
          this.#keep(this.#client.session)
          this.#release()
          this.#events.onClosed(output.why)
          break
        case 'wait':
          this.#isPumping = false
          this.#arm(output.until)
          return
      }
    }
    this.#isPumping = false
  }

  #arm(until: number): void {
    if (this.#timer) Timer.clear(this.#timer)
    this.#timer = undefined
    if (until === Number.POSITIVE_INFINITY) return
    const delayMs = Math.max(0, Math.ceil(until - this.#clock.now()))
    this.#timer = Timer.set(
      () => {
        this.#timer = undefined
        this.#pump()
      },
      Math.min(delayMs, LONGEST_MS),
    )
  }

  /** What the socket does not take at once is copied: the machine uses its buffer again. */
  #send(bytes: Uint8Array): void {
    const now = this.#queue.length > 0 ? 0 : Math.min(bytes.length, this.#writable)
    if (now > 0) this.#put(bytes.subarray(0, now))
    if (now === bytes.length) return
    this.#queuedBytes += bytes.length - now
    if (this.#queuedBytes > MOST_QUEUED_BYTES) this.#client.ended('the server takes no bytes')
    else this.#queue.push(bytes.slice(now))
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#writable > 0) {
      const bytes = this.#queue[0]
      const now = Math.min(bytes.length, this.#writable)
      this.#put(bytes.subarray(0, now))
      this.#queuedBytes -= now
      if (now === bytes.length) this.#queue.shift()
      else this.#queue[0] = bytes.subarray(now)
    }
  }

  #put(bytes: Uint8Array): void {
    if (this.#state.kind !== 'connected') return
    this.#writable -= bytes.length
    try {
      this.#state.tcp.write(bytes)
    } catch {
      // lwip's throws as soon as the peer has ended, though its last bytes are still being read.
      this.#writable = 0
      this.#end('the connection ended')
    }
  }

  #release(): void {
    const state = this.#state
    this.#state = { kind: 'closed' }
    if (this.#timer) Timer.clear(this.#timer)
    this.#timer = undefined
    if (state.kind === 'connected') state.tcp.close()
  }
}
