/**
 * Which devices are on the line: line settings and units tried in turn (probes.ts), and what answers recognised.
 * After any call, poll(now) until it answers 'wait'; to interrupt the scan, drop the machine.
 *
 * Bound: a silent line takes below two minutes by default. Each device found adds some seconds as a rule; if it does not
 * answer what it does not have, half a minute, because after each silence the line waits 2 s for a late answer; and never
 * more than the bounds of its recognition.
 */

import { FOREVER, type MonotonicMs } from '../../core/time'
import { ILLEGAL_DATA_VALUE } from '../../modbus/codes'
import type { Answer, Ask, Result } from '../../modbus/exchange'
import { Master } from '../../modbus/master'
import type { LineSettings } from '../../ports/bytestream'
import type { ReadFailure, ReadRequest } from '../query'
import { LineProbes, type ProbeOptions } from './probes'
import { type Finding, Recognition } from './recognition'

/** What installers choose, and what makers ship: the most likely first. */
export const SCAN_LINES: readonly LineSettings[] = [
  { baud: 9600, parity: 'none', stopBits: 1 },
  { baud: 9600, parity: 'even', stopBits: 1 },
  { baud: 19_200, parity: 'none', stopBits: 1 },
  { baud: 19_200, parity: 'even', stopBits: 1 },
  { baud: 115_200, parity: 'none', stopBits: 1 },
  { baud: 2400, parity: 'none', stopBits: 1 },
  { baud: 9600, parity: 'none', stopBits: 2 },
  { baud: 4800, parity: 'none', stopBits: 1 },
  { baud: 38_400, parity: 'none', stopBits: 1 },
  { baud: 57_600, parity: 'none', stopBits: 1 },
]

/** PACE answers within 200 ms, the longest time that a manual promises. */
const PROBE_MS = 200
/** A device that answers gets more time to say what it is. */
const RECOGNITION_MS = 500
const MAX_FOUND = 32
/** Of one device, answers that are damaged or say that it is busy: further ones are taken for silence. */
const MAX_UNCLEAR = 8

export interface ScanOptions extends ProbeOptions {
  readonly lines?: readonly LineSettings[] | undefined
}

export interface FoundDevice extends Finding {
  readonly kind: 'found'
  readonly line: LineSettings
  readonly unit: number
}

export type ScanOutput =
  /** Open the line with these settings, then call opened(). */
  | { kind: 'open'; line: LineSettings }
  | { kind: 'send'; bytes: Uint8Array }
  | FoundDevice
  /** Share of the scan that is done, from 0 to 1. */
  | { kind: 'progress'; done: number }
  | { kind: 'wait'; until: MonotonicMs }
  | { kind: 'done' }

type State =
  | { kind: 'opening' }
  /** Whether any device answers at a unit. */
  | { kind: 'probing' }
  | { kind: 'recognising'; recognition: Recognition }
  | { kind: 'done' }

export class BusScan {
  readonly #options: ScanOptions
  readonly #lines: readonly LineSettings[]
  #master: Master
  #state: State = { kind: 'opening' }
  /** Whether the open line has been asked for. */
  #announced = false
  /** Number of the line in #lines, and of the probe that is due on it. */
  #line = 0
  #probe = 0
  #probes: LineProbes
  /** Whole percents of the scan that have been told. */
  #told = -1
  #unclear = 0
  /** Units that have answered. */
  #answering: number[] = []
  #outputs: ScanOutput[] = []

  constructor(options: ScanOptions = {}) {
    this.#options = options
    this.#lines = options.lines ?? SCAN_LINES
    this.#master = new Master(this.#lines[0])
    this.#probes = new LineProbes(this.#lines[0], options)
  }

  /** The line is open as the last 'open' asked. */
  opened(): void {
    if (this.#state.kind !== 'opening') return
    const line = this.#lines[this.#line]
    this.#master = new Master(line)
    this.#probes = new LineProbes(line, this.#options)
    this.#probe = -1
    this.#toNextProbe()
  }

  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#master.receive(bytes, now)
  }

  poll(now: MonotonicMs): ScanOutput {
    for (;;) {
      const output = this.#outputs.shift()
      if (output) return output
      if (this.#state.kind === 'done') return { kind: 'done' }
      if (this.#state.kind === 'opening') {
        if (this.#announced) return { kind: 'wait', until: FOREVER }
        this.#announced = true
        return { kind: 'open', line: this.#lines[this.#line] }
      }
      const heard = this.#master.poll(now)
      if (heard.kind === 'answer') this.#take(heard)
      else if (heard.kind === 'send' || !this.#master.idle) return heard
      else this.#step(now)
    }
  }

  /** Sends the next request, or ends what has none. */
  #step(now: MonotonicMs): void {
    const state = this.#state
    if (state.kind === 'probing') {
      const { code, at, count } = this.#probes.probe(this.#probe)
      return this.#ask(
        { code, address: at, count },
        { timeoutMs: PROBE_MS, acceptsLate: true },
        now,
      )
    }
    if (state.kind !== 'recognising') return
    const { request, findings } = state.recognition
    if (request) return this.#ask(request, { timeoutMs: RECOGNITION_MS }, now)
    const line = this.#lines[this.#line]
    const unit = this.#probes.unitOf(this.#probe)
    for (const finding of findings) this.#outputs.push({ kind: 'found', line, unit, ...finding })
    this.#toNextProbe()
  }

  #ask(
    { code, address, count }: Pick<ReadRequest, 'code' | 'address' | 'count'>,
    ask: Omit<Ask, 'request'>,
    now: MonotonicMs,
  ): void {
    const unit = this.#probes.unitOf(this.#probe)
    this.#master.submit({ request: { unit, code, address, count }, ...ask }, now)
  }

  #take({ result }: Answer): void {
    const state = this.#state
    if (state.kind === 'probing') {
      if (result.kind === 'data' || result.kind === 'exception') this.#meet(result.kind === 'data')
      else this.#toNextProbe()
    } else if (state.kind === 'recognising') {
      if (result.kind === 'data') state.recognition.take(result.bytes, result.start)
      else state.recognition.skip(this.#failure(result))
    }
  }

  /** A device that is busy, or whose answer is damaged, is asked again. */
  #failure(result: Result): ReadFailure {
    if (result.kind === 'exception' && result.code <= ILLEGAL_DATA_VALUE) return 'refused'
    return result.kind === 'silent' || ++this.#unclear > MAX_UNCLEAR ? 'silent' : 'unclear'
  }

  /** A device answers: its unit is not probed again, and others are asked for what it has. */
  #meet(hasIt: boolean): void {
    const probe = this.#probes.probe(this.#probe)
    this.#answering.push(this.#probes.unitOf(this.#probe))
    this.#unclear = 0
    if (hasIt) this.#probes.repeat(this.#probe)
    this.#state = { kind: 'recognising', recognition: new Recognition(hasIt ? probe : undefined) }
  }

  #toNextProbe(): void {
    const { length } = this.#probes
    do this.#probe++
    while (this.#probe < length && this.#answering.includes(this.#probes.unitOf(this.#probe)))
    this.#tell((this.#line + this.#probe / length) / this.#lines.length)
    if (this.#probe < length) this.#state = { kind: 'probing' }
    else if (++this.#line < this.#lines.length && this.#answering.length < MAX_FOUND) {
      this.#announced = false
      this.#state = { kind: 'opening' }
    } else this.#state = { kind: 'done' }
  }

  #tell(done: number): void {
    const percent = Math.floor(100 * done)
    if (percent <= this.#told) return
    this.#told = percent
    this.#outputs.push({ kind: 'progress', done })
  }
}
