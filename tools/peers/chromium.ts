/**
 * Chromium without a screen, for pages that use Web Bluetooth: the adapter, a peripheral and the person who chooses it are
 * emulated over the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/tot/BluetoothEmulation/), which is a
 * pipe here. Pages come from a server on 127.0.0.1, and nothing else is reached.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { GattService } from '../../firmware/ports/radio'
import { find, MAX_PEER_MS, type Scratch, scratchFolder } from './peer'

/** A device of one service with a written and a read characteristic. */
export interface EmulatedPeripheral {
  readonly address: string
  readonly name: string
  readonly service: GattService
  connected(): void | Promise<void>
  written(bytes: Uint8Array): void
  read(): Uint8Array
  gone(): void | Promise<void>
}

type Fields = Record<string, unknown>
interface Message {
  id?: number
  method?: string
  sessionId?: string
  params?: Fields
  result?: Fields
  error?: { message: string }
}

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--enable-features=WebBluetooth',
  '--remote-debugging-pipe',
]

export class Chromium {
  readonly #process: ChildProcess
  readonly #scratch: Scratch
  readonly #waiting = new Map<number, (message: Message) => void>()
  readonly #events: ((message: Message) => void)[] = []
  #id = 0
  #received = ''
  #printed = ''
  #server: Server | undefined

  static async start(): Promise<Chromium> {
    const chromium = new Chromium(find('chromium', 'chromium'), scratchFolder())
    await chromium.#call('Browser.getVersion')
    return chromium
  }

  private constructor(path: string, scratch: Scratch) {
    this.#scratch = scratch
    this.#process = spawn(path, [...FLAGS, `--user-data-dir=${scratch.path}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#process.stderr?.on('data', (bytes: Buffer) => {
      this.#printed = (this.#printed + bytes).slice(-4000)
    })
    ;(this.#process.stdio[3] as Writable).on('error', () => {})
    const messages = this.#process.stdio[4] as Readable
    messages.setEncoding('utf8')
    messages.on('data', (text: string) => this.#receive(text))
    this.#process.on('close', () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: 'Chromium ended' } })
      this.#waiting.clear()
    })
  }

  /** Opens a page with this script, and answers with what evaluates an expression there, promises awaited. */
  async open(script: string): Promise<Page> {
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : '<!doctype html><script src="/page.js"></script>')
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { targetId } = await this.#call('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.#call('Target.attachToTarget', { targetId, flatten: true })
    const session = sessionId as string
    // The person: whatever is offered is chosen, once.
    await this.#call('DeviceAccess.enable', {}, session)
    let isChosen = false
    this.#events.push(({ method, params }) => {
      if (method !== 'DeviceAccess.deviceRequestPrompted' || isChosen) return
      const { id, devices } = params as { id: string; devices: { id: string }[] }
      if (devices.length === 0) return
      isChosen = true
      void this.#call('DeviceAccess.selectPrompt', { id, deviceId: devices[0].id }, session)
    })
    const loaded = this.#event('Page.loadEventFired')
    await this.#call('Page.enable', {}, session)
    await this.#call('Page.navigate', { url }, session)
    await loaded
    return {
      evaluate: async (expression) => {
        const { result, exceptionDetails } = await this.#call(
          'Runtime.evaluate',
          { expression, awaitPromise: true, returnByValue: true, userGesture: true },
          session,
        )
        if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
        return (result as { value: unknown }).value
      },
    }
  }

  /** The adapter, and a device near it. Answers with what ends its connection. */
  async emulate(peripheral: EmulatedPeripheral): Promise<() => Promise<void>> {
    const { address, name, service } = peripheral
    const call = (method: string, params: Fields) =>
      this.#call(`BluetoothEmulation.${method}`, params)
    await call('enable', { state: 'powered-on', leSupported: true })
    const add = (serviceId: unknown, characteristicUuid: string, properties: Fields) =>
      call('addCharacteristic', { serviceId, characteristicUuid, properties })
    // The end of a connection takes its services away.
    const connect = async (): Promise<void> => {
      const { serviceId } = await call('addService', { address, serviceUuid: service.service })
      await add(serviceId, service.requests, { write: true, writeWithoutResponse: true })
      await add(serviceId, service.answers, { read: true })
      await peripheral.connected()
    }
    this.#events.push(({ method, params }) => {
      if (method === 'BluetoothEmulation.gattOperationReceived') {
        const { type } = params as { type: string }
        const answer = () =>
          call('simulateGATTOperationResponse', { address, type, code: 0 }).catch(() => {})
        if (type === 'connection') void connect().then(answer)
        else void answer()
      } else if (method === 'BluetoothEmulation.characteristicOperationReceived') {
        const { characteristicId, type, data } = params as {
          characteristicId: string
          type: string
          data?: string
        }
        if (type === 'write') peripheral.written(Buffer.from(data ?? '', 'base64'))
        const read =
          type === 'read' ? { data: Buffer.from(peripheral.read()).toString('base64') } : {}
        void call('simulateCharacteristicOperationResponse', {
          characteristicId,
          type,
          code: 0,
          ...read,
        }).catch(() => {})
      }
    })
    await call('simulatePreconnectedPeripheral', {
      address,
      name,
      manufacturerData: [],
      knownServiceUuids: [service.service],
    })
    return async () => {
      await call('simulateGATTDisconnection', { address })
      await peripheral.gone()
    }
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#server?.close()
    const child = this.#process
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      await Promise.race([this.#call('Browser.close').catch(() => {}), ended])
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(late)
    }
    this.#scratch.remove()
  }

  #event(wanted: string): Promise<void> {
    return new Promise((resolve) => {
      this.#events.push(({ method }) => {
        if (method === wanted) resolve()
      })
    })
  }

  async #call(method: string, params: Fields = {}, sessionId?: string): Promise<Fields> {
    const id = ++this.#id
    const answer = await new Promise<Message>((resolve) => {
      const timer = setTimeout(
        () => resolve({ error: { message: `no answer in ${MAX_PEER_MS / 1000} s` } }),
        MAX_PEER_MS,
      )
      this.#waiting.set(id, (message) => {
        clearTimeout(timer)
        resolve(message)
      })
      const text = JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) })
      ;(this.#process.stdio[3] as Writable).write(`${text}\0`)
    })
    this.#waiting.delete(id)
    if (answer.error)
      throw new Error(`Chromium: ${method}: ${answer.error.message}\n${this.#printed}`)
    return answer.result ?? {}
  }

  #receive(text: string): void {
    const messages = (this.#received + text).split('\0')
    this.#received = messages.pop() ?? ''
    for (const json of messages) {
      const message = JSON.parse(json) as Message
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message)
      else for (const listener of this.#events) listener(message)
    }
  }
}

export interface Page {
  evaluate(expression: string): Promise<unknown>
}
