/**
 * All the devices of one serial line, read round by round: the power of each, and the energy of batteries.
 * After any call, poll(now) until it answers 'wait'.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../../core/time'
import type { Answer } from '../../modbus/exchange'
import type { Latency } from '../../modbus/latency'
import { Master } from '../../modbus/master'
import type { OtherMasterHealth } from '../../modbus/other'
import { replyLength } from '../../modbus/rtu'
import type { LineSettings } from '../../ports/bytestream'
import { findDevice } from '../catalogue/find'
import { AUTO, type DeviceConfig } from '../config'
import type { Movement } from '../gates/still'
import { listFingerprints } from '../identify/fingerprint'
import type { BusGuest, DeviceReport, DeviceTraffic } from '../query'
import { newAsk, PolledDevice } from './device'
import { Turns } from './turns'

/** A round that is faster than the learnt length lowers it by an eighth of the difference. */
const FORGET = 8
/** From a guest's answer to the next round: an alarm may be so late. */
const GUEST_MARGIN_MS = 50

export type BusOutput =
  /** Write to the line; valid until the next call. */
  { kind: 'send'; bytes: Uint8Array } | DeviceReport | { kind: 'wait'; until: MonotonicMs }

export interface BusOptions {
  line: LineSettings
  devices: readonly DeviceConfig[]
  /** Devices that are read next to each other, by their indexes, in the order of their turns; all of them. */
  groups?: readonly (readonly number[])[]
  /**
   * In a group of several, a power that took longer than this to read is no reading. A device alone may take twice as
   * long: those of a group are apart besides.
   */
  maxSpanMs?: number
}

export class Bus {
  readonly master: Master
  /** In the order of their turns. */
  readonly #devices: readonly PolledDevice[]
  readonly #turns: Turns
  #roundMs = 0
  #slowestMs = 0
  #isReopened = false
  /** For whom the master asked last. */
  #asked: PolledDevice | undefined
  #guestAsked: BusGuest | undefined
  /** Who asks in the time that the rounds leave. */
  guest: BusGuest | undefined
  /** When its last request went out, or it came. */
  guestAt = 0 as MonotonicMs

  /** Throws if checkDevice() would have found a fault. */
  constructor({ line, devices, groups, maxSpanMs = FOREVER }: BusOptions) {
    const master = new Master(line)
    const fingerprints = devices.some(({ model }) => model === AUTO) ? listFingerprints() : []
    const polled: PolledDevice[] = []
    const movement: Movement = { count: 0 }
    const ask = newAsk()
    const starts: number[] = []
    const together = groups ?? devices.map((_, index) => [index])
    for (let i = 0; i < together.length; i++) {
      const group = together[i]
      const start = polled.length
      const retriesAtOnce = group.length > 1
      for (let j = 0; j < group.length; j++) {
        const index = group[j]
        const config = devices[index]
        // One by one: nothing is kept of its map, and there is no room for those of all devices at once.
        const device = findDevice(config.model)
        if (!device && config.model !== AUTO) throw new Error(`unknown model ${config.model}`)
        polled.push(
          new PolledDevice({
            index,
            config,
            device,
            fingerprints,
            retriesAtOnce,
            maxSpanMs: retriesAtOnce ? maxSpanMs : 2 * maxSpanMs,
            master,
            movement,
            ask,
          }),
        )
        starts.push(start)
      }
    }
    this.master = master
    this.#devices = polled
    this.#turns = new Turns(polled, starts)
    for (let i = 0; i < polled.length; i++) this.#roundMs += polled[i].expectedMs
  }

  /** How long a whole round takes, rather too long than too short. */
  get roundMs(): number {
    return this.#roundMs
  }

  /** The line was closed: until then each device may have been set anew, or another put in its place. */
  reopened(): void {
    this.#isReopened = true
  }

  /** Starts a round. One that still runs is abandoned: nothing more is reported of it. */
  measure(now: MonotonicMs): void {
    this.#learn()
    if (this.#isReopened) this.#renew()
    this.#turns.begin(now)
  }

  /** Bytes that the line brought; only valid during the call. */
  receive(bytes: Uint8Array, now: MonotonicMs): void {
    this.master.receive(bytes, now)
  }

  poll(now: MonotonicMs): BusOutput {
    const report = this.#turns.mayReport && this.#turns.report()
    if (report) return report
    for (;;) {
      const output = this.master.poll(now)
      if (output.kind === 'send') return output
      if (output.kind === 'answer') {
        const report = this.#deliver(output, now)
        if (report) return report
      } else if (!this.master.idle) return output
      else {
        const device = this.#turns.next(now)
        if (device) {
          this.#asked = device
          this.master.submit(device.ask(), now)
        } else {
          const report = this.#turns.report()
          if (report) return report
          const until = this.guest ? this.#askFor(this.guest, now) : FOREVER
          if (until === FOREVER) return { kind: 'wait', until: this.#turns.nextAt() }
          if (until) return { kind: 'wait', until: earliest(this.#turns.nextAt(), until) }
        }
      }
    }
  }

  /** Whether its devices are read round by round at the moment. */
  isRunning(now: MonotonicMs): boolean {
    return this.#turns.isRunning(now)
  }

  /** Its id in the catalogue, and whether it was identified. */
  model(device: number): string {
    return this.#device(device).model
  }

  /** Requests, timeouts, checksum errors and exceptions of a device, and its latency. */
  traffic(device: number): { traffic: DeviceTraffic; latency: Latency } {
    return this.#device(device).availability
  }

  /** What the registers of a device showed in its last round; undefined while it is being identified. */
  stage(device: number): PolledDevice['stage'] {
    return this.#device(device).stage
  }

  /** Answers when there is time for it, if its request does not go out now. */
  #askFor(guest: BusGuest, now: MonotonicMs): MonotonicMs | undefined {
    if (guest.notBefore > now) return guest.notBefore
    const { timing } = this.master
    const ask = guest.ask()
    const { request, timeoutMs, quietMs = 0 } = ask
    const framesMs = timing.frameMs(8 + replyLength(request))
    const patienceMs = Math.max(timing.silenceMs, quietMs) + framesMs + timeoutMs
    // The next round comes first.
    if (later(now, patienceMs + GUEST_MARGIN_MS) > this.#turns.freeUntil(now)) return FOREVER
    this.#asked = undefined
    this.#guestAsked = guest
    this.guestAt = now
    this.master.submit(ask, now)
    return undefined
  }

  #device(device: number): PolledDevice {
    return this.#devices.find(({ index }) => index === device) as PolledDevice
  }

  /** Time that frames have taken on the line since it was opened. */
  get busyMs(): number {
    return this.master.busyMs
  }

  /** What is known of another master on the line. */
  get otherMaster(): OtherMasterHealth {
    return this.master.otherMaster
  }

  #renew(): void {
    this.#isReopened = false
    for (let i = 0; i < this.#devices.length; i++) {
      const device = this.#devices[i]
      device.abandon()
      device.renew()
    }
  }

  #learn(): void {
    if (this.#slowestMs === 0) return
    const over = this.#slowestMs - this.#roundMs
    this.#roundMs += over > 0 ? over : over / FORGET
    this.#slowestMs = 0
  }

  #deliver(answer: Answer, now: MonotonicMs): DeviceReport | undefined {
    const device = this.#asked
    if (!device) {
      this.#guestAsked?.take(answer, now)
      return undefined
    }
    device.take(answer, now)
    const report = device.report()
    if (report?.kind === 'measured' && this.#turns.isPrompt(device))
      this.#slowestMs = Math.max(this.#slowestMs, this.#turns.elapsedMs(now))
    return report
  }
}
