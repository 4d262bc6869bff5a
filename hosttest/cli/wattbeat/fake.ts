/**
 * A dongle of the firmware's own line, responder and dialogue at the end of a pair of streams, with scripted answers; and a
 * terminal whose keys and words pass through the test's hands.
 */
import { randomFillSync } from 'node:crypto'
import { Duplex } from 'node:stream'
import { jest } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import { Dialogue } from '../../../firmware/provisioning/dialogue'
import type { Label } from '../../../firmware/provisioning/frames'
import { encodeFragment, fragmentCount, LineReader } from '../../../firmware/provisioning/line'
import { encodeRecord, MessageReader, recordCount } from '../../../firmware/provisioning/messages'
import type { Call } from '../../../firmware/provisioning/methods'
import { CODE, type DialogueError } from '../../../firmware/provisioning/request'
import { Responder } from '../../../firmware/provisioning/responder'
import { stagesOver } from '../../../firmware/settings/patch'
import type { Settings } from '../../../firmware/settings/schema'
import { shownSettings } from '../../../firmware/settings/shown'
import { Failure } from '../../../tools/cli/wattbeat/failure'
import { main } from '../../../tools/cli/wattbeat/main'
import type { Port, Surroundings } from '../../../tools/cli/wattbeat/surroundings'
import { labelText } from '../../../tools/factory/label'
import { noblePrimitives } from '../../../tools/noble/primitives'
import { Flash } from '../../../tools/sim/flash'
import { patchSettings } from '../../settings/patched'

export const LABEL: Label = {
  serial: 'WB0001',
  labelSecret: Uint8Array.from({ length: 16 }, (_, i) => 17 * i),
}
export const LABEL_TEXT = labelText(LABEL)
export const [, , SECRET_TEXT] = LABEL_TEXT.split(':')

/** Two ends: what is written at one is read at the other. */
export function cable(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  for (const other of [1, 0])
    ends.push(
      new Duplex({
        read() {},
        write(bytes, _encoding, done) {
          setImmediate(() => ends[other].push(bytes))
          done()
        },
        destroy(_error, done) {
          setImmediate(() => ends[other].destroy())
          done(null)
        },
      }),
    )
  return [ends[0], ends[1]]
}

/** Undefined: the call is left without an answer. */
export type Answer =
  | { result: unknown; progress?: readonly unknown[] }
  | { error: DialogueError; progress?: readonly unknown[] }
  | undefined

export class FakeDongle {
  settings: Settings | undefined
  readonly calls: Call[] = []
  readonly cancelled: number[] = []
  /** In place of the usual answers. */
  readonly answers: { [M in Call['method']]?: (call: Call) => Answer } = {}
  readonly #store = new Flash()
  #responder!: Responder
  #dialogue!: Dialogue
  #messages!: MessageReader
  #reader = new LineReader(false)
  #stream!: Duplex
  #number = 0
  #timer: NodeJS.Timeout | undefined

  constructor() {
    this.restart()
  }

