/** One stream's share of a round of reading: what its devices answered, and what waits to be sent. */
import { Ring } from '../core/ring'
import { FOREVER, type MonotonicMs } from '../core/time'
import { sayable } from './message'
import type { Stream } from './site'

export interface Waiting {
  tick: number
  powerW: number
  stateOfChargeWh: number | undefined
  /** The middle of the measurement. */
  at: MonotonicMs
}

const SETTLED = -1

export class Gathering {
  readonly topic: string
  readonly waiting: Ring<Waiting>
  readonly #devices: readonly number[]
  /** Devices still to answer; SETTLED once the tick is accounted for. */
  #unanswered = SETTLED
  #powerW = 0
  #stateOfChargeWh: number | undefined
  /** Over its devices: the stream's time is their mean. */
  #atSum = 0
  #oldest = FOREVER
  /** The first failure of the round. */
  why = ''

  constructor({ topic, devices }: Stream, mostWaiting: number) {
    this.topic = topic
    this.#devices = devices
    this.waiting = new Ring(mostWaiting)
  }

  begin(): void {
    this.#unanswered = this.#devices.length
    this.#powerW = 0
    this.#stateOfChargeWh = undefined
    this.#atSum = 0
    this.#oldest = FOREVER
    this.why = ''
  }

  add(device: number, powerW: number, stateOfChargeWh: number | undefined, at: MonotonicMs): void {
    if (!this.#isOwedBy(device)) return
    this.#unanswered--
    this.#powerW += powerW
    this.#stateOfChargeWh ??= stateOfChargeWh
    this.#atSum += at
    if (at < this.#oldest) this.#oldest = at
  }

  fail(device: number, why: string): void {
    if (!this.#isOwedBy(device)) return
    this.#unanswered--
    this.why ||= why
  }

  /** Whether the tick is still to be accounted for. */
  get owes(): boolean {
    return this.#unanswered !== SETTLED
  }

  /** Whether it can be: no device is missing. */
  get answered(): boolean {
    return this.#unanswered === 0
  }

  /** Why what was gathered must not be sent; empty where it may. */
  unfit(now: MonotonicMs, mostAgeMs: number): string {
    if (this.why) return this.why
    if (now - this.#oldest > mostAgeMs) return 'the reading is older than a period'
    return sayable(this.#powerW, this.#stateOfChargeWh)
      ? ''
      : 'the reading is no number that can be sent'
  }

  /** Lets the sample wait for the broker; returns the one that it pushed out. */
  keep(tick: number): Waiting | undefined {
    const at = (this.#atSum / this.#devices.length) as MonotonicMs
    return this.waiting.push({
      tick,
      powerW: this.#powerW,
      stateOfChargeWh: this.#stateOfChargeWh,
      at,
    })
  }

  settled(): void {
    this.#unanswered = SETTLED
  }

  #isOwedBy(device: number): boolean {
    return this.#unanswered > 0 && this.#devices.includes(device)
  }
}
