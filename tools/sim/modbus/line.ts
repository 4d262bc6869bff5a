/** A serial line in virtual time with simulated devices on it: registers, latency, and nothing else. */
import { putU16, u16 } from '../../../firmware/core/bytes'
import type { MonotonicMs } from '../../../firmware/core/time'
import { seal } from '../../../firmware/modbus/crc16'

/** Bytes that arrive `afterMs` from now. */
export interface Arrival {
  afterMs: number
  bytes: Uint8Array
}

/** What the far end does with a frame that was sent to it. */
export type Responder = (frame: Uint8Array, now: number) => Arrival[]

export interface Machine<Output> {
  receive(bytes: Uint8Array, now: MonotonicMs): void
  poll(now: MonotonicMs): Output
}

type AnyOutput = { kind: string; bytes?: Uint8Array; until?: number }

/** Runs a machine against a line; what is neither 'send' nor 'wait' goes to `take`, whose true ends the run. */
export class Line<Output extends AnyOutput> {
  now = 0
  readonly sent: { at: number; bytes: Uint8Array }[] = []
  readonly #machine: Machine<Output>
  readonly #respond: Responder
  #coming: { at: number; bytes: Uint8Array }[] = []

  constructor(machine: Machine<Output>, respond: Responder) {
    this.#machine = machine
    this.#respond = respond
  }

  inject(afterMs: number, bytes: Uint8Array): void {
    this.#coming.push({ at: this.now + afterMs, bytes })
  }

  run(untilMs: number, take: (output: Output, at: number) => unknown = () => {}): void {
    for (let steps = 0; steps < 1_000_000; steps++) {
      const output = this.#machine.poll(this.now as MonotonicMs)
      if (output.kind === 'send') {
        const bytes = (output.bytes as Uint8Array).slice()
        this.sent.push({ at: this.now, bytes })
        for (const { afterMs, bytes: reply } of this.#respond(bytes, this.now))
          this.inject(afterMs, reply)
      } else if (output.kind === 'wait') {
        this.#coming.sort((a, b) => a.at - b.at)
        const next = this.#coming[0]
        const due = Math.min(output.until as number, next ? next.at : Number.POSITIVE_INFINITY)
        if (due > untilMs) {
          this.now = untilMs
          return
        }
        this.now = Math.max(this.now, due)
        if (next && next.at <= this.now) {
          this.#coming.shift()
          this.#machine.receive(next.bytes, this.now as MonotonicMs)
        }
      } else if (take(output, this.now) === true) return
    }
    throw new Error('the machine never waits')
  }
}

export function bytes(hex: string): Uint8Array {
  const digits = hex.split(' ').join('')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
}

/** The frame of these bytes: its checksum behind them. */
export function framed(...content: number[]): Uint8Array {
  const frame = new Uint8Array(content.length + 2)
  frame.set(content)
  seal(frame, content.length)
  return frame
}

export interface Slave {
  unit: number
  /** Registers by address, of functions 3 and 4; a read of one that is missing is refused with exception 2. */
  registers: Map<number, number>
  latencyMs: number
  /** Longer reads are refused with exception 3, or not answered at all. */
  most?: number
  mute?: boolean
  silentAbove?: number
  codes?: number[]
}

export function slave(unit: number, values: { [address: number]: readonly number[] }): Slave {
  const registers = new Map<number, number>()
  for (const [address, words] of Object.entries(values))
    words.forEach((word, i) => {
      registers.set(Number(address) + i, word)
    })
  return { unit, registers, latencyMs: 20 }
}

/** Answers as the slaves on a line of `baud` would, each reply in one piece when its last byte is there. */
export function bus(slaves: readonly Slave[], baud = 9600): Responder {
  return (frame) => {
    const one = slaves.find(({ unit }) => unit === frame[0])
    if (!one || one.mute) return []
    const reply = answer(one, frame)
    if (!reply) return []
    const afterMs = ((frame.length + reply.length) * 10_000) / baud + one.latencyMs
    return [{ afterMs, bytes: reply }]
  }
}

export function answer(one: Slave, frame: Uint8Array): Uint8Array | undefined {
  const [unit, code] = frame
  if (!(one.codes ?? [3, 4]).includes(code)) return framed(unit, code + 0x80, 1)
  const address = u16(frame, 2)
  const count = u16(frame, 4)
  if (count > (one.silentAbove ?? 125)) return undefined
  if (count > (one.most ?? 125)) return framed(unit, code + 0x80, 3)
  const content = new Uint8Array(3 + 2 * count)
  content.set([unit, code, 2 * count])
  for (let i = 0; i < count; i++) {
    const value = one.registers.get(address + i)
    if (value === undefined) return framed(unit, code + 0x80, 2)
    putU16(content, 3 + 2 * i, value)
  }
  return framed(...content)
}

/** The two words of an IEEE 754 binary32, high word first. */
export function float(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return [view.getUint16(0), view.getUint16(2)]
}

/** The two words of a 32-bit integer, high word first. */
export function long(value: number): number[] {
  return [(value >>> 16) & 0xffff, value & 0xffff]
}
