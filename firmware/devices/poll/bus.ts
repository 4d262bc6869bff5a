/**
 * All the devices of one serial line, read round by round: the power of each, and the energy of batteries.
 * After any call, poll(now) until it answers 'wait'.
 */
import { earliest, FOREVER, type MonotonicMs } from '../../core/time'
import type { Latency } from '../../modbus/latency'
import { type Answer, Master } from '../../modbus/master'
import { findDevice } from '../catalogue/find'
import { AUTO, type DeviceConfig } from '../config'
import { listFingerprints } from '../identify/fingerprint'
import type { DeviceReport, DeviceTraffic } from '../query'
import { SEARCHED, SILENT, Station } from './device'

export { checkDevice, type DeviceConfig } from '../config'

/** How slowly the learnt round forgets a slower one: to an eighth in each round. */
const FORGET = 8

export type BusOutput =
  /** Write to the line; valid until the next call. */
  | { kind: 'send'; bytes: Uint8Array }
  /** W, import and consumption and charging positive; `at` is the middle of its own transaction. */
  | DeviceReport
  | { kind: 'wait'; until: MonotonicMs }

export interface BusOptions {
  baud: number
  characterBits: number
  devices: readonly DeviceConfig[]
  /** Devices that are read next to each other, by their indexes, in the order of their turns; all of them. */
  groups?: readonly (readonly number[])[]
  /** Of one of several in a group, a power that took longer to read is none. */
  spanMostMs?: number
}

export class Bus {
  readonly #master: Master
  /** In the order in which they are asked. */
  readonly #stations: readonly Station[]
  /** For each of them where its group begins in that order. */
  readonly #groups: readonly number[]
  #roundMs: number
  #beginAt: MonotonicMs | undefined
  #startedAt = 0 as MonotonicMs
  #rounds = 0
  #periodMs = FOREVER as number
  /** Whether a device that did not answer last time has been asked in this round. */
  #silentAsked = false
  #slowestMs = 0
  /** Whose turn is first: after a round that was cut short, the group of the first that it left out. */
  #first = 0
  /** Whether a station may sit this round out and has not said so yet. */
  #mayFail = false
  /** Whose answer the master waits for. */
  #asked: Station | undefined

  /** Throws where checkDevice() would have found a fault. */
  constructor({ baud, characterBits, devices, groups, spanMostMs = FOREVER }: BusOptions) {
    const master = new Master({ baud, characterBits })
    const checks = devices.some(({ model }) => model === AUTO) ? listFingerprints() : []
    const stations: Station[] = []
    const starts: number[] = []
    for (const group of groups ?? devices.map((_, index) => [index])) {
      const start = stations.length
      for (const index of group) {
        const setup = devices[index]
        const device = findDevice(setup.model)
        if (!device && setup.model !== AUTO) throw new Error(`unknown model ${setup.model}`)
        const hasty = group.length > 1
        const most = hasty ? spanMostMs : FOREVER
        stations.push(
          new Station({ index, setup, device, checks, hasty, spanMostMs: most, master }),
        )
        starts.push(start)
      }
    }
    this.#master = master
    this.#stations = stations
    this.#groups = starts
    this.#roundMs = 0
    for (const station of stations) this.#roundMs += station.subject.reckonedMs
  }

  /** How long a whole round takes, rather too long than too short. */
  get roundMs(): number {
    return this.#roundMs
  }

  /** Starts a round. One that still runs is abandoned: nothing more is reported of it. */
  measure(now: MonotonicMs): void {
    this.#first = this.#turn()
    for (let i = 0; i < this.#stations.length; i++) this.#stations[i].abandon()
    this.#learn()
    this.#beginAt = now
  }

  /** Bytes that the line brought; only valid during the call. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.#master.receive(bytes, now)
  }

  poll(now: MonotonicMs): BusOutput {
    for (;;) {
      const failed = this.#mayFail && this.#nextFailed()
      if (failed) return failed
      if (this.#beginAt !== undefined) this.#begin(this.#beginAt, now)
      const output = this.#master.poll(now)
      if (output.kind === 'send') return output
      if (output.kind === 'answer') {
        const report = this.#deliver(output, now)
        if (report) return report
      } else if (!this.#master.idle) return output
      else if (!this.#ask(now) && !this.#mayFail) return { kind: 'wait', until: this.#nextAt() }
    }
  }

  /** Its id in the catalogue, and whether it was found out. */
  model(device: number): string {
    return this.#station(device).subject.model
  }

  /** Requests, timeouts, checksum errors and exceptions of a device, and its latency. */
  traffic(device: number): { traffic: DeviceTraffic; latency: Latency } {
    return this.#station(device)
  }

  #station(device: number): Station {
    return this.#stations.find(({ index }) => index === device) as Station
  }

  /** Time that frames have taken on the line since it was opened. */
  get busyMs(): number {
    return this.#master.busyMs
  }

