/** One stream's share of a round of reading: the sum of what its devices answered, or why there is none. */
import { fail } from '../core/assert'
import { FOREVER, type MonotonicMs } from '../core/time'
import { isEncodable } from './message'

/** A message's `time` is in whole seconds (docs/platform.md, "Topics and messages"): a value may be that far from it. */
const MAX_TIME_ERROR_MS = 1000
/**
 * The longest transaction whose reading is added up: the register may be of any moment from the request to the answer.
 * 17 characters at 2400 baud and up to 0.9 s of latency fit.
 */
export const MAX_SPAN_MS = 1000
/**
 * How far from the sum's time, which is their mean, each device may have been read: powers of different seconds add up
 * to a power that never was. Two meters that are read in a row are 0.1 to 0.3 s apart, and less than 0.7 s if a damaged
 * answer was asked for again, so half of that from their mean. If an answer was lost, the next comes 2 s later
 * (modbus/master.ts), and there is no sum.
 */
const MAX_FROM_MEAN_MS = MAX_TIME_ERROR_MS - MAX_SPAN_MS / 2

const CLOSED = -1

export class Round {
  readonly #devices: readonly number[]
  /** Devices still to answer; CLOSED once the tick is accounted for. */
  #missing = CLOSED
  /** A bit for each device that has answered: settings have at most 16. */
  #answered = 0
  #powerW = 0
  #stateOfChargeWh: number | undefined
  /** Of the devices' times. */
  #sum = 0
  #oldest = FOREVER
  #newest = 0 as MonotonicMs
  /** The first failure, in words. */
  #failure = ''

  constructor(devices: readonly number[]) {
    this.#devices = devices
  }

  begin(): void {
    this.#missing = this.#devices.length
    this.#answered = 0
    this.#powerW = 0
    this.#stateOfChargeWh = undefined
    this.#sum = 0
    this.#oldest = FOREVER
    this.#newest = 0 as MonotonicMs
    this.#failure = ''
  }

  add(device: number, powerW: number, stateOfChargeWh: number | undefined, at: MonotonicMs): void {
    if (!this.#awaits(device)) return
    this.#missing--
    this.#powerW += powerW
    this.#stateOfChargeWh ??= stateOfChargeWh
    this.#sum += at
    if (at < this.#oldest) this.#oldest = at
    if (at > this.#newest) this.#newest = at
  }

  fail(device: number, why: string): void {
    if (!this.#awaits(device)) return
    this.#missing--
    this.#failure ||= why
  }

  /** The tick is still to be accounted for. */
  get isOpen(): boolean {
    return this.#missing !== CLOSED
  }

  get isComplete(): boolean {
    return this.#missing === 0
  }

  close(): void {
    this.#missing = CLOSED
  }

  get failure(): string {
    return this.#failure
  }

  /** Why the sum must not be sent; empty if it may. */
  rejection(now: MonotonicMs, maxAgeMs: number): string {
    if (this.#failure) return this.#failure
    if (now - this.#oldest > maxAgeMs) return 'the reading is older than a period'
    const { at } = this
    if (Math.max(at - this.#oldest, this.#newest - at) > MAX_FROM_MEAN_MS)
      return 'its meters were read too far apart'
    return isEncodable(this.#powerW, this.#stateOfChargeWh)
      ? ''
      : 'the reading is no number that can be sent'
  }

  /** What its devices showed together. */
  get powerW(): number {
    return this.#powerW
  }

  get stateOfChargeWh(): number | undefined {
    return this.#stateOfChargeWh
  }

  /** The mean of its devices' times, each of which is the middle of a transaction. */
  get at(): MonotonicMs {
    return (this.#sum / this.#devices.length) as MonotonicMs
  }

  #awaits(device: number): boolean {
    if (this.#missing <= 0) return false
    const at = this.#devices.indexOf(device)
    if (at < 0) return false
    const bit = 1 << at
    if (this.#answered & bit) fail('a device has answered twice in a round')
    this.#answered |= bit
    return true
  }
}
