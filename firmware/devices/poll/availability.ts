/** How one device answers: attempts within a round, silent rounds, lost and back, latency and counts. No line, no clock. */

import type { Answer } from '../../modbus/exchange'
import { Latency } from '../../modbus/latency'
import type { LineTiming } from '../../modbus/timing'
import type { DeviceTraffic } from '../query'

const MAX_ATTEMPTS = 2
/** Of one request that is answered with exception 5 or 6. */
const MAX_BUSY_ANSWERS = 5
/** After so many silent rounds a device is lost: it sits out 1, 2, 4... rounds, and is asked once after each time. */
const LOST_AFTER_ROUNDS = 3
const MAX_ROUNDS_OUT = 16

type State =
  | { kind: 'present'; rounds: 0 }
  | { kind: 'silent'; rounds: number }
  /** `roundsOut`: that it still sits out; `nextOut`: how many it will sit out if it is silent again. */
  | { kind: 'lost'; rounds: number; roundsOut: number; nextOut: number }

const PRESENT: State = { kind: 'present', rounds: 0 }

export class Availability {
  readonly traffic: DeviceTraffic = { requests: 0, timeouts: 0, crcErrors: 0, exceptions: 0 }
  readonly latency: Latency
  #state: State = PRESENT
  /** Of the request that is under way: how often it was repeated, and met with "busy". */
  #repeats = 0
  #busyAnswers = 0
  #isAtOnce = false
  #hasAnswered = false
  #isPrompt = true

  constructor(firstTimeoutMs: number) {
    this.latency = new Latency(firstTimeoutMs)
  }

  /** Starts a round. False if the device sits it out. */
  begin(): boolean {
    this.#hasAnswered = false
    this.#isPrompt = true
    const state = this.#state
    if (state.kind !== 'lost' || state.roundsOut === 0) return true
    this.#state = { ...state, roundsOut: state.roundsOut - 1 }
    return false
  }

  /** Whether it has answered anything in this round. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** Whether nothing had to wait, or to be asked again, in this round. */
  get isPrompt(): boolean {
    return this.#isPrompt
  }

  /** Whether the request that is under way has been repeated, and may have to wait for other devices. */
  get isRepeating(): boolean {
    return this.#repeats > 0 && !this.#isAtOnce
  }

  /** For how many rounds it has been silent. */
  get silentRounds(): number {
    return this.#state.rounds
  }

  get isLost(): boolean {
    return this.#state.rounds >= LOST_AFTER_ROUNDS
  }

  /** Another request is under way. */
  startRequest(): void {
    this.#repeats = this.#busyAnswers = 0
    this.#isAtOnce = false
  }

  /** Whether the request, met by silence or noise, is repeated: not for a device that was silent last time. */
  repeat(): boolean {
    if (this.#repeats + 1 >= MAX_ATTEMPTS || this.#state.rounds > 0) return false
    this.#repeats++
    this.#isPrompt = false
    return true
  }

  /** Whether the request is repeated at once, because its reply may be a copy: every round of a device may need that. */
  repeatAtOnce(): boolean {
    if (this.#repeats + 1 >= MAX_ATTEMPTS) return false
    this.#repeats++
    this.#isAtOnce = true
    return true
  }

  /** Whether the request, for which the device is too busy, is repeated. */
  repeatLater(): boolean {
    this.#isPrompt = false
    return ++this.#busyAnswers < MAX_BUSY_ANSWERS
  }

  /** The request has to wait. */
  delayed(): void {
    this.#isPrompt = false
  }

  /** It answers, if only to refuse. */
  answered(): void {
    this.#hasAnswered = true
    this.#state = PRESENT
  }

  /** It was silent for this round. */
  missed(): void {
    const rounds = this.#state.rounds + 1
    const roundsOut = this.#state.kind === 'lost' ? this.#state.nextOut : 1
    this.#state =
      rounds < LOST_AFTER_ROUNDS
        ? { kind: 'silent', rounds }
        : { kind: 'lost', rounds, roundsOut, nextOut: Math.min(MAX_ROUNDS_OUT, 2 * roundsOut) }
  }

  count({ request, result, sentAt, receivedAt }: Answer, timing: LineTiming): void {
    if (result.kind === 'silent') {
      this.traffic.timeouts++
      this.latency.timedOut()
    } else if (result.kind === 'damaged') {
      if (result.why === 'checksum') this.traffic.crcErrors++
    } else {
      if (result.kind === 'exception') this.traffic.exceptions++
      const replyBytes = result.kind === 'data' && 'count' in request ? 5 + 2 * request.count : 5
      this.latency.answered(receivedAt - sentAt - timing.frameMs(8 + replyBytes))
    }
  }
}
