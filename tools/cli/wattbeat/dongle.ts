/**
 * A dongle at the end of a cable: its calls (JSON-RPC 2.0 in the secure channel) with progress, time limits, and failures as
 * values. docs/provisioning.md, "The dialogue"
 */
import type { Duplex } from 'node:stream'
import { utf8 } from '../../../firmware/core/bytes'
import { printable } from '../../../firmware/core/printable'
import { type Label, MAX_IDLE_MS } from '../../../firmware/provisioning/frames'
import { METHODS, type MethodName } from '../../../firmware/provisioning/methods'
import { CODE } from '../../../firmware/provisioning/request'
import type { WrongField } from '../../../firmware/settings/parse'
import { Channel, textOf } from './channel'
import { Failure } from './failure'

/** On top of what the dongle gives itself: a full message each way takes the cable 2 s. */
const MARGIN_MS = 5000

/**
 * Each side ends a channel from which it has heard nothing for MAX_IDLE_MS. A dongle that has restarted knows of no channel, and
 * says so when it hears from one: while a call is open it is asked often, for its answer would never come.
 */
const HEARD_EVERY_MS = MAX_IDLE_MS / 2
const WAITING_ASK_MS = 2000

export interface CallOptions {
  onProgress?(value: unknown): void
  /** Ends the call in the dongle too. */
  signal?: AbortSignal
  /** By default what the dongle gives itself (firmware/provisioning/methods.ts), and a margin. */
  maxMs?: number
}

interface OpenCall {
  onProgress: ((value: unknown) => void) | undefined
  end(result: unknown): void
}

export class Dongle {
  readonly #channel: Channel
  readonly #calls = new Map<number, OpenCall>()
  readonly #asking = setInterval(() => this.#ask(), WAITING_ASK_MS)
  #askedAt = performance.now()
  #isAsking = false
  #nextId = 1
  #ended: Failure | undefined

  /** Calls `info` at once, which is the channel's first record. */
  static async connect(
    stream: Duplex,
    label: Label,
  ): Promise<{ dongle: Dongle; info: unknown } | Failure> {
    const channel = await Channel.open(stream, label)
    if (channel instanceof Failure) return channel
    const dongle = new Dongle(channel)
    const info = await dongle.call('info')
    if (!(info instanceof Failure)) return { dongle, info }
    dongle.close()
    return info
  }

  private constructor(channel: Channel) {
    this.#channel = channel
    channel.listen({
      onMessage: (bytes) => this.#take(textOf(bytes)),
      onEnd: (failure) => this.#end(failure),
    })
  }

  /** The result, or why there is none. */
  call(method: MethodName, params: object = {}, options: CallOptions = {}): Promise<unknown> {
    const { onProgress, signal, maxMs = METHODS[method].maxMs + MARGIN_MS } = options
    if (this.#ended) return Promise.resolve(this.#ended)
    if (signal?.aborted) return Promise.resolve(interrupted())
    const id = this.#nextId++
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#cancel(id)
        end(new Failure('late', `${method}: no answer within ${maxMs / 1000} s`))
      }, maxMs)
      const onAbort = (): void => {
        this.#cancel(id)
        end(interrupted())
      }
      const end = (result: unknown): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#calls.delete(id)
        resolve(result)
      }
      signal?.addEventListener('abort', onAbort)
      this.#calls.set(id, { onProgress, end })
      const failure = this.#send({ id, method, params })
      if (failure) end(failure)
    })
  }

  #ask(): void {
    const now = performance.now()
    if (this.#isAsking || (this.#calls.size === 0 && now - this.#askedAt < HEARD_EVERY_MS)) return
    this.#askedAt = now
    this.#isAsking = true
    void this.call('info').then(() => (this.#isAsking = false))
  }

  close(): void {
    this.#end(new Failure('cable', 'the channel was closed'))
    this.#channel.close()
  }

  #cancel(id: number): void {
    if (!this.#ended) this.#send({ method: 'cancel', params: { id } })
  }

  #send(message: object): Failure | undefined {
    return this.#channel.send(utf8(JSON.stringify({ jsonrpc: '2.0', ...message })))
  }

  #end(failure: Failure): void {
    clearInterval(this.#asking)
    this.#ended ??= failure
    for (const { end } of [...this.#calls.values()]) end(this.#ended)
  }

  /** What is no answer to a call of ours is nothing. */
  #take(text: string): void {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return
    }
    const message = asObject(json)
    if (message?.['method'] === 'progress') {
      const { id, value } = asObject(message['params']) ?? {}
      this.#calls.get(id as number)?.onProgress?.(value)
      return
    }
    const call = this.#calls.get(message?.['id'] as number)
    if (!message || !call) return
    call.end('error' in message ? failureOf(message['error']) : (message['result'] ?? null))
  }
}

function interrupted(): Failure {
  return new Failure('interrupted', 'interrupted')
}

function failureOf(error: unknown): Failure {
  const { code, message, data } = asObject(error) ?? {}
  const { wrong, more, fix } = asObject(data) ?? {}
  const number = typeof code === 'number' ? code : CODE.internal
  const words = typeof message === 'string' ? printable(message) : 'the dongle refused'
  const kind =
    number === CODE.wrongParams ? 'settings' : number === CODE.timedOut ? 'late' : 'refused'
  const fields = Array.isArray(wrong) ? wrong.flatMap(wrongField) : []
  return new Failure(kind, `the dongle: ${words}`, {
    code: number,
    ...(fields.length > 0 ? { wrong: fields } : {}),
    ...(typeof more === 'number' ? { more } : {}),
    ...(typeof fix === 'string' ? { fix: printable(fix) } : {}),
  })
}

function wrongField(value: unknown): WrongField[] {
  const { field, found, expected } = asObject(value) ?? {}
  if (typeof field !== 'string' || typeof found !== 'string' || typeof expected !== 'string')
    return []
  return [{ field: printable(field), found: printable(found), expected: printable(expected) }]
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
