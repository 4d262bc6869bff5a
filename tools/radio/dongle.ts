/** A dongle in provisioning mode: its firmware on XS, its radio a GATT service that Chromium emulates (tools/peers/chromium.ts). */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { MonotonicMs } from '../../firmware/core/time'
import type { Label } from '../../firmware/provisioning/frames'
import { GATT_SERVICE, radioName, WANTED_MTU } from '../../firmware/provisioning/gatt'
import type { EmulatedPeripheral } from '../peers/chromium'
import { bundle } from '../xs/bundle'
import { Worker } from '../xs/worker'
import type { RadioCommand, RadioReply } from './messages'

type Event = RadioCommand extends infer One
  ? One extends RadioCommand
    ? Omit<One, 'now'>
    : never
  : never

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

  static async start(label: Label): Promise<RadioDongle> {
    const script = resolve('build/xs/radio.js')
    await bundle({ entryPoints: ['tools/radio/inside.ts'], outfile: script })
    const dongle = new RadioDongle(label)
    await dongle.#worker.load(script)
    const { serial, labelSecret } = label
    await dongle.#do({
      kind: 'boot',
      label: { serial, labelSecret: [...labelSecret] },
      builtAt: Date.now(),
    })
    return dongle
  }

  private constructor({ serial }: Label) {
    this.name = radioName(serial)
    this.#worker = new Worker({
      onQuestion: (question) =>
        randomBytes((JSON.parse(Buffer.from(question).toString()) as { random: number }).random),
    })
  }

  async connected(): Promise<void> {
    this.#answer = new Uint8Array(0)
    await this.#do({ kind: 'connected' })
  }

  /** Answers before the firmware has heard it, as a stack does that never waits for it. */
  written(bytes: Uint8Array): void {
    void this.#do({ kind: 'request', bytes: [...bytes], mtu: WANTED_MTU })
  }

  read(): Uint8Array {
    return this.#answer
  }

  async gone(): Promise<void> {
    await this.#do({ kind: 'gone' })
  }

  async stop(): Promise<void> {
    clearTimeout(this.#alarm)
    await this.#worker.kill()
  }

  async #do(event: Event): Promise<void> {
    const command = { ...event, now: performance.now() as MonotonicMs }
    const { bytes } = await this.#worker.command(Buffer.from(JSON.stringify(command)))
    const reply = JSON.parse(Buffer.from(bytes).toString()) as RadioReply
    this.log.push(...reply.log)
    if (reply.answer) this.#answer = Uint8Array.from(reply.answer)
    if (reply.drops) this.onDrop()
    clearTimeout(this.#alarm)
    const ms = (reply.until ?? Number.POSITIVE_INFINITY) - performance.now()
    // Infinity is null in JSON.
    if (reply.until !== null && ms < 600_000)
      this.#alarm = setTimeout(() => void this.#do({ kind: 'alarm' }), Math.max(0, ms))
  }
}
