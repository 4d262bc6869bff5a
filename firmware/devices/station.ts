/**
 * One device on the line over its rounds: what to ask it next, and what its answers come to. Pure state: the bus
 * has the line and the time.
 */
import { later, type MonotonicMs } from '../core/time'
import { Latency } from '../modbus/latency'
import type { Answer, Ask, Master } from '../modbus/master'
import { describeException } from '../modbus/rtu'
import type { Device } from './device'
import { type Inquiry, Program } from './program'
import { chooseFlow, type DeviceSetup } from './setup'
import { SunSpecWalk } from './sunspec'

const ATTEMPTS_MOST = 2
/** Exceptions 5 and 6: it works on it, or on something else. */
const BUSY_MOST = 5
const BUSY_MS = 200
/** Silent for so many rounds a device counts as lost; then it is asked once in 2, 4... of them. */
const LOST_AFTER = 3
const SKIP_MOST = 16
/** The latency that the plan reckons with: a logged SDM630 answers after 51 ms. */
const LATENCY_MS = 50

export interface Measured {
  kind: 'measured'
  device: number
  powerW: number
  stateOfChargeWh?: number
  estimated?: boolean
  at: MonotonicMs
}
export interface Failed {
  kind: 'failed'
  device: number
  why: string
}
export type Report = Measured | Failed

export interface Traffic {
  requests: number
  timeouts: number
  crcErrors: number
  exceptions: number
}

type State =
  | { kind: 'resting' }
  | { kind: 'asking'; attempt: number; busy: number; notBefore: MonotonicMs }
  | { kind: 'reporting'; report: Report }

type Asking = State & { kind: 'asking' }

const RESTING: State = { kind: 'resting' }

export class Station {
  readonly traffic: Traffic = { requests: 0, timeouts: 0, crcErrors: 0, exceptions: 0 }
  readonly latency: Latency
  readonly #index: number
  readonly #device: Device
  readonly #setup: DeviceSetup
  readonly #master: Master
  #inquiry: Inquiry
  #state: State = RESTING
  #silentRounds = 0
  #skip = 0
  #skipNext = 1
  #alive = false
  #retried = false
  #why = ''
  #powerFrom = 0 as MonotonicMs
  #powerTo = 0 as MonotonicMs

  constructor(index: number, device: Device, setup: DeviceSetup, master: Master) {
    this.#index = index
    this.#device = device
    this.#setup = setup
    this.#master = master
    this.latency = new Latency(device.timeoutMs)
    this.#inquiry = device.kind === 'sunspec' ? new SunSpecWalk(device) : this.#program(device)
  }

