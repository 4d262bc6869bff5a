/** A dongle of the factory: its firmware on XS, its radio a GATT service that Chromium emulates (tools/peers/chromium.ts). */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { MonotonicMs } from '../../firmware/core/time'
import type { Label } from '../../firmware/provisioning/frames'
import { GATT_SERVICE, radioName, WANTED_MTU } from '../../firmware/provisioning/gatt'
import { sealFactoryData } from '../factory/seal'
import type { EmulatedPeripheral } from '../peers/chromium'
import { bundle } from '../xs/bundle'
import { Worker } from '../xs/worker'
import type { RadioCommand, RadioReply } from './messages'

type Event = RadioCommand extends infer One
  ? One extends RadioCommand
    ? Omit<One, 'now'>
    : never
  : never

/** An alarm that comes too early is set again. */
const MAX_ALARM_MS = 60_000

export class RadioDongle implements EmulatedPeripheral {
  readonly address = '02:57:42:00:00:01'
  readonly name: string
  readonly service = GATT_SERVICE
  /** What it was asked for, and what it refused. */
  readonly log: string[] = []
  /** It wants to lose the phone. */
  onDrop = (): void => {}
  readonly #worker: Worker
  #answer = new Uint8Array(0)
  #alarm: NodeJS.Timeout | undefined
  #isOver = false

  static async start(label: Label): Promise<RadioDongle> {
    const script = resolve('build/xs/radio.js')
    await bundle({ entryPoints: ['tools/radio/inside.ts'], outfile: script })
    const dongle = new RadioDongle(label)
    await dongle.#worker.load(script)
    const { serial } = label
    const factoryRecord = [...sealFactoryData(label)]
    await dongle.#do({ kind: 'boot', serial, builtAt: Date.now(), factoryRecord })
    return dongle
  }

  private constructor({ serial }: Label) {
    this.name = radioName(serial)
    this.#worker = new Worker({
      // So many random bytes.
      onQuestion: (question) => randomBytes(Number(Buffer.from(question).toString())),
    })
  }

  async connected(): Promise<void> {
    this.#answer = new Uint8Array(0)
    await this.#do({ kind: 'connected' })
  }

  /** Answers before the firmware has heard it, as a stack does that never waits for it. */
  written(bytes: Uint8Array): void {
    this.#tell({ kind: 'request', bytes: [...bytes], mtu: WANTED_MTU })
  }

  read(): Uint8Array {
    return this.#answer
  }

  async gone(): Promise<void> {
    await this.#do({ kind: 'gone' })
  }

  async stop(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#alarm)
    await this.#worker.kill()
  }

  /** Without waiting. */
  #tell(event: Event): void {
    this.#do(event).catch((error) => {
      // What is asked when it is stopped has no answer.
      if (!this.#isOver) throw error
    })
  }

  async #do(event: Event): Promise<void> {
    if (this.#isOver) return
    const command = { ...event, now: performance.now() as MonotonicMs }
    const { bytes } = await this.#worker.command(Buffer.from(JSON.stringify(command)))
    const reply = JSON.parse(Buffer.from(bytes).toString()) as RadioReply
    this.log.push(...reply.log)
    if (reply.answer) this.#answer = Uint8Array.from(reply.answer)
    if (reply.drops) this.onDrop()
    clearTimeout(this.#alarm)
    if (reply.until === undefined || this.#isOver) return
    const ms = Math.min(Math.max(0, reply.until - performance.now()), MAX_ALARM_MS)
    this.#alarm = setTimeout(() => this.#tell({ kind: 'alarm' }), ms)
  }
}
