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

export { checkDevice, type DeviceSetup } from './setup'

/** How slowly the learnt round forgets a slower one: to an eighth in each round. */
const FORGET = 8
/** The standing of a station that did not answer last time. */
const SILENT = 2

export type Output =
  /** Write to the line; valid until the next call. */
  | { kind: 'send'; bytes: Uint8Array }
  /** W, import and consumption and charging positive; `at` is the middle of its own transaction. */
  | Report
  | { kind: 'wait'; until: MonotonicMs }

export class Bus {
  readonly #master: Master
  readonly #stations: readonly Station[]
  #roundMs: number
  #beginAt: MonotonicMs | undefined
  #startedAt = 0 as MonotonicMs
  #rounds = 0
  #periodMs = FOREVER as number
  /** Whether a device that did not answer last time has been asked in this round. */
  #silentAsked = false
  #slowestMs = 0
  /** Whose turn is first: after a round that was cut short, the first that it left out. */
  #first = 0
  /** Whether a station may sit this round out and has not said so yet. */
  #mayFail = false
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
    this.#roundMs = 0
    for (const station of this.#stations) this.#roundMs += station.reckonMs()
  }

  /** How long a whole round takes, rather too long than too short. */
  get roundMs(): number {
    return this.#roundMs
  }

  /** Starts a round. One that still runs is abandoned: nothing more is reported of it. */
  measure(now: MonotonicMs): void {
    const unfinished = this.#stations.findIndex((station) => station.asking)
    if (unfinished >= 0) this.#first = unfinished
    for (const station of this.#stations) station.abandon()
    this.#learn()
    this.#beginAt = now
  }

  /** Bytes that the line brought; only valid during the call. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#master.receive(bytes, now)
  }

  poll(now: MonotonicMs): Output {
    for (;;) {
      const failed = this.#mayFail && this.#nextFailed()
      if (failed) return failed
      this.#begin(now)
      const output = this.#master.poll(now)
      if (output.kind === 'send') return output
      if (output.kind === 'answer') {
        const report = this.#deliver(output, now)
        if (report) return report
      } else if (!this.#master.idle) return output
      else if (!this.#ask(now) && !this.#mayFail) return { kind: 'wait', until: this.#nextAt() }
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

  #nextFailed(): Report | undefined {
    for (let i = 0; i < this.#stations.length; i++) {
      const report = this.#stations[i].report()
      if (report) return report
    }
    this.#mayFail = false
    return undefined
  }

  /** Begins the round that measure() asked for. */
  #begin(now: MonotonicMs): void {
    if (this.#beginAt === undefined) return
    if (this.#rounds++ > 0) this.#periodMs = this.#beginAt - this.#startedAt
    this.#silentAsked = false
    this.#startedAt = this.#beginAt
    this.#beginAt = undefined
    for (const station of this.#stations) station.begin(now)
    this.#mayFail = true
  }

  #learn(): void {
    if (this.#slowestMs === 0) return
    const over = this.#slowestMs - this.#roundMs
    this.#roundMs += over > 0 ? over : over / FORGET
    this.#slowestMs = 0
  }

  /** Lets the next station ask, by standing. False where none may yet. */
  #ask(now: MonotonicMs): boolean {
    const next = this.#pick(now)
    if (!next || (next.standing === SILENT && !this.#hasTimeFor(next, now))) return false
    this.#asked = next
    return this.#master.submit(next.ask(), now)
  }

  /** Of those that may ask now the first by standing. */
  #pick(now: MonotonicMs): Station | undefined {
    const count = this.#stations.length
    let picked: Station | undefined
    for (let i = 0; i < count; i++) {
      const station = this.#stations[(this.#first + i) % count]
      if (!station.asking || station.notBefore > now) continue
      if (!picked || station.standing < picked.standing) picked = station
      if (picked.standing === 0) break
    }
    return picked
  }

  /** One that did not answer last time may take its patience before the next round, and one of them in any case. */
  #hasTimeFor(station: Station, now: MonotonicMs): boolean {
    if (this.#silentAsked && now + station.latency.timeoutMs > this.#startedAt + this.#periodMs) {
      this.#first = this.#stations.indexOf(station)
      station.abandon()
      return false
    }
    this.#silentAsked = true
    return true
  }

  #nextAt(): MonotonicMs {
    let next = FOREVER
    for (let i = 0; i < this.#stations.length; i++) {
      const station = this.#stations[i]
      if (station.asking) next = earliest(next, station.notBefore)
    }
    return next
  }

  #deliver(answer: Answer, now: MonotonicMs): Report | undefined {
    const station = this.#asked
    if (!station) return undefined
    this.#asked = undefined
    station.take(answer, now)
    const report = station.report()
    if (report?.kind === 'measured' && station.prompt)
      this.#slowestMs = Math.max(this.#slowestMs, now - this.#startedAt)
    return report
  }
}
