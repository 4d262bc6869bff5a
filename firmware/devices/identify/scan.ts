/**
 * Which devices are on the line: line settings and units tried in turn. Whatever answers is identified, by
 * identification registers first, and by three plausible quantities together if a model has no such registers.
 * After any call, poll(now) until it answers 'wait'; to interrupt the scan, drop the machine.
 *
 * Bound: a silent line takes settings x units x 2 requests of PROBE_MS and their frames, below two minutes by
 * default. Each device found adds at most MAX_READS reads: some seconds as a rule, a minute or two if it is silent on
 * what it does not have (after each silence the line waits 2 s for a late answer), never five.
 */

import { FOREVER, type MonotonicMs } from '../../core/time'
import { READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS } from '../../modbus/codes'
import type { Answer } from '../../modbus/exchange'
import { Master } from '../../modbus/master'
import type { Request } from '../../modbus/rtu'
import type { LineSettings } from '../../ports/bytestream'
import { findDevice, listDevices } from '../catalogue/find'
import type { Device, IdentificationRule, Quantity, ReadCode } from '../model'
import { IdentificationReads } from './fingerprint'
import { MIN_QUANTITIES, PLAUSIBLE, PlausibilityCheck, type QuantityReading } from './plausibility'

/** What installers choose, and the factory settings in the catalogue. */
export const scanDefaults: {
  readonly lines: readonly LineSettings[]
  readonly units: readonly number[]
} = {
  /** The most likely first. */
  lines: [
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
  ],
  units: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 33, 48, 85, 126, 210, 247, 254],
}

/** PACE answers within 200 ms, the longest time that a manual promises. */
const PROBE_MS = 200
/** A device that answers gets more time for its identification. */
const IDENTIFY_MS = 500
const MAX_FOUND = 32
/** More than any model of the catalogue takes, 86: it bounds what an unknown device costs. */
const MAX_READS = 160

export interface FoundDevice {
  kind: 'found'
  line: LineSettings
  unit: number
  /** Its id in the catalogue; undefined if the catalogue does not know it. */
  model: string | undefined
  name: string
  /** What it was found by, in words; `certain` if that is its own identification. */
  matchedBy: string
  certain: boolean
  readings: QuantityReading[]
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
  /** Whether any device answers at this unit. */
  | { kind: 'probing'; code: ReadCode }
  /** Whether it is the model number `model`, by its identification rule number `rule`. */
  | { kind: 'identifying'; model: number; rule: number; device: Device; reads: IdentificationReads }
  | {
      kind: 'checking'
      model: number
      device: Device
      check: PlausibilityCheck
      /** What identified it; undefined if it can only be plausible. */
      matchedBy: string | undefined
    }
  | { kind: 'next unit' }
  | { kind: 'done' }

export class BusScan {
  readonly #lines: readonly LineSettings[]
  readonly #units: readonly number[]
  readonly #ids = listDevices()
  #master = new Master(scanDefaults.lines[0])
  #state: State = { kind: 'opening' }
  /** Whether the open line has been asked for. */
  #announced = false
  #line = 0
  #unit = 0
  #reads = 0
  #matches = 0
  /** Units that have answered. */
  #answering: number[] = []
  #outputs: ScanOutput[] = []

  constructor(options: { lines?: readonly LineSettings[]; units?: readonly number[] } = {}) {
    this.#lines = options.lines ?? scanDefaults.lines
    this.#units = options.units ?? scanDefaults.units
  }

