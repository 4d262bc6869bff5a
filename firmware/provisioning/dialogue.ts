/**
 * The dialogue with an installer's tool, inside the secure channel: a machine. It takes requests, hands valid calls to the
 * supervisor, and gives its answers and progress back. How many calls are open and how long each is has its bounds. After
 * any call, poll(now) until it answers 'wait'.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import { MAX_MESSAGE_BYTES } from './messages'
import { type Call, METHODS } from './methods'
import {
  CODE,
  type DialogueError,
  encodeError,
  encodeProgress,
  encodeReply,
  readRequest,
} from './request'

export const MAX_CALLS = 4
/** With so much unsaid, further requests are not heard and progress is left out. */
const MAX_OUTPUTS = 16

export type DialogueOutput =
  /** Answer by answer() or refuse(), before that by any number of progress(). */
  | Call
  /** Nobody wants the answer any more. */
  | { kind: 'cancel'; id: number }
  | { kind: 'send'; bytes: Uint8Array }
  | { kind: 'wait'; until: MonotonicMs }

interface OpenCall {
  readonly id: number
  readonly until: MonotonicMs
}

export class Dialogue {
  #calls: OpenCall[] = []
  #outputs: DialogueOutput[] = []
  readonly #wait = { kind: 'wait' as const, until: FOREVER }

  /** One message of the peer. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    if (this.#outputs.length >= MAX_OUTPUTS) return
    const request = readRequest(bytes)
    const { id } = request
    if (request.kind === 'refused') {
      if (id !== undefined) this.#reply(id, encodeError(id, request.error))
      return
    }
    const { method, params } = request
    if (method === 'cancel') {
      const isOpen = this.#cancel((params as { id: number }).id)
      if (typeof id === 'number') this.#send(encodeReply(id, isOpen))
      return
    }
    // Whoever wants no reply would not hear that it was refused either.
    if (typeof id !== 'number') return
    const refusal = this.#refusal(method, id)
    if (refusal) return this.#send(encodeError(id, refusal))
    this.#calls.push({ id, until: later(now, METHODS[method].maxMs) })
    this.#outputs.push({ kind: 'call', id, method, params } as Call)
  }

  /** The last word on the call. Of one that is not open any more it is left out. */
  answer(id: number, result?: unknown): void {
    if (this.#close(id)) this.#reply(id, encodeReply(id, result))
  }

  refuse(id: number, error: DialogueError): void {
    if (this.#close(id)) this.#reply(id, encodeError(id, error))
  }

  /** What a call that goes on has to say; left out if the peer does not keep up. */
  progress(id: number, value: unknown): void {
    if (this.#outputs.length >= MAX_OUTPUTS || !this.#isOpen(id)) return
    const bytes = encodeProgress(id, value)
    if (bytes.length <= MAX_MESSAGE_BYTES) this.#send(bytes)
  }

  /** The channel is gone, and with it whoever waits. */
  end(): void {
    // Those that are cancelled already are to be heard of all the same.
    this.#outputs = this.#outputs.filter(({ kind }) => kind === 'cancel')
    for (const { id } of this.#calls) this.#outputs.push({ kind: 'cancel', id })
    this.#calls = []
  }

  poll(now: MonotonicMs): DialogueOutput {
    let until = FOREVER
    for (let i = this.#calls.length - 1; i >= 0; i--) {
      const call = this.#calls[i]
      if (now >= call.until) this.#drop(call.id, CODE.timedOut, 'it took too long')
      else until = earliest(until, call.until)
    }
    const output = this.#outputs.shift()
    if (output) return output
    this.#wait.until = until
    return this.#wait
  }

  #refusal(method: string, id: number): DialogueError | undefined {
    if (this.#isOpen(id)) return { code: CODE.noRequest, message: 'a call of this id is open' }
    if (this.#calls.length >= MAX_CALLS)
      return {
        code: CODE.busy,
        message: `${MAX_CALLS} calls are open`,
        data: { fix: 'wait for one of them, or cancel it' },
      }
    return method === 'update' ? { code: CODE.notYet, message: 'not in this version' } : undefined
  }

  #cancel(id: number): boolean {
    const isOpen = this.#isOpen(id)
    if (isOpen) this.#drop(id, CODE.cancelled, 'cancelled')
    return isOpen
  }

  #drop(id: number, code: number, message: string): void {
    this.#close(id)
    this.#outputs.push({ kind: 'cancel', id })
    this.#send(encodeError(id, { code, message }))
  }

  #isOpen(id: number): boolean {
    return this.#calls.some((call) => call.id === id)
  }

  #close(id: number): boolean {
    const at = this.#calls.findIndex((call) => call.id === id)
    if (at >= 0) this.#calls.splice(at, 1)
    return at >= 0
  }

  #reply(id: number | null, bytes: Uint8Array): void {
    if (bytes.length <= MAX_MESSAGE_BYTES) this.#send(bytes)
    else this.#send(encodeError(id, { code: CODE.internal, message: 'the answer is too long' }))
  }

  #send(bytes: Uint8Array): void {
    this.#outputs.push({ kind: 'send', bytes })
  }
}
