/**
 * Which devices are on the line: line settings and units tried in turn (probes.ts), and what answers recognised. A guest of
 * a bus (poll/bus.ts), which asks for it: a bus of its own, or one whose devices are being read.
 *
 * Bound: a silent line takes below two minutes by default. Each device found adds some seconds as a rule; if it does not
 * answer what it does not have, half a minute, because after each silence the line waits 2 s for a late answer; and never
 * more than the bounds of its recognition.
 */

import { FOREVER, type MonotonicMs } from '../../core/time'
import { ILLEGAL_DATA_VALUE } from '../../modbus/codes'
import type { Answer, Ask, Result } from '../../modbus/exchange'
import type { Master } from '../../modbus/master'
import type { LineSettings } from '../../ports/bytestream'
import type { ReadCode } from '../model'
import type { BusGuest, ReadFailure } from '../query'
import { LineProbes, type ProbeOptions } from './probes'
import { type Finding, Recognition } from './recognition'

/** What installers choose, and what makers ship: the most likely first. */
export const SCAN_LINES: readonly LineSettings[] = [
  lineOf(9600),
  lineOf(9600, 'even'),
  lineOf(19_200),
  lineOf(19_200, 'even'),
  lineOf(115_200),
  lineOf(2400),
  lineOf(9600, 'none', 2),
  lineOf(4800),
  lineOf(38_400),
  lineOf(57_600),
]

function lineOf(
  baud: number,
  parity: LineSettings['parity'] = 'none',
  stopBits: LineSettings['stopBits'] = 1,
): LineSettings {
  return { baud, parity, stopBits }
}

/** PACE answers within 200 ms, the longest time that a manual promises. */
const PROBE_MS = 200
/** A device that answers gets more time to say what it is. */
const RECOGNITION_MS = 500
const MAX_FOUND = 32
/** Of one device, answers that are damaged or say that it is busy: further ones are taken for silence. */
const MAX_UNCLEAR = 8

export interface ScanOptions extends ProbeOptions {
  readonly lines?: readonly LineSettings[] | undefined
  /** Units that are not asked. */
  readonly known?: readonly number[] | undefined
}

export interface FoundDevice extends Finding {
  readonly kind: 'found'
  readonly line: LineSettings
  readonly unit: number
}

export type ScanOutput =
  /** Open the line with these settings, then call opened(). */
  | { kind: 'open'; line: LineSettings }
  | FoundDevice
  /** Share of the scan that is done, from 0 to 1. */
  | { kind: 'progress'; done: number }
  | { kind: 'done' }

type State =
  | { kind: 'opening' }
  /** Whether any device answers at a unit. */
  | { kind: 'probing' }
  | { kind: 'recognising'; recognition: Recognition }
  | { kind: 'done' }

export class BusScan implements BusGuest {
  readonly #options: ScanOptions
  readonly #lines: readonly LineSettings[]
  /** Of the line that is open. */
  #master: Master | undefined
  #state: State = { kind: 'opening' }
  /** Number of the line in #lines, and of the probe that is due on it. */
  #line = 0
  #probe = 0
  #probes: LineProbes
  /** Whole percents of the scan that have been told. */
  #told = -1
  #unclear = 0
  /** Units that have answered, or are not asked. */
  readonly #answering: number[]
  readonly #outputs: ScanOutput[]

  constructor(options: ScanOptions = {}) {
    this.#options = options
    this.#lines = options.lines ?? SCAN_LINES
    this.#probes = new LineProbes(this.#lines[0], options)
    this.#answering = options.known?.slice() ?? []
    this.#outputs = [{ kind: 'open', line: this.#lines[0] }]
  }

  /** The line is open as the last 'open' asked, and this is its master. */
  opened(master: Master): void {
    if (this.#state.kind !== 'opening') return
    this.#master = master
    this.#probes = new LineProbes(this.#lines[this.#line], this.#options)
    this.#probe = -1
    this.#toNextProbe()
  }

  /** What it has to say; undefined while it has to be asked for. */
  poll(): ScanOutput | undefined {
    return this.#outputs.shift() ?? (this.#state.kind === 'done' ? DONE : undefined)
  }

  get notBefore(): MonotonicMs {
    const request = this.#request
    if (!request || !this.#master) return FOREVER
    if (this.#state.kind === 'probing') return 0 as MonotonicMs
    const { code, count } = request
    return this.#master.late.clearAt(this.#unit, code, count, 0)
  }

  ask(): Ask {
    const request = this.#request
    if (!request) throw new Error('nothing to ask')
    const { code, address, count } = request
    const isProbe = this.#state.kind === 'probing'
    return {
      request: { unit: this.#unit, code, address, count },
      timeoutMs: isProbe ? PROBE_MS : RECOGNITION_MS,
      acceptsLate: isProbe,
    }
  }

  take({ result }: Answer): void {
    const state = this.#state
    if (state.kind === 'probing') {
      if (result.kind === 'data' || result.kind === 'exception') this.#meet(result.kind === 'data')
      else this.#toNextProbe()
    } else if (state.kind === 'recognising') {
      if (result.kind === 'data') state.recognition.take(result.bytes, result.start)
      else state.recognition.skip(this.#failure(result))
      if (!state.recognition.request) this.#conclude(state.recognition)
    }
  }

  get #unit(): number {
    return this.#probes.unitOf(this.#probe)
  }

  get #request(): { code: ReadCode; address: number; count: number } | undefined {
    const state = this.#state
    if (state.kind === 'recognising') return state.recognition.request
    if (state.kind !== 'probing') return undefined
    const { code, at, count } = this.#probes.probe(this.#probe)
    return { code, address: at, count }
  }

  /** A device that is busy, or whose answer is damaged, is asked again. */
  #failure(result: Result): ReadFailure {
    if (result.kind === 'exception' && result.code <= ILLEGAL_DATA_VALUE) return 'refused'
    return result.kind === 'silent' || ++this.#unclear > MAX_UNCLEAR ? 'silent' : 'unclear'
  }

  /** A device answers: its unit is not probed again, and others are asked for what it has. */
  #meet(hasIt: boolean): void {
    const probe = this.#probes.probe(this.#probe)
    this.#answering.push(this.#unit)
    this.#unclear = 0
    if (hasIt) this.#probes.repeat(this.#probe)
    this.#state = { kind: 'recognising', recognition: new Recognition(hasIt ? probe : undefined) }
  }

  #conclude({ findings }: Recognition): void {
    const line = this.#lines[this.#line]
    const unit = this.#unit
    for (const finding of findings) this.#outputs.push({ kind: 'found', line, unit, ...finding })
    this.#toNextProbe()
  }

  #toNextProbe(): void {
    const { length } = this.#probes
    do this.#probe++
    while (this.#probe < length && this.#answering.includes(this.#unit))
    this.#tell((this.#line + this.#probe / length) / this.#lines.length)
    if (this.#probe < length) this.#state = { kind: 'probing' }
    else if (++this.#line < this.#lines.length && this.#answering.length < MAX_FOUND) {
      this.#outputs.push({ kind: 'open', line: this.#lines[this.#line] })
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

const DONE: ScanOutput = { kind: 'done' }
