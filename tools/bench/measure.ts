/**
 * Counts what an action costs on XS: computations, and slots and chunk bytes allocated, garbage included.
 * How each is had from the engine is told in docs/performance.md.
 */
import { randomFillSync } from 'node:crypto'
import { nodePrimitives } from '../node/crypto'
import { mapStack } from '../xs/bundle'
import { type Answer, pack, type Question, unpack } from '../xs/messages'
import { PrimitiveAnswers, splitParts } from '../xs/primitives'
import { type Reply, Worker } from '../xs/worker'
import type { BenchCommand, BenchReply } from './inside'

export interface Count {
  computations: number
  slots: number
  /** Bytes. */
  chunks: number
}

/** The chunk memory that the ballast leaves is less than this, and XS's chunks are multiples of 16 bytes. */
const MAX_FREE_BYTES = 4 * 1024 * 1024
const GRAIN = 16

const answers = new PrimitiveAnswers(
  nodePrimitives({ fill: (bytes) => void randomFillSync(bytes) }),
)

/** Of the secure channel's scenarios, for cryptography. */
function onQuestion(packed: Uint8Array): Uint8Array {
  const { message, bytes } = unpack<Question>(packed)
  if (message.kind !== 'primitive') throw new Error(`${message.kind} is not asked in a bench`)
  const parts = splitParts(bytes ?? new Uint8Array(0), message.lengths)
  return pack<Answer>({}, answers.answer(message.question, parts))
}

export class Bench {
  readonly #script: string
  readonly #worker = new Worker({ onQuestion })
  /** What it costs to do nothing so many times. */
  readonly #idle = new Map<number, Count>()
  /** As of the last run. */
  #slots = 0

  private constructor(script: string) {
    this.#script = script
  }

  static async start(script: string): Promise<Bench> {
    const bench = new Bench(script)
    await bench.#worker.load(script)
    return bench
  }

  async list(): Promise<{ name: string; times: number }[]> {
    return (await this.#ask({ kind: 'list' })).value!
  }

  /** The cost of one of `times` actions. */
  async count(name: string, times: number): Promise<Count> {
    const idle = this.#idle.get(times) ?? (await this.#total('', times))
    this.#idle.set(times, idle)
    const busy = await this.#total(name, times)
    const cost = (key: keyof Count) => (busy[key] - idle[key]) / times
    return { computations: cost('computations'), slots: cost('slots'), chunks: cost('chunks') }
  }

  stop(): Promise<void> {
    return this.#worker.stop()
  }

  async #total(name: string, times: number): Promise<Count> {
    const { slots, computations } = await this.#run(name, times)
    const before = await this.#freeAfter(name, 0)
    const after = await this.#freeAfter(name, times)
    if (after > before) throw new Error(`${name}: ${times} times do not fit the heap`)
    return { computations, slots, chunks: before - after }
  }

  async #run(name: string, times: number): Promise<{ computations: number; slots: number }> {
    const before = (await this.#ask({ kind: 'prepare', name })).reply
    const after = (await this.#ask({ kind: 'run', times })).reply
    this.#slots = after.slots
    return { computations: after.computations, slots: after.slots - before.slots }
  }

  /** How many bytes of chunk memory are free when the action has run so often: the largest chunk that still fits. */
  async #freeAfter(name: string, times: number): Promise<number> {
    let fits = 0
    let collects = MAX_FREE_BYTES / GRAIN
    while (collects - fits > 1) {
      const middle = (fits + collects) >> 1
      await this.#run(name, times)
      if (await this.#fits(middle * GRAIN)) fits = middle
      else collects = middle
    }
    return fits * GRAIN
  }

  /** Whether there is room for one more chunk of `bytes` without a collection. */
  async #fits(bytes: number): Promise<boolean> {
    return (await this.#ask({ kind: 'probe', bytes })).reply.slots > this.#slots
  }

  async #ask(command: BenchCommand): Promise<{ reply: Reply; value: BenchReply }> {
    try {
      const reply = await this.#worker.command(Buffer.from(JSON.stringify(command)))
      return { reply, value: JSON.parse(String(reply.bytes)) as BenchReply }
    } catch (error) {
      const why = `${JSON.stringify(command)}: ${(error as Error).message}`
      throw new Error(mapStack(why, this.#script))
    }
  }
}
