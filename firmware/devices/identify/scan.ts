/**
 * Who is on the line: line settings and units tried in turn, and whoever answers is identified, by identification
 * registers first and by three plausible quantities together where a model has none. After any call, poll(now)
 * until it answers 'wait'; dropping the machine interrupts it.
 *
 * Bound: on a silent line settings x units x 2 questions of SCAN_MS and their frames, below two minutes by
 * default. Each device found adds READS_MOST questions at most: some seconds as a rule, a minute where it is silent on
 * what it does not have (each silence leaves a ghost of 2 s), never five.
 */

import { FOREVER, type MonotonicMs } from '../../core/time'
import { type Answer, Master } from '../../modbus/master'
import type { Request } from '../../modbus/rtu'
import { findDevice, listDevices } from '../catalogue/find'
import type { Device, Identification, Quantity, ReadCode } from '../model'
import { type LineChoice, USUAL_LINES, USUAL_UNITS } from '../usual'
import { Testimony } from './fingerprint'
import { EVIDENCE_LEAST, PLAUSIBLE, type Reading, Survey } from './plausibility'

/** PACE answers within 200 ms, the slowest that a manual promises. */
const SCAN_MS = 200
/** Who answers at all gets more time for its identification. */
const IDENTIFY_MS = 500
const FOUND_MOST = 32
/** More than any model of the catalogue takes, 73: it bounds what a stranger costs. */
const READS_MOST = 120

export interface Found {
  kind: 'found'
  line: LineChoice
  unit: number
  /** The model's id; undefined where somebody answers whom the catalogue does not know. */
  model: string | undefined
  name: string
  /** What speaks for it; `certain` where that is its own identification. */
  evidence: string
  certain: boolean
  readings: Reading[]
}

export type DetectOutput =
  /** Open the line so, then call opened(). */
  | { kind: 'open'; line: LineChoice }
  | { kind: 'send'; bytes: Uint8Array }
  | Found
  /** Share of the scan that is done, from 0 to 1. */
  | { kind: 'progress'; done: number }
  | { kind: 'wait'; until: MonotonicMs }
  | { kind: 'done' }

type State =
  | { kind: 'opening' }
  | { kind: 'opened' }
  /** Is anybody there? */
  | { kind: 'calling'; code: ReadCode }
  /** Is it the model at `entry`, by its identification number `check`? */
  | { kind: 'identifying'; entry: number; check: number; device: Device; testimony: Testimony }
  | {
      kind: 'surveying'
      entry: number
      device: Device
      survey: Survey
      evidence: string | undefined
    }
  | { kind: 'next' }
  | { kind: 'done' }

export class Detection {
  readonly #lines: readonly LineChoice[]
  readonly #units: readonly number[]
  readonly #ids = listDevices()
  #master = new Master({ baud: 9600 })
  #state: State = { kind: 'opening' }
  #announced = false
  #line = 0
  #unit = 0
  #reads = 0
  #matches = 0
  #known: number[] = []
  #outputs: DetectOutput[] = []

  constructor(options: { lines?: readonly LineChoice[]; units?: readonly number[] } = {}) {
    this.#lines = options.lines ?? USUAL_LINES
    this.#units = options.units ?? USUAL_UNITS
  }

  /** The line is open as the last 'open' asked. */
  opened(): void {
    if (this.#state.kind !== 'opening') return
    const { baud, parity, stopBits } = this.#lines[this.#line]
    const characterBits = 9 + stopBits + (parity === 'none' ? 0 : 1)
    this.#master = new Master({ baud, characterBits })
    this.#unit = -1
    this.#state = { kind: 'next' }
  }

  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#master.receive(bytes, now)
  }