  /** Who is asked first: 0 who is asked for the first time, 1 who is asked again, 2 who was silent last time. */
  get standing(): number {
    if (this.#silentRounds > 0) return 2
    return this.#state.kind === 'asking' && this.#state.attempt > 0 ? 1 : 0
  }

  get asking(): boolean {
    return this.#state.kind === 'asking'
  }

  /** When its next request may go out, while it is asking. */
  get notBefore(): MonotonicMs {
    return this.#state.kind === 'asking' ? this.#state.notBefore : (0 as MonotonicMs)
  }

  /** Whether its last report took no retry: only then its time says something about the round's. */
  get prompt(): boolean {
    return !this.#retried
  }

  /** How long its reads take by reckoning. */
  reckonMs(): number {
    if (!(this.#inquiry instanceof Program)) return 0
    const { timing } = this.#master
    const quietMs = Math.max(timing.silenceMs, this.#device.quietMs)
    let ms = 0
    for (const count of this.#inquiry.counts)
      ms += timing.frameMs(8 + 5 + 2 * count) + quietMs + LATENCY_MS
    return ms
  }

  /** Starts a round; a lost device sits most of them out. */
  begin(now: MonotonicMs): void {
    this.#alive = this.#retried = false
    this.#why = ''
    if (this.#skip > 0) {
      this.#skip--
      return this.#fail(`no answer for ${this.#silentRounds} rounds`)
    }
    this.#powerFrom = this.#powerTo = 0 as MonotonicMs
    this.#inquiry.begin()
    this.#next(now)
  }

  abandon(): void {
    if (this.#state.kind !== 'asking') return
    if (this.#state.attempt > 0 && !this.#alive) this.#miss()
    this.#state = RESTING
  }

  /** What to ask now; a lost device gets the smallest question there is. */
  ask(): Ask {
    const { question } = this.#inquiry
    if (!question) throw new Error('nothing to ask')
    const { code, address, count, leastCount } = question
    const probe = this.#silentRounds >= LOST_AFTER && !this.#alive
    this.traffic.requests++
    return {
      request: { unit: this.#setup.unit, code, address, count: probe ? leastCount : count },
      timeoutMs: this.latency.timeoutMs,
      quietMs: this.#device.quietMs,
    }
  }

  /** The report of this round, once. */
  report(): Report | undefined {
    if (this.#state.kind !== 'reporting') return undefined
    const { report } = this.#state
    this.#state = RESTING
    return report
  }

  /** Takes an answer; one to a question of a round gone by counts where this round asks the same. */
  take(answer: Answer, now: MonotonicMs): void {
    this.#count(answer)
    const state = this.#state
    if (state.kind !== 'asking' || !this.#isAnswer(answer)) return
    const { request, result, sentAt, receivedAt } = answer
    switch (result.kind) {
      case 'data':
        return this.#takeData(answer, now)
      case 'exception':
        return this.#takeException(state, result.code, now)
      case 'damaged':
        this.#why = 'bad CRC'
        return this.#retry(state, now, now)
      default:
        this.#why = `no answer in ${Math.round(receivedAt - sentAt)} ms`
        return this.#retry(state, this.#master.clearAt(request), now)
    }
  }

  #isAnswer({ request }: Answer): boolean {
    const { question } = this.#inquiry
    return (
      question !== undefined &&
      request.code === question.code &&
      'address' in request &&
      request.address === question.address
    )
  }

  #takeData({ request, result, sentAt, receivedAt }: Answer, now: MonotonicMs): void {
    const { question } = this.#inquiry
    this.#revive()
    if (!question || result.kind !== 'data' || !('count' in request)) return
    // A lost device answers again, or a question has been split since: now for the whole of it.
    if (request.count !== question.count) return this.#ask(now)
    if (question.power) {
      this.#powerFrom ||= sentAt
      this.#powerTo = receivedAt
    }
    this.#inquiry.take(result.bytes, result.start)
    this.#next(now)
  }

  #takeException(state: Asking, code: number, now: MonotonicMs): void {
    this.#revive()
    this.#why = describeException(code)
    if (code === 5 || code === 6) {
      this.#retried = true
      if (state.busy + 1 >= BUSY_MOST) return this.#skipQuestion(now)
      this.#state = { ...state, busy: state.busy + 1, notBefore: later(now, BUSY_MS) }
    } else if (code > 3) this.#retry(state, now, now)
    else if (this.#inquiry.split()) this.#ask(now)
    else this.#skipQuestion(now)
  }

  #retry(state: Asking, notBefore: MonotonicMs, now: MonotonicMs): void {
    const attempt = state.attempt + 1
    if (attempt < ATTEMPTS_MOST && this.#silentRounds === 0) {
      this.#retried = true
      this.#state = { ...state, attempt, notBefore }
      return
    }
    if (!this.#alive) return this.#finish()
    // It lives and yet has never answered this: too long for it, which some devices do not say.
    if (!this.#inquiry.question?.answered && this.#inquiry.split()) this.#ask(notBefore)
    else this.#skipQuestion(now)
  }

  #skipQuestion(now: MonotonicMs): void {
    this.#inquiry.skip()
    this.#next(now)
  }

  #next(now: MonotonicMs): void {
    if (this.#inquiry.question) return this.#ask(now)
    if (!(this.#inquiry instanceof SunSpecWalk)) return this.#finish()
    const { device, why } = this.#inquiry
    if (!device) return this.#fail(why)
    if (!chooseFlow(device, this.#setup)) return this.#fail('no SunSpec model for this role')
    this.#inquiry = this.#program(device)
    this.#inquiry.begin()
    this.#ask(now)
  }

  #ask(notBefore: MonotonicMs): void {
    this.#state = { kind: 'asking', attempt: 0, busy: 0, notBefore }
  }

  #program(device: Device): Program {
    const { timing } = this.#master
    return new Program(device, this.#setup, {
      turnaroundMs: timing.frameMs(8 + 5) + 2 * timing.silenceMs + device.quietMs + LATENCY_MS,
      registerMs: timing.frameMs(2),
    })
  }

  #finish(): void {
    if (!this.#alive && this.#why !== 'bad CRC') this.#miss()
    if (!(this.#inquiry instanceof Program)) return this.#fail(this.#why)
    const powerW = this.#inquiry.powerW()
    if (Number.isNaN(powerW)) return this.#fail(this.#why || 'no reading (sentinel)')
    const at = ((this.#powerFrom + this.#powerTo) / 2) as MonotonicMs
    const report: Measured = { kind: 'measured', device: this.#index, powerW, at }
    const energyWh = this.#inquiry.stateOfChargeWh()
    if (!Number.isNaN(energyWh)) {
      report.stateOfChargeWh = energyWh
      if (this.#inquiry.estimated) report.estimated = true
    }
    this.#state = { kind: 'reporting', report }
  }

  #fail(why: string): void {
    this.#state = { kind: 'reporting', report: { kind: 'failed', device: this.#index, why } }
  }

  #miss(): void {
    this.#silentRounds++
    if (this.#silentRounds < LOST_AFTER) return
    this.#skip = this.#skipNext
    this.#skipNext = Math.min(SKIP_MOST, 2 * this.#skipNext)
  }

  #revive(): void {
    this.#alive = true
    this.#silentRounds = 0
    this.#skipNext = 1
  }

  #count({ request, result, sentAt, receivedAt }: Answer): void {
    if (result.kind === 'silent') {
      this.traffic.timeouts++
      this.latency.timedOut()
    } else if (result.kind === 'damaged') this.traffic.crcErrors++
    else {
      if (result.kind === 'exception') this.traffic.exceptions++
      const replyBytes = result.kind === 'data' && 'count' in request ? 5 + 2 * request.count : 5
      this.latency.answered(receivedAt - sentAt - this.#master.timing.frameMs(8 + replyBytes))
    }
  }
}