  /** The line is open as the last 'open' asked. */
  opened(): void {
    if (this.#state.kind !== 'opening') return
    this.#master = new Master(this.#lines[this.#line])
    this.#unit = -1
    this.#state = { kind: 'next unit' }
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

  /** Sends the next request of the present state, or goes on to another state. */
  #step(now: MonotonicMs): void {
    const state = this.#state
    switch (state.kind) {
      case 'next unit':
        return this.#nextUnit()
      case 'probing':
        // Two registers from 0: an even number, as Eastron wants. A device without them refuses, which is an answer.
        return this.#ask(state.code, 0, 2, PROBE_MS, now)
      case 'identifying': {
        const rule = state.device.identification[state.rule]
        if (!rule) return this.#identifyFrom(state.model + 1, state.reads)
        if (state.reads.has(rule)) return this.#compare(state, rule)
        return this.#ask(rule.code, rule.at, rule.length, IDENTIFY_MS, now)
      }
      case 'checking': {
        const { request } = state.check
        if (!request || this.#reads >= MAX_READS) return this.#conclude(state)
        return this.#ask(request.code, request.address, request.count, IDENTIFY_MS, now)
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
      case 'probing':
        if (result.kind === 'data' || result.kind === 'exception') this.#meet()
        else if (state.code === READ_HOLDING_REGISTERS)
          this.#state = { kind: 'probing', code: READ_INPUT_REGISTERS }
        else this.#state = { kind: 'next unit' }
        return
      case 'identifying': {
        const bytes =
          result.kind === 'data' ? result.bytes.slice(result.start, result.end) : undefined
        return state.reads.record(state.device.identification[state.rule], bytes)
      }
      case 'checking':
        if (result.kind === 'data') state.check.take(result.bytes, result.start)
        else state.check.skip()
    }
  }

  #nextUnit(): void {
    const { length } = this.#units
    do this.#unit++
    while (this.#unit < length && this.#answering.includes(this.#units[this.#unit]))
    const total = this.#lines.length * length
    this.#outputs.push({
      kind: 'progress',
      done: (this.#line * length + Math.min(this.#unit, length)) / total,
    })
    if (this.#unit < length) this.#state = { kind: 'probing', code: READ_HOLDING_REGISTERS }
    else if (++this.#line < this.#lines.length && this.#answering.length < MAX_FOUND) {
      this.#announced = false
      this.#state = { kind: 'opening' }
    } else this.#state = { kind: 'done' }
  }

  /** A device answers: its unit is not probed again with other line settings. */
  #meet(): void {
    this.#answering.push(this.#units[this.#unit])
    this.#reads = this.#matches = 0
    this.#identifyFrom(0, new IdentificationReads())
  }

  /** Goes on to the next model with identification rules; after the last of them to those without. */
  #identifyFrom(first: number, reads: IdentificationReads): void {
    for (let model = first; model < this.#ids.length; model++) {
      const device = findDevice(this.#ids[model])
      if (!device || device.identification.length === 0) continue
      this.#state = { kind: 'identifying', model, rule: 0, device, reads }
      return
    }
    if (this.#matches > 0) this.#state = { kind: 'next unit' }
    else this.#checkFrom(0)
  }

  #checkFrom(first: number): void {
    for (let model = first; model < this.#ids.length && this.#reads < MAX_READS; model++) {
      const device = findDevice(this.#ids[model])
      if (!device || device.identification.length > 0 || !canBeGuessed(device)) continue
      const check = new PlausibilityCheck(device, true)
      this.#state = { kind: 'checking', model, device, check, matchedBy: undefined }
      return
    }
    if (this.#matches === 0) this.#report(undefined, 'it answers', false, [])
    this.#state = { kind: 'next unit' }
  }

  #compare(state: State & { kind: 'identifying' }, rule: IdentificationRule): void {
    const matchedBy = state.reads.match(rule)
    if (!matchedBy) {
      this.#state = { ...state, rule: state.rule + 1 }
      return
    }
    const { device, model } = state
    const check = new PlausibilityCheck(device, false)
    this.#state = { kind: 'checking', model, device, check, matchedBy }
  }

  #conclude({ model, device, check, matchedBy }: State & { kind: 'checking' }): void {
    if (matchedBy) {
      this.#report(device, matchedBy, true, check.readings)
      return this.#identifyFrom(model + 1, new IdentificationReads())
    }
    const plausible = check.plausible
    if (plausible) this.#report(device, plausible, false, check.readings)
    this.#checkFrom(model + 1)
  }

  #report(
    device: Device | undefined,
    matchedBy: string,
    certain: boolean,
    readings: QuantityReading[],
  ): void {
    this.#matches++
    this.#outputs.push({
      kind: 'found',
      line: this.#lines[this.#line],
      unit: this.#units[this.#unit],
      model: device?.id,
      name: device?.name ?? 'unknown device',
      matchedBy,
      certain,
      readings,
    })
  }
}

/** Whether the model has as many quantities as a guess needs. */
function canBeGuessed({ registers }: Device): boolean {
  const has = (what: Quantity): boolean => registers.some((register) => register.what === what)
  let quantities = has('power') && has('voltage') && has('current') ? 1 : 0
  for (const what of Object.keys(PLAUSIBLE) as Quantity[]) if (has(what)) quantities++
  return quantities >= MIN_QUANTITIES
}
