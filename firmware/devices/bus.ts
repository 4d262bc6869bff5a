/**
 * All the devices of one serial line, read round by round: the power of each, and the energy of batteries.
 * After any call, poll(now) until it answers 'wait'.
 */
import { earliest, FOREVER, type MonotonicMs } from '../core/time'
import type { Latency } from '../modbus/latency'
import { type Answer, Master } from '../modbus/master'
import { findDevice } from './catalogue/find'
import type { DeviceSetup } from './setup'

import { type Report, Station, type Traffic } from './station'
import { Sums } from './sums'

export { checkDevice, checkDevices, type DeviceSetup } from './setup'

/** How slowly the learnt round forgets a slower one: to an eighth in each round. */
const FORGET = 8

export type Output =
  /** Write to the line; valid until the next call. */
  | { kind: 'send'; bytes: Uint8Array }
  /** W, import and consumption and charging positive; `at` is the middle of its own transaction. */
  | Report
  | { kind: 'wait'; until: MonotonicMs }

export class Bus {
  readonly #master: Master
  readonly #stations: readonly Station[]
  readonly #sums: Sums
  #roundMs: number
  #beginAt: MonotonicMs | undefined
  #startedAt = 0 as MonotonicMs
  #slowestMs = 0
  /** Whose turn is first: after a round that was cut short, the first that it left out. */
  #first = 0
  /** Whose answer the master waits for. */
  #asked: Station | undefined

  /** Throws where checkDevice() would have found a fault. */
  constructor(options: { baud: number; characterBits: number; devices: readonly DeviceSetup[] }) {
    this.#master = new Master(options)
    this.#stations = options.devices.map((setup, index) => {
      const device = findDevice(setup.model)
      if (!device) throw new Error(`unknown model ${setup.model}`)
      return new Station(index, device, setup, this.#master)
    })
    this.#sums = new Sums(options.devices)
    this.#roundMs = 0
    for (const station of this.#stations) this.#roundMs += station.reckonMs()
  }

  /** How long a whole round takes, rather too long than too short. */
  get roundMs(): number {
    return this.#roundMs
  }

  /** Starts a round. One that still runs is abandoned, and what it has not measured fails. */
  measure(now: MonotonicMs): void {
    const unfinished = this.#stations.findIndex((station) => station.asking)
    if (unfinished >= 0) this.#first = unfinished
    for (const station of this.#stations) station.abandon()
    this.#beginAt = now
  }

  /** Bytes that the line brought; only valid during the call. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#master.receive(bytes, now)
  }

  poll(now: MonotonicMs): Output {
    for (;;) {
      const report = this.#report(now)
      if (report) return report
      this.#begin(now)
      const output = this.#master.poll(now)
      if (output.kind === 'send') return output
      if (output.kind === 'answer') this.#deliver(output, now)
      else if (!this.#master.idle) return output
      else if (!this.#ask(now) && !this.#reporting) return { kind: 'wait', until: this.#nextAt() }
    }
  }

  /** Requests, timeouts, checksum errors and exceptions of a device, and its latency. */
  traffic(device: number): { traffic: Traffic; latency: Latency } {
    return this.#stations[device]
  }

  /** Time that frames have taken on the line since it was opened. */
  get busyMs(): number {
    return this.#master.busyMs
  }

  get #reporting(): boolean {
    return this.#stations.some((station) => station.reporting)
  }

  #report(now: MonotonicMs): Report | undefined {
    for (const station of this.#stations) {
      const report = station.report()
      if (!report) continue
      if (report.kind === 'measured' && station.prompt)
        this.#slowestMs = Math.max(this.#slowestMs, now - this.#startedAt)
      const whole = this.#sums.take(report)
      if (whole) return whole
    }
    return undefined
  }

  /** Begins the round that measure() asked for, once the last one's reports are out. */
  #begin(now: MonotonicMs): void {
    if (this.#beginAt === undefined) return
    this.#learn()
    this.#startedAt = this.#beginAt
    this.#beginAt = undefined
    for (const station of this.#stations) station.begin(now)
  }

  #learn(): void {
    if (this.#slowestMs === 0) return
    const over = this.#slowestMs - this.#roundMs
    this.#roundMs += over > 0 ? over : over / FORGET
    this.#slowestMs = 0
  }

  /** Lets the next station ask, those that answer before those that did not. False where none may yet. */
  #ask(now: MonotonicMs): boolean {
    const next = this.#pick(now, false) ?? this.#pick(now, true)
    if (!next) return false
    this.#asked = next
    return this.#master.submit(next.ask(), now)
  }

  #pick(now: MonotonicMs, silent: boolean): Station | undefined {
    for (let i = 0; i < this.#stations.length; i++) {
      const station = this.#stations[(this.#first + i) % this.#stations.length]
      if (station.asking && station.silent === silent && station.notBefore <= now) return station
    }
    return undefined
  }

  #nextAt(): MonotonicMs {
    let next = FOREVER
    for (const station of this.#stations)
      if (station.asking) next = earliest(next, station.notBefore)
    return next
  }

  #deliver(answer: Answer, now: MonotonicMs): void {
    const station = this.#asked
    this.#asked = undefined
    station?.take(answer, now)
  }
}