  plug(stream: Duplex): this {
    this.#stream = stream
    stream.on('data', (bytes: Buffer) => this.#take(bytes))
    stream.on('error', () => {})
    return this
  }

  restart(): void {
    const options = { primitives: noblePrimitives, label: LABEL, transport: 'cable' as const }
    const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
    this.#responder = new Responder({ ...options, entropy, store: this.#store }, now())
    this.#dialogue = new Dialogue()
    this.#messages = new MessageReader()
  }

  /** The cable is pulled, or the USB port of a chip goes while it restarts. */
  unplug(): void {
    this.#stream.destroy()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  progress(id: number, value: unknown): void {
    this.#dialogue.progress(id, value)
    this.#run()
  }

  #take(bytes: Buffer): void {
    for (const item of this.#reader.take(bytes, now()))
      if (item.kind === 'frame') this.#responder.receive(item.bytes, now())
    this.#run()
  }

  #run(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const output = this.#responder.poll(now())
      if (output.kind === 'send') this.#send(output.bytes)
      else if (output.kind === 'open') this.#messages = new MessageReader()
      else if (output.kind === 'record') this.#hear(output.bytes)
      else if (output.kind === 'refused') this.#dialogue.end()
      else if (output.kind === 'wait' && !this.#talk()) {
        const ms = Math.min(output.until - now(), 60_000)
        if (ms > 0) {
          this.#timer = setTimeout(() => this.#run(), ms).unref()
          return
        }
      }
    }
  }

  #hear(record: Uint8Array): void {
    const message = this.#messages.take(record)
    if (message === 'wrong') this.#responder.close(now())
    else if (message) this.#dialogue.receive(message, now())
  }

  /** Whether there was anything to say. */
  #talk(): boolean {
    const output = this.#dialogue.poll(now())
    if (output.kind === 'wait') return false
    if (output.kind === 'send') {
      for (let i = 0; i < recordCount(output.bytes.length) && this.#responder.isOpen; i++)
        this.#responder.write(encodeRecord(output.bytes, i), now())
    } else if (output.kind === 'cancel') this.cancelled.push(output.id)
    else this.#call(output)
    return true
  }

  #call(call: Call): void {
    this.calls.push(call)
    const answer = (this.answers[call.method] ?? ((asked) => this.#usual(asked)))(call)
    for (const value of answer?.progress ?? []) this.#dialogue.progress(call.id, value)
    if (!answer) return
    if ('error' in answer) this.#dialogue.refuse(call.id, answer.error)
    else this.#dialogue.answer(call.id, answer.result)
  }

  #usual(call: Call): Answer {
    switch (call.method) {
      case 'info':
        return { result: { product: 'wattbeat', serial: LABEL.serial, state: 'unprovisioned' } }
      case 'settings.get':
        return this.settings
          ? { result: shownSettings(this.settings) }
          : { error: { code: CODE.unprovisioned, message: 'there are no settings yet' } }
      case 'settings.set': {
        const parsed = patchSettings(this.settings, call.params.patch)
        if ('wrong' in parsed)
          return {
            error: {
              code: CODE.wrongParams,
              message: 'wrong settings',
              data: { wrong: parsed.wrong },
            },
          }
        if (!call.params.dryRun) this.settings = parsed.settings
        return { result: null }
      }
      case 'credentials.stage': {
        const undecided = stagesOver(this.settings, { staged: call.params })
        if (!undecided) return { result: null }
        const message = 'another pair is staged'
        return { error: { code: CODE.wrongParams, message, data: { wrong: [undecided] } } }
      }
      case 'status':
        return { result: { state: 'streaming', why: '', ticks: { sent: 3 } } }
      case 'test':
        return { error: { code: CODE.notYet, message: 'not in this version' } }
      default:
        return { result: null }
    }
  }

  #send(frame: Uint8Array): void {
    const number = this.#number++ & 0xff
    this.#stream.write('12.345 W half a li')
    for (let i = 0; i < fragmentCount(frame.length); i++)
      this.#stream.write(Buffer.from(encodeFragment(frame, number, i)))
  }
}

/** What a run of the tool printed, and its exit code. */
export interface Told {
  code: number
  out: string
  err: string
}

export interface Circumstances {
  dongle?: FakeDongle
  env?: Record<string, string | undefined>
  ports?: readonly Port[] | Failure
  /** What is typed, one after the other; without it nobody can be asked. */
  typed?: (string | boolean)[]
  isTerminal?: boolean
  interruption?: AbortController
  openPort?: Surroundings['openPort']
}

export async function wattbeat(
  line: string | readonly string[],
  circumstances: Circumstances = {},
): Promise<Told> {
  const { dongle, typed, interruption = new AbortController() } = circumstances
  const told = { out: '', err: '' }
  const next = (): string | boolean | Failure =>
    typed?.shift() ?? new Failure('interrupted', 'interrupted')
  const surroundings: Surroundings = {
    env: circumstances.env ?? { WATTBEAT_LABEL: LABEL_TEXT, WATTBEAT_PORT: 'fake' },
    isTerminal: circumstances.isTerminal ?? false,
    rows: 24,
    columns: 80,
    prompts: typed && {
      async secret(_message, check) {
        for (;;) {
          const answer = next() as string | Failure
          if (answer instanceof Failure) return answer
          const wrong = check(answer)
          if (wrong === undefined) return answer
          told.err += `${wrong}\n`
        }
      },
      choose: async () => next() as string,
      confirm: async () => next() as boolean,
    },
    signal: interruption.signal,
    out: (text) => void (told.out += text),
    err: (text) => void (told.err += text),
    bar: (share) => void (told.err += `bar ${share}\n`),
    endBar() {},
    listPorts: async () => (circumstances.ports ?? []) as Port[],
    async openPort(path) {
      if (circumstances.openPort) return circumstances.openPort(path)
      const [tool, end] = cable()
      dongle?.plug(end)
      return tool
    },
  }
  const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line
  const code = await main(words, surroundings)
  // What was written last is still on the cable.
  await new Promise((resolve) => setImmediate(resolve))
  dongle?.stop()
  return { code, ...told }
}

export function now(): MonotonicMs {
  // Whole, as a device has them: of a fraction, adding a second and taking it off again may leave more than a second.
  return Math.floor(performance.now()) as MonotonicMs
}

/** However slow: far more than any command waits for. */
const MAX_SECONDS = 4000

/** Virtual seconds pass, in each of which both ends have their say, until it is over: how many it takes is not ours to know. */
export async function playOut<T>(running: Promise<T>): Promise<T> {
  let isOver = false
  const end = running.finally(() => (isOver = true))
  for (let s = 0; !isOver; s++) {
    if (s === MAX_SECONDS) throw new Error(`not over after ${s} s`)
    await jest.advanceTimersByTimeAsync(1000)
    for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  return end
}
