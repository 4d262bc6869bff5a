/**
 * Drives one process of the XS engine that npm builds for @agoric/xsnap. The package's own JavaScript is left aside:
 * it needs SES lockdown of this whole Node process for what is a netstring on two pipes.
 * Protocol: @agoric/xsnap 0.15, xsnap-worker.c. To the worker `s`path `e`code `?`command `/`answer `q`;
 * from it `.`{meter}\1reply, `!`error, `?`question.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { platform } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** xsnap-worker.c, ExitCode. */
const REASONS: Record<number, string> = {
  1: 'bad usage',
  2: 'input or output failed',
  11: 'memory full',
  12: 'stack overflow',
  15: 'unhandled exception',
  16: 'not enough keys',
  17: 'too much computation',
}

const METER_ENDS = 1
/** Computations between two checks of the limit: each check costs time. */
const CHECK_EVERY = '10000'

export interface Reply {
  bytes: Uint8Array
  /** What the engine's meter counted while it ran this command: byte codes, and the loops inside its built-ins. */
  computations: number
  /** Slots taken on the heap since the last collection, live ones included. */
  slots: number
  /** Bytes of memory that the engine has taken from the system since its start. */
  reserved: number
}

export interface WorkerOptions {
  /** Answers what XS asks by issueCommand. */
  onQuestion?(question: Uint8Array): Uint8Array
  /** Computations that one command may take before the engine gives up; unlimited by default. */
  maxComputations?: number
}

interface Asked {
  kind: string
  bytes: Uint8Array
  answer: Promise<Reply>
  resolve(reply: Reply): void
  reject(why: Error): void
}

/** The engine is gone, and says why in its own words. */
export class WorkerDied extends Error {}

/** The code inside the worker threw; the engine lives. */
export class WorkerThrew extends Error {}

export function enginePath(): string {
  const folder = platform() === 'darwin' ? 'mac' : 'lin'
  const path = fileURLToPath(
    new URL(
      `../../node_modules/@agoric/xsnap/xsnap-native/xsnap/build/bin/${folder}/release/xsnap-worker`,
      import.meta.url,
    ),
  )
  if (existsSync(path)) return path
  throw new Error(
    `The XS engine is missing: ${path}\n` +
      'npm builds it with @agoric/xsnap, which needs a C compiler and make (Debian: apt-get install build-essential).\n' +
      'Then: npm install --include=optional && npm rebuild @agoric/xsnap',
  )
}

export class Worker {
  readonly #process: ChildProcess
  readonly #onQuestion: WorkerOptions['onQuestion']
  /** The worker has the first. While it asks Node, nothing but the answer may be sent to it. */
  readonly #queue: Asked[] = []
  readonly #ended: Promise<void>
  #received: Buffer = Buffer.alloc(0)
  #printed = ''
  #death: WorkerDied | undefined

  constructor({ onQuestion, maxComputations }: WorkerOptions = {}) {
    this.#onQuestion = onQuestion
    const limit = maxComputations ? ['-l', `${maxComputations}`, '-i', CHECK_EVERY] : []
    this.#process = spawn(enginePath(), ['wattbeat', ...limit], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      // A terminal's Ctrl-C is for Node, which ends the firmware in good order. Without Node the pipe ends it.
      detached: true,
    })
    const print = (text: Buffer) => {
      this.#printed += text
    }
    this.#process.stdout!.on('data', print)
    this.#process.stderr!.on('data', print)
    this.#fromWorker.on('data', (bytes: Buffer) => this.#receive(bytes))
    // A worker that died mid-write is reported once, by its exit.
    this.#toWorker.on('error', () => {})
    this.#ended = new Promise((resolve) => {
      this.#process.on('error', (error) => this.#die(error.message))
      this.#process.on('close', (code, signal) => {
        this.#die(signal ?? REASONS[code!] ?? `exit code ${code}`)
        resolve()
      })
    })
  }

  /** Runs a script file; its stack traces carry the path. */
  load(path: string): Promise<Reply> {
    return this.#ask('s', Buffer.from(path))
  }

  evaluate(code: string): Promise<Reply> {
    return this.#ask('e', Buffer.from(code))
  }

  /** Calls handleCommand inside the worker. */
  command(bytes: Uint8Array): Promise<Reply> {
    return this.#ask('?', bytes)
  }

  /** What print() and the engine wrote since the last call. */
  takePrinted(): string {
    const printed = this.#printed
    this.#printed = ''
    return printed
  }

  /** Ends it when it has done all that it was given. */
  stop(): Promise<void> {
    // Answered by its end alone.
    this.#ask('q', Buffer.alloc(0)).catch(() => {})
    return this.#ended
  }

  /** Ends it at once, whatever the engine is doing. */
  kill(): Promise<void> {
    // Whoever still waits is told that it died; whoever waits no more must not be ended by that.
    for (const { answer } of this.#queue) answer.catch(() => {})
    this.#process.kill('SIGKILL')
    return this.#ended
  }

  get #toWorker(): Writable {
    return this.#process.stdio[3] as Writable
  }

  get #fromWorker(): Readable {
    return this.#process.stdio[4] as Readable
  }

  #ask(kind: string, bytes: Uint8Array): Promise<Reply> {
    if (this.#death) return Promise.reject(this.#death)
    let settle: Pick<Asked, 'resolve' | 'reject'>
    const answer = new Promise<Reply>((resolve, reject) => {
      settle = { resolve, reject }
    })
    this.#queue.push({ kind, bytes, answer, ...settle! })
    if (this.#queue.length === 1) this.#send(kind, bytes)
    return answer
  }

  #send(kind: string, bytes: Uint8Array): void {
    this.#toWorker.write(
      Buffer.concat([Buffer.from(`${1 + bytes.length}:${kind}`), bytes, Buffer.from(',')]),
    )
  }

  #receive(bytes: Buffer): void {
    this.#received = this.#received.length ? Buffer.concat([this.#received, bytes]) : bytes
    for (;;) {
      const colon = this.#received.indexOf(':')
      if (colon < 0) return
      const end = colon + 1 + Number(this.#received.toString('latin1', 0, colon))
      if (this.#received.length <= end) return
      const message = this.#received.subarray(colon + 1, end)
      this.#received = this.#received.subarray(end + 1)
      this.#take(String.fromCharCode(message[0]), message.subarray(1))
    }
  }

  #take(kind: string, body: Buffer): void {
    if (kind === '?') {
      if (!this.#onQuestion) throw new Error('XS asks, and there is no onQuestion')
      this.#send('/', this.#onQuestion(body))
      return
    }
    const asked = this.#queue.shift()
    if (this.#queue.length) this.#send(this.#queue[0].kind, this.#queue[0].bytes)
    if (kind === '!') {
      asked?.reject(new WorkerThrew(body.toString() || this.takePrinted().trim()))
      return
    }
    const end = body.indexOf(METER_ENDS)
    const meter = JSON.parse(body.toString('latin1', 0, end)) as Record<string, number>
    asked?.resolve({
      bytes: body.subarray(end + 1),
      computations: meter['compute'],
      slots: meter['currentHeapCount'],
      reserved: meter['allocate'],
    })
  }

  #die(why: string): void {
    this.#death ??= new WorkerDied([why, this.#printed.trim()].filter(Boolean).join('\n'))
    for (const { reject } of this.#queue.splice(0)) reject(this.#death)
  }
}
