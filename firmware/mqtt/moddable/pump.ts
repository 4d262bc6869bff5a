/** Drives an MqttClient on Moddable: sockets and resolvers as ECMA-419 has them (https://419.ecma-international.org), one timer. */
import Time from 'time'
import Timer from 'timer'
import { FOREVER, type MonotonicMs } from '../../core/time'
import type { MqttClient, MqttOutput } from '../client'

export interface ClientSocket {
  read(into: Uint8Array): unknown
  /** May answer how many more bytes it takes. */
  write(bytes: Uint8Array): unknown
  close(): void
}

export interface HostResolver {
  resolve(question: {
    host: string
    onResolved: (host: string, address: string) => void
    onError: () => void
  }): void
  close?(): void
}

/** `io` is the class; what else is there is for its constructor. */
// biome-ignore lint/suspicious/noExplicitAny: each class has options of its own
export type IO<T> = { io: new (options: any) => T; [option: string]: unknown }

export interface PumpOptions {
  client: MqttClient
  host: string
  port: number
  /** TCP, or TLS with `TCP` and `secure`. */
  socket: IO<ClientSocket>
  dns: IO<HostResolver>
  /** All outputs that are not for the socket. */
  onOutput: (output: MqttOutput) => void
}

const READ_BYTES = 512
/** Time.ticks wraps after 24 days, and must be read before. */
const MAX_TIMER_MS = 3_600_000
const NOTHING = new Uint8Array(0)

export class MqttPump {
  /** Nothing is read from the socket: the server waits, and acknowledgements too. */
  isPaused = false
  readonly #options: PumpOptions
  readonly #resolver: HostResolver
  readonly #buffer = new Uint8Array(READ_BYTES)
  #socket: ClientSocket | undefined
  /** Distinguishes the present connection's events from those of one that was given up. */
  #attempt = 0
  #isOpen = false
  #room = 0
  #readable = 0
  /** What was read and the client has not used yet. */
  #unread: Uint8Array = NOTHING
  #now = 0
  #ticks = Time.ticks
  #timer: Timer | undefined
  #due: number = FOREVER
  #isRunning = false
  #isEnding = false

  constructor(options: PumpOptions) {
    this.#options = options
    this.#resolver = new options.dns.io(options.dns)
  }

  now(): MonotonicMs {
    const ticks = Time.ticks
    // On Linux they go back if the clock is set back.
    this.#now += Math.max(0, Time.delta(this.#ticks, ticks))
    this.#ticks = ticks
    return this.#now as MonotonicMs
  }

  /** To be called after every call of the client. */
  run(): void {
    // Called by what `onOutput` calls: the loop below goes on.
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      const { client } = this.#options
      for (;;) {
        const output = client.poll(this.now(), this.#room)
        if (output.kind === 'send') this.#send(output.bytes)
        else if (output.kind === 'open') this.#open()
        else if (output.kind === 'close') this.#close()
        else if (output.kind !== 'wait') this.#options.onOutput(output)
        else if (!this.#receive()) {
          this.#arm(output.until)
          break
        }
      }
    } finally {
      this.#isRunning = false
    }
    if (this.#isEnding) this.#release()
  }

  /** What the client has to send now is sent, then all is closed; nothing is called after it. */
  end(): void {
    this.#isEnding = true
    this.run()
  }

  #release(): void {
    this.#close()
    this.#resolver.close?.()
    Timer.clear(this.#timer)
    this.#timer = undefined
    this.#due = FOREVER
  }

  #open(): void {
    this.#close()
    const { host, port, socket } = this.#options
    const attempt = this.#attempt
    const isOurs = () => attempt === this.#attempt
    const fail = (why: string) => {
      if (isOurs()) this.#ended(why)
    }
    const connect = (_: string, address: string) => {
      if (!isOurs()) return
      try {
        this.#socket = new socket.io({
          nodelay: true,
          ...socket,
          ...{ host, port, address },
          onReadable: (count: number) => isOurs() && this.#readableNow(count),
          onWritable: (count: number) => isOurs() && this.#writableNow(count),
          onError: () => fail(this.#isOpen ? 'the connection ended' : `no connection to ${host}`),
        })
      } catch (error) {
        fail(`no connection to ${host}: ${error}`)
      }
    }
    this.#resolver.resolve({
      ...{ host, onResolved: connect },
      onError: () => fail(`no address of ${host}`),
    })
  }

  #close(): void {
    this.#attempt++
    this.#socket?.close()
    this.#socket = undefined
    this.#isOpen = false
    this.#room = this.#readable = 0
    this.#unread = NOTHING
  }

  #ended(why: string): void {
    this.#close()
    this.#options.client.closed(why, this.now())
    this.run()
  }

  #writableNow(count: number): void {
    this.#room = count
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#options.client.opened(this.now())
    }
    this.run()
  }

  #readableNow(count: number): void {
    this.#readable = count
    this.run()
  }

  #send(bytes: Uint8Array): void {
    try {
      const room = this.#socket?.write(bytes)
      // A socket that does not tell says so with onWritable.
      this.#room = typeof room === 'number' ? room : 0
    } catch {
      this.#ended('the connection ended')
    }
  }

  /** False if there is nothing to receive. */
  #receive(): boolean {
    if (this.isPaused) return false
    if (this.#unread.length === 0) {
      const count = Math.min(this.#readable, READ_BYTES)
      if (count === 0 || !this.#socket) return false
      this.#readable -= count
      this.#unread = this.#buffer.subarray(0, count)
      this.#socket.read(this.#unread)
    }
    const used = this.#options.client.receive(this.#unread, this.now())
    this.#unread = this.#unread.subarray(used)
    return true
  }

  /** A timer that is early is left alone: it costs one more run, and a new one costs memory. */
  #arm(until: MonotonicMs): void {
    if (until >= this.#due) return
    Timer.clear(this.#timer)
    const delayMs = Math.min(Math.max(Math.ceil(until - this.#now), 1), MAX_TIMER_MS)
    this.#due = this.#now + delayMs
    this.#timer = Timer.set(() => {
      this.#timer = undefined
      this.#due = FOREVER
      this.run()
    }, delayMs)
  }
}