  poll(now: MonotonicMs): DetectOutput {
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

  /** Asks the next question of the present state, or goes on to another. */
  #step(now: MonotonicMs): void {
    const state = this.#state
    switch (state.kind) {
      case 'next':
        return this.#nextUnit()
      case 'calling':
        // Two registers from 0: even ones, as Eastron wants them, and whoever has none refuses, which is an answer.
        return this.#ask(state.code, 0, 2, SCAN_MS, now)
      case 'identifying': {
        const check = state.device.identification[state.check]
        if (!check) return this.#nextEntry(state.entry, state.testimony)
        if (state.testimony.has(check)) return this.#compare(state, check)
        return this.#ask(check.code, check.at, check.length, IDENTIFY_MS, now)
      }
      case 'surveying': {
        const { question } = state.survey
        if (!question || this.#reads >= READS_MOST) return this.#conclude(state)
        return this.#ask(question.code, question.address, question.count, IDENTIFY_MS, now)
      }
    }
  }

  #ask(code: ReadCode, address: number, count: number, timeoutMs: number, now: MonotonicMs): void {
    this.#reads++
    const request: Request = { unit: this.#units[this.#unit], code, address, count }
    this.#master.submit({ request, timeoutMs }, now)
  }

  #take({ result }: Answer): void {
    const state = this.#state
    switch (state.kind) {
      case 'calling':
        if (result.kind === 'data' || result.kind === 'exception') this.#meet()
        else if (state.code === 3) this.#state = { kind: 'calling', code: 4 }
        else this.#state = { kind: 'next' }
        return
      case 'identifying': {
        const bytes =
          result.kind === 'data' ? result.bytes.slice(result.start, result.end) : undefined
        return state.testimony.note(state.device.identification[state.check], bytes)
      }
      case 'surveying':
        if (result.kind === 'data') state.survey.take(result.bytes, result.start)
        else state.survey.skip()
    }
  }

  #nextUnit(): void {
    const { length } = this.#units
    do this.#unit++
    while (this.#unit < length && this.#known.includes(this.#units[this.#unit]))
    const total = this.#lines.length * length
    this.#outputs.push({
      kind: 'progress',
      done: (this.#line * length + Math.min(this.#unit, length)) / total,
    })
    if (this.#unit < length) this.#state = { kind: 'calling', code: 3 }
    else if (++this.#line < this.#lines.length && this.#known.length < FOUND_MOST) {
      this.#announced = false
      this.#state = { kind: 'opening' }
    } else this.#state = { kind: 'done' }
  }

  /** Somebody answers: it is not called again with other line settings. */
  #meet(): void {
    this.#known.push(this.#units[this.#unit])
    this.#reads = this.#matches = 0
    this.#nextEntry(-1, new Testimony())
  }

  /** The next model with an identification, and when there is none, the first without. */
  #nextEntry(entry: number, testimony: Testimony): void {
    for (let next = entry + 1; next < this.#ids.length; next++) {
      const device = findDevice(this.#ids[next])
      if (!device || device.identification.length === 0) continue
      this.#state = { kind: 'identifying', entry: next, check: 0, device, testimony }
      return
    }
    if (this.#matches > 0) this.#state = { kind: 'next' }
    else this.#surveyFrom(0)
  }

  #surveyFrom(entry: number): void {
    for (let next = entry; next < this.#ids.length && this.#reads < READS_MOST; next++) {
      const device = findDevice(this.#ids[next])
      if (!device || device.identification.length > 0 || !canBeGuessed(device)) continue
      const survey = new Survey(device, true)
      this.#state = { kind: 'surveying', entry: next, device, survey, evidence: undefined }
      return
    }
    if (this.#matches === 0) this.#report(undefined, 'it answers', false, [])
    this.#state = { kind: 'next' }
  }

  #compare(state: State & { kind: 'identifying' }, check: Identification): void {
    const evidence = state.testimony.evidence(check)
    if (!evidence) {
      this.#state = { ...state, check: state.check + 1 }
      return
    }
    const { device, entry } = state
    this.#state = { kind: 'surveying', entry, device, survey: new Survey(device, false), evidence }
  }

  #conclude({ entry, device, survey, evidence }: State & { kind: 'surveying' }): void {
    if (evidence) {
      this.#report(device, evidence, true, survey.readings)
      return this.#nextEntry(entry, new Testimony())
    }
    const plausible = survey.evidence
    if (plausible) this.#report(device, plausible, false, survey.readings)
    this.#surveyFrom(entry + 1)
  }

  #report(
    device: Device | undefined,
    evidence: string,
    certain: boolean,
    readings: Reading[],
  ): void {
    this.#matches++
    this.#outputs.push({
      kind: 'found',
      line: this.#lines[this.#line],
      unit: this.#units[this.#unit],
      model: device?.id,
      name: device?.name ?? 'unknown device',
      evidence,
      certain,
      readings,
    })
  }
}

/** Whether the model has as many quantities as a guess takes. */
function canBeGuessed({ registers }: Device): boolean {
  const has = (what: Quantity): boolean => registers.some((register) => register.what === what)
  let quantities = has('power') && has('voltage') && has('current') ? 1 : 0
  for (const what of Object.keys(PLAUSIBLE) as Quantity[]) if (has(what)) quantities++
  return quantities >= EVIDENCE_LEAST
}