  #nextFailed(): DeviceReport | undefined {
    for (let i = 0; i < this.#stations.length; i++) {
      const report = this.#stations[i].report()
      if (report) return report
    }
    this.#mayFail = false
    return undefined
  }

  /** Begins the round that measure() asked for. */
  #begin(beginAt: MonotonicMs, now: MonotonicMs): void {
    if (this.#rounds++ > 0) this.#periodMs = beginAt - this.#startedAt
    this.#silentAsked = false
    this.#startedAt = beginAt
    this.#beginAt = undefined
    for (let i = 0; i < this.#stations.length; i++) this.#stations[i].begin(now)
    this.#mayFail = true
  }

  #learn(): void {
    if (this.#slowestMs === 0) return
    const over = this.#slowestMs - this.#roundMs
    this.#roundMs += over > 0 ? over : over / FORGET
    this.#slowestMs = 0
  }

  /** With whom the next round begins: with the first that this one left out, and its group. */
  #turn(): number {
    const { length } = this.#stations
    for (let i = 0; i < length; i++) {
      const at = (this.#first + i) % length
      if (!this.#stations[at].asking) continue
      const start = this.#groups[at]
      if (i === 0 || start !== this.#first) return start
      // It was first and the round too short for all of it: it would be so for ever.
      const next = this.#groups.findIndex((group) => group > start)
      return Math.max(next, 0)
    }
    return this.#first
  }

  /** Lets the next station ask, by standing. False where none may yet. */
  #ask(now: MonotonicMs): boolean {
    const next = this.#pick(now)
    if (!next) return false
    if (next.standing === SILENT && !this.#hasTimeFor(next, now)) return false
    if (next.standing === SEARCHED && !this.#maySearch(next, now)) return false
    this.#asked = next
    return this.#master.submit(next.ask(), now)
  }

  /** Of those that may ask now the first by standing. */
  #pick(now: MonotonicMs): Station | undefined {
    const stations = this.#stations
    const { length } = stations
    let picked: Station | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (let i = this.#first, end = i + length; i < end; i++) {
      const at = i < length ? i : i - length
      const station = stations[at]
      if (!station.asking || station.notBefore > now) continue
      if (this.#groups[at] < at && this.#isHeld(at)) continue
      const { standing } = station
      if (standing === 0) return station
      if (standing >= lowest) continue
      picked = station
      lowest = standing
    }
    return picked
  }

  /** One of a group lets those before it come to an end, unless they may not answer. */
  #isHeld(at: number): boolean {
    for (let before = this.#groups[at]; before < at; before++) {
      const other = this.#stations[before]
      if (other.asking && other.standing < SILENT) return true
    }
    return false
  }

  /** One that did not answer last time may take its patience before the next round, and one of them in any case. */
  #hasTimeFor(station: Station, now: MonotonicMs): boolean {
    if (this.#silentAsked && now + station.patienceMs > this.#startedAt + this.#periodMs) {
      this.#first = this.#groups[this.#stations.indexOf(station)]
      station.abandon()
      return false
    }
    this.#silentAsked = true
    return true
  }

  /** A search brings no reading: it waits for all that do, and is over well before the next round. */
  #maySearch(station: Station, now: MonotonicMs): boolean {
    const others = this.#nextReadingAt()
    if (others < FOREVER) {
      station.defer(others)
      return false
    }
    if (now + station.patienceMs <= this.#startedAt + this.#periodMs) return true
    station.postpone()
    this.#mayFail = true
    return false
  }

  /** When the next may ask. */
  #nextAt(): MonotonicMs {
    let next = FOREVER
    for (let i = 0; i < this.#stations.length; i++) {
      const station = this.#stations[i]
      if (station.asking && !(this.#groups[i] < i && this.#isHeld(i)))
        next = earliest(next, station.notBefore)
    }
    return next
  }

  /** When the next that will bring a reading may. */
  #nextReadingAt(): MonotonicMs {
    let next = FOREVER
    for (let i = 0; i < this.#stations.length; i++) {
      const station = this.#stations[i]
      if (station.asking && station.standing < SILENT && !this.#isHeld(i))
        next = earliest(next, station.notBefore)
    }
    return next
  }

  #deliver(answer: Answer, now: MonotonicMs): DeviceReport | undefined {
    const station = this.#asked
    if (!station) return undefined
    this.#asked = undefined
    station.take(answer, now)
    const report = station.report()
    const prompt = station.hasty ? this.#isPrompt(station) : station.prompt
    if (report?.kind === 'measured' && prompt)
      this.#slowestMs = Math.max(this.#slowestMs, now - this.#startedAt)
    return report
  }

  /** Of one of a group: whether no retry, its own or one that it waited for, made its report late. */
  #isPrompt(station: Station): boolean {
    const at = this.#stations.indexOf(station)
    for (let before = this.#groups[at]; before <= at; before++)
      if (!this.#stations[before].prompt) return false
    return true
  }
}
