/** Drives an MQTT session over plain TCP on Node, for tests against brokers on 127.0.0.1. Never for the device. */
import { connect, type Socket } from 'node:net'
import type { MonotonicMs } from '../../firmware/core/time'
import type { MqttClient, MqttOutput } from '../../firmware/mqtt/client'
import { MAX_PEER_MS } from './peer'

/** What Node may hold for a peer that reads slowly. */
const MAX_QUEUED_BYTES = 16_384

export class TcpPump {
  readonly outputs: MqttOutput[] = []
  /** Bytes that went out, with those of a connection that is gone. */
  sentBytes = 0
  readonly #session: MqttClient
  readonly #port: number
  #socket: Socket | undefined
  /** What came and the session has not used yet. */
  #unread: Uint8Array | undefined
  #timer: NodeJS.Timeout | undefined
  #waiters: (() => void)[] = []
  #ended = false

  constructor(session: MqttClient, port: number) {
    this.#session = session
    this.#port = port
  }

  now(): MonotonicMs {
    return performance.now() as MonotonicMs
  }

  /** To be called after every call of the session's inputs. */
  run(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const output = this.#session.poll(this.now(), this.#room)
      if (output.kind === 'wait') {
        if (this.#unread) {
          this.#receive(this.#unread)
          continue
        }
        const ms = Math.min(output.until - this.now(), 60_000)
        if (!this.#ended) this.#timer = setTimeout(() => this.run(), Math.max(0, ms))
        break
      }
      if (output.kind === 'open') this.#open()
      else if (output.kind === 'send') this.#send(output.bytes)
      else if (output.kind === 'close') this.#socket?.destroy()
      else this.outputs.push(output)
    }
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** The first output, past or to come, that matches. */
  async until<K extends MqttOutput['kind']>(
    kind: K,
    matches: (output: Extract<MqttOutput, { kind: K }>) => boolean = () => true,
    limitMs = MAX_PEER_MS,
  ): Promise<Extract<MqttOutput, { kind: K }>> {
    const deadline = this.now() + limitMs
    for (;;) {
      for (const output of this.outputs) {
        const candidate = output as Extract<MqttOutput, { kind: K }>
        if (output.kind === kind && matches(candidate)) return candidate
      }
      if (this.now() > deadline) throw new Error(`no '${kind}': ${JSON.stringify(this.outputs)}`)
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve)
        setTimeout(resolve, 50).unref()
      })
    }
  }

  /** The cable is cut: no goodbye. */
  cut(): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#session.closed('cut', this.now())
    this.run()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#socket?.destroy()
  }

  get #room(): number {
    return Math.max(0, MAX_QUEUED_BYTES - (this.#socket?.writableLength ?? 0))
  }

  #send(bytes: Uint8Array): void {
    this.sentBytes += bytes.length
    const fillsIt = bytes.length >= this.#room
    // The session uses its buffer again.
    this.#socket?.write(bytes.slice(), () => fillsIt && this.run())
  }

  #receive(bytes: Uint8Array): void {
    const used = this.#session.receive(bytes, this.now())
    this.#unread = used < bytes.length ? bytes.subarray(used) : undefined
  }

  #open(): void {
    const socket = connect(this.#port, '127.0.0.1')
    this.#socket = socket
    this.#unread = undefined
    const isOurs = () => this.#socket === socket
    socket.setNoDelay(true)
    socket.on('connect', () => {
      if (isOurs()) this.#session.opened(this.now())
      this.run()
    })
    socket.on('data', (bytes) => {
      if (isOurs()) this.#receive(bytes)
      this.run()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (isOurs()) this.#session.closed('the transport ended', this.now())
      this.run()
    })
  }
}
