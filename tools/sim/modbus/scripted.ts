/**
 * A machine on a serial line in virtual time: a test says which bytes come when, or puts slaves on the line, each a map of
 * registers.
 */

import type { MonotonicMs } from '../../../firmware/core/time'
import { seal } from '../../../firmware/modbus/crc16'
import { Agenda } from '../agenda'
import { playMachine } from '../play'
import { answerRead, ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE } from './slave'

export { float, long } from './slave'

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

export class ScriptedLine<Output extends AnyOutput> {
  readonly sent: { at: number; bytes: Uint8Array }[] = []
  readonly #machine: Machine<Output>
  readonly #respond: Responder
  readonly #agenda = new Agenda()

  constructor(machine: Machine<Output>, respond: Responder) {
    this.#machine = machine
    this.#respond = respond
  }

  get now(): number {
    return this.#agenda.now
  }

  set now(at: number) {
    this.#agenda.now = at
  }

  inject(afterMs: number, bytes: Uint8Array): void {
    this.#agenda.after(afterMs, () => this.#machine.receive(bytes, this.now as MonotonicMs))
  }

  /** What is neither 'send' nor 'wait' goes to `take`, whose true ends the run. */
  run(untilMs: number, take: (output: Output, at: number) => unknown = () => {}): void {
    playMachine(this.#machine, this.#agenda, untilMs, (output) => {
      if (output.kind !== 'send') return take(output, this.now)
      const sent = (output.bytes as Uint8Array).slice()
      this.sent.push({ at: this.now, bytes: sent })
      for (const { afterMs, bytes } of this.#respond(sent, this.now)) this.inject(afterMs, bytes)
    })
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
  /** Registers by address; a read of one that is missing is refused with exception 2. */
  registers: Map<number, number>
  latencyMs: number
  /** Longer reads are refused with exception 3, or not answered at all. */
  maxRegisters?: number
  mute?: boolean
  silentAbove?: number
  /** What it does not have is not answered, in place of exception 2. */
  silentOutside?: boolean
  /** Functions that it knows: 3 and 4 if undefined. */
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
    const reply = one && !one.mute ? answer(one, frame) : undefined
    if (!one || !reply) return []
    const afterMs = ((frame.length + reply.length) * 10_000) / baud + one.latencyMs
    return [{ afterMs, bytes: reply }]
  }
}

export function answer(one: Slave, frame: Uint8Array): Uint8Array | undefined {
  const { unit, registers, maxRegisters = 125, silentAbove = 125, codes = [3, 4] } = one
  const read = (code: number, address: number, count: number) => {
    if (!codes.includes(code)) return ILLEGAL_FUNCTION
    if (count > silentAbove) return undefined
    if (count > maxRegisters) return ILLEGAL_VALUE
    const values: number[] = []
    for (let i = 0; i < count; i++) {
      const value = registers.get(address + i)
      if (value === undefined) return one.silentOutside ? undefined : ILLEGAL_ADDRESS
      values.push(value)
    }
    return values
  }
  return answerRead({ unit, read }, frame)
}
