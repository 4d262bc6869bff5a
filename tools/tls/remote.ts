/** The device's TLS and its primitives, from outside: the counterpart of tools/tls/xs/main.ts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { UnixMs } from '../../firmware/core/time'
import type { BrokerAddress, ConnectionEvents } from '../../firmware/ports/bytestream'
import type { Built } from './build'
import type { Platform } from './drive'
import type { DeviceAnswer, DeviceRequest, Recording, Signed } from './requests'

export class RemoteDevice implements Platform {
  readonly #control: Socket
  readonly #process: ChildProcess
  readonly #streams = new Map<number, ConnectionEvents>()
  readonly #questions = new Map<number, (answer: DeviceAnswer) => void>()
  #last = 0
  /** What the device traced, and how it ended if it did: for messages. */
  trace = ''

  constructor(control: Socket, device: ChildProcess) {
    this.#control = control
    this.#process = device
    createInterface({ input: control }).on('line', (line) => this.#hear(JSON.parse(line)))
    control.on('error', () => undefined)
  }

  connect({ host, port, anchors }: BrokerAddress, utc: UnixMs, events: ConnectionEvents) {
    const id = ++this.#last
    this.#streams.set(id, events)
    this.#send({ do: 'connect', id, host, port, anchors: anchors?.map(hex), utc })
    return {
      write: (bytes: Uint8Array) => this.#send({ do: 'write', id, bytes: hex(bytes) }),
      close: () => {
        this.#streams.delete(id)
        this.#send({ do: 'close', id })
      },
    }
  }

  verify(signed: Signed): Promise<boolean> {
    return this.#ask({ do: 'verify', id: ++this.#last, ...signed }) as Promise<boolean>
  }

  /** Our public key, and what is agreed with the peer of this point; undefined if there is no such peer. */
  agree(key: string, point: string): Promise<{ publicKey: string; secret?: string }> {
    const request = { do: 'agree', id: ++this.#last, key, point } as const
    return this.#ask(request) as Promise<{ publicKey: string; secret?: string }>
  }

  /** Random bytes from the module that stands in for the SDK's. */
  draw(count: number): Promise<string> {
    return this.#ask({ do: 'draw', id: ++this.#last, count }) as Promise<string>
  }

  fuzz(recording: Recording, fuzzSeed: number, count: number): Promise<unknown> {
    return this.#ask({ do: 'fuzz', id: ++this.#last, ...recording, fuzzSeed, count })
  }

  stop(): void {
    this.#process.kill()
    this.#control.destroy()
  }

  #send(request: DeviceRequest): void {
    this.#control.write(`${JSON.stringify(request)}\n`)
  }

  #ask(request: DeviceRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#questions.set(request.id, (answer) => {
        if ('result' in answer) resolve(answer.result)
        else reject(new Error('error' in answer ? answer.error : 'no answer'))
      })
      this.#send(request)
    })
  }

  #hear(answer: DeviceAnswer): void {
    const question = this.#questions.get(answer.id)
    this.#questions.delete(answer.id)
    if (question) return question(answer)
    const events = this.#streams.get(answer.id)
    if (!events || !('event' in answer)) return
    if (answer.event === 'open') events.onOpen()
    else if (answer.event === 'bytes')
      events.onBytes(new Uint8Array(Buffer.from(answer.bytes, 'hex')))
    else {
      this.#streams.delete(answer.id)
      events.onClosed(answer.why)
    }
  }
}

/** Resolves when the device has called; `onGone` tells an end that was not asked for. */
export async function startDevice(
  { sdk, host, library }: Built,
  onGone: (how: string) => void,
  more: NodeJS.ProcessEnv = {},
): Promise<RemoteDevice> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  // No debugger: without XSBUG_PORT the machine would look for one on its usual port.
  const env = { ...sdk.env, XSBUG_PORT: '1', TLS_TEST_PORT: String(port), ...more }
  const device = spawn(host, [library], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const output of [device.stdout, device.stderr]) {
    output.on('data', (bytes) => {
      said = (said + bytes).slice(-4000)
      if (remote) remote.trace = said
    })
  }
  let remote: RemoteDevice | undefined
  device.on('exit', (code, signal) => {
    if (!signal) onGone(`the device ended with ${code}: ${said}`)
  })
  const control = await new Promise<Socket>((resolve) => server.once('connection', resolve))
  server.close()
  remote = new RemoteDevice(control, device)
  return remote
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
