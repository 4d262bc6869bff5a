/** A dongle and a tool in virtual time, whose frames pass through the test's hands. */
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import type { ChannelOptions, ChannelOutput } from '../../firmware/provisioning/frames'
import { Initiator } from '../../firmware/provisioning/initiator'
import { Responder } from '../../firmware/provisioning/responder'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { primitives } from '../crypto/primitives'

export const LABEL = Object.freeze({
  serial: 'WB0001',
  labelSecret: Uint8Array.from({ length: 16 }, (_, i) => 3 * i),
})

const products = new Map<string, Uint8Array>()
/** Looks up what was multiplied before: the same keys are drawn again and again here, and XS takes its time. */
const remembering: ChannelOptions['primitives'] = {
  ...primitives,
  x25519(scalar, u) {
    const key = `${scalar} ${u}`
    const product = products.get(key) ?? primitives.x25519(scalar, u)
    products.set(key, product)
    return product.slice()
  },
}

export interface Conditions {
  dongle?: Partial<ChannelOptions>
  tool?: Partial<ChannelOptions>
  flash?: Flash
}

interface Side {
  receive(frame: Uint8Array, now: MonotonicMs): void
  poll(now: MonotonicMs): ChannelOutput
}

export class Conversation {
  now = 1000 as MonotonicMs
  readonly log: string[] = []
  readonly flash: Flash
  dongle: Responder
  tool: Initiator
  readonly #conditions: Conditions
  #seed = 1

  constructor(conditions: Conditions = {}) {
    this.#conditions = conditions
    this.flash = conditions.flash ?? new Flash()
    this.dongle = this.#newDongle()
    this.tool = this.#newTool()
  }

  /** The tool begins anew. */
  again(): this {
    this.tool = this.#newTool()
    return this
  }

  restart(): this {
    this.dongle = this.#newDongle()
    return this
  }

  pass(ms: number): this {
    this.now = (this.now + ms) as MonotonicMs
    return this
  }

  /** Until neither has more to say. */
  run(): this {
    for (let isOver = false; !isOver; ) {
      const toDongle = this.fromTool()
      this.toDongle(...toDongle)
      const toTool = this.fromDongle()
      this.toTool(...toTool)
      isOver = toDongle.length + toTool.length === 0
    }
    return this
  }

  /** As a user of the channel does: a first record at once. */
  open(): this {
    this.run()
    this.say('hello')
    this.run()
    this.log.length = 0
    return this
  }

  say(text: string): void {
    this.tool.write(utf8(text))
  }

  answer(text: string): void {
    this.dongle.write(utf8(text), this.now)
  }

  fromTool(): Uint8Array[] {
    return this.#drain('tool', this.tool)
  }

  fromDongle(): Uint8Array[] {
    return this.#drain('dongle', this.dongle)
  }

  toDongle(...frames: Uint8Array[]): this {
    for (const frame of frames) this.dongle.receive(frame.slice(), this.now)
    return this
  }

  toTool(...frames: Uint8Array[]): this {
    for (const frame of frames) this.tool.receive(frame.slice(), this.now)
    return this
  }

  #drain(name: string, side: Side): Uint8Array[] {
    const frames: Uint8Array[] = []
    for (;;) {
      const output = side.poll(this.now)
      if (output.kind === 'wait') {
        if (output.until > this.now) return frames
      } else if (output.kind === 'send') frames.push(output.bytes.slice())
      else this.log.push(`${name}: ${inWords(output)}`)
    }
  }

  #newDongle(): Responder {
    const store = this.flash
    return new Responder({ ...this.#options(), ...this.#conditions.dongle, store }, this.now)
  }

  #newTool(): Initiator {
    return new Initiator({ ...this.#options(), ...this.#conditions.tool }, this.now)
  }

  #options(): ChannelOptions {
    const entropy = random(this.#seed++)
    return { primitives: remembering, entropy, label: LABEL, transport: 'cable' }
  }
}

function inWords(output: Exclude<ChannelOutput, { kind: 'send' | 'wait' }>): string {
  if (output.kind === 'open') return 'open'
  if (output.kind === 'record') return `record ${readUtf8(output.bytes)}`
  return `refused: ${output.why}${output.waitMs ? `, wait ${output.waitMs}` : ''}`
}
