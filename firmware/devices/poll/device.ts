/** One device on the line over its rounds: what to ask it next, and what its answers come to. No line, no clock. */
import { later, type MonotonicMs } from '../../core/time'
import { describeException } from '../../modbus/codes'
import { Latency } from '../../modbus/latency'
import type { Answer, Ask, Master } from '../../modbus/master'
import type { Inquiry, Skipped } from '../query'
import type { Measured, Report, Traffic } from '../report'
import { Subject, type SubjectOptions } from '../subject'
import type { Program } from './reads'

const ATTEMPTS_MOST = 2
/** Exceptions 5 and 6: it works on it, or on something else. */
const BUSY_MOST = 5
const BUSY_MS = 200
/** Silent for so many rounds a device counts as lost; then it is asked once in 2, 4... of them. */
const LOST_AFTER = 3
const SKIP_MOST = 16

type State =
  | { kind: 'resting' }
  | { kind: 'asking'; attempt: number; busy: number; notBefore: MonotonicMs }
  | { kind: 'reporting'; report: Report }

const RESTING: State = { kind: 'resting' }

/** Standings: asked for the first time (0), asked again, silent last time, or looked for, which brings no reading. */
const AGAIN = 1
export const SILENT = 2
export const SEARCHED = 3

export interface StationOptions extends Omit<SubjectOptions, 'timing'> {
  master: Master
  /** Its neighbours wait for it: it is asked again at once... */
  hasty: boolean
  /** ...and a power that took longer to read is none. */
  spanMostMs: number
}

export class Station {
  readonly traffic: Traffic = { requests: 0, timeouts: 0, crcErrors: 0, exceptions: 0 }
  readonly latency: Latency
  /** Of the device in the settings. */
  readonly index: number
  readonly hasty: boolean
  readonly #unit: number
  readonly #spanMostMs: number
  readonly #master: Master
  readonly subject: Subject
  /** The subject's own, at hand. */
  #inquiry: Inquiry
  #program: Program | undefined
  #state: State = RESTING
  #silentRounds = 0
  #skip = 0
  #skipNext = 1
  #alive = false
  /** Whether this round took no retry yet: only then its report's time says something about the round's. */
  prompt = true
  #why = ''
  #powerFrom = 0 as MonotonicMs
  #powerTo = 0 as MonotonicMs

  constructor({ master, hasty, spanMostMs, ...options }: StationOptions) {
    this.index = options.index
    this.hasty = hasty
    this.#spanMostMs = spanMostMs
    this.#unit = options.setup.unit
    this.#master = master
    this.subject = new Subject({ ...options, timing: master.timing })
    this.#inquiry = this.subject.inquiry
    this.#program = this.subject.program
    this.latency = new Latency(this.subject.timeoutMs)
  }

  /** Who is asked first, the lowest. */
  get standing(): number {
    if (this.#silentRounds > 0) return SILENT
    if (!this.#program) return SEARCHED
    return this.#state.kind === 'asking' && this.#state.attempt > 0 && !this.hasty ? AGAIN : 0
  }

  get asking(): boolean {
    return this.#state.kind === 'asking'
  }

  /** When its next request may go out, while it is asking: the line is not kept waiting for a ghost of its own. */
  get notBefore(): MonotonicMs {
    const state = this.#state
    const { question } = this.#inquiry
    if (state.kind !== 'asking' || !question) return 0 as MonotonicMs
    const clear = this.#master.clearAt(this.#unit, question.code)
    return Math.max(clear, state.notBefore) as MonotonicMs
  }

  /** How long its next question may take, while it is asking. */
  get patienceMs(): number {
    const { question } = this.#inquiry
    const frames = this.#master.timing.frameMs(8 + 5 + 2 * (question?.count ?? 0))
    return this.subject.quietMs + frames + this.latency.timeoutMs
  }

  /** Starts a round; a lost device sits most of them out. */
  begin(now: MonotonicMs): void {
    this.#alive = false
    this.prompt = true
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

  /** Lets the others go first, who bring readings. */
  defer(until: MonotonicMs): void {
    if (this.#state.kind === 'asking') this.#state = { ...this.#state, notBefore: until }
  }

  /** Leaves the rest of its search to the next round. */
  postpone(): void {
    if (this.#state.kind === 'asking') this.#fail(this.subject.conclude())
  }

  /** What to ask now; a lost device gets the smallest question there is. */
  ask(): Ask {
    const { question } = this.#inquiry
    if (!question) throw new Error('nothing to ask')
    const { code, address, count, leastCount } = question
    const probe = !this.#alive && (this.#silentRounds >= LOST_AFTER || question.doubted)
    this.traffic.requests++
    return {
      request: { unit: this.#unit, code, address, count: probe ? leastCount : count },
      timeoutMs: this.latency.timeoutMs,
      quietMs: this.subject.quietMs,
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
    const { result, sentAt, receivedAt } = answer
    switch (result.kind) {
      case 'data':
        return this.#takeData(answer, now)
      case 'exception':
        return this.#takeException(state, answer, result.code, now)
      case 'damaged':
        this.#why = 'bad CRC'
        return this.#retry(state, false, now)
      default:
        this.#why = `no answer in ${Math.round(receivedAt - sentAt)} ms`
        return this.#retry(state, true, now)
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
    // The least of it was asked, or the question has been split since: now for the whole of it.
    if (request.count !== question.count) return this.#ask(now)
    if (question.power) {
      this.#powerFrom ||= sentAt
      this.#powerTo = receivedAt
    }
    this.#inquiry.take(result.bytes, result.start)
    this.#next(now)
  }

  #takeException(
    state: State & { kind: 'asking' },
    { request }: Answer,
    code: number,
    now: MonotonicMs,
  ): void {
    this.#revive()
    const whole = 'count' in request && request.count === this.#inquiry.question?.count
    this.#why = describeException(code)
    if (code === 5 || code === 6) {
      this.prompt = false
      if (state.busy + 1 >= BUSY_MOST) return this.#skipQuestion('unclear', now)
      this.#state = { ...state, busy: state.busy + 1, notBefore: later(now, BUSY_MS) }
    } else if (code > 3) this.#retry(state, false, now)
    // Illegal address or value: one of its registers is missing, or there are too many of them.
    else if (!whole || (code !== 1 && this.#inquiry.split(false))) this.#ask(now)
    else this.#skipQuestion('refused', now)
  }

  #retry(state: State & { kind: 'asking' }, silent: boolean, now: MonotonicMs): void {
    const attempt = state.attempt + 1
    if (attempt < ATTEMPTS_MOST && this.#silentRounds === 0 && !this.subject.isUnknown) {
      this.prompt = false
      this.#state = { ...state, attempt, notBefore: now }
      return
    }
    if (!this.#alive && !this.subject.isUnknown) return this.#finish()
    // It lives and yet never answers this: too long for it, which some devices do not say.
    if (silent && this.#inquiry.split(true)) this.#ask(now)
    else this.#skipQuestion(silent ? 'silent' : 'unclear', now)
  }

  #skipQuestion(why: Skipped, now: MonotonicMs): void {
    this.#inquiry.skip(why)
    this.#next(now)
  }

  #next(now: MonotonicMs): void {
    if (this.#inquiry.question) return this.#ask(now)
    if (this.#program || (this.#why && !this.#alive)) return this.#finish()
    const why = this.subject.conclude()
    this.#inquiry = this.subject.inquiry
    this.#program = this.subject.program
    if (why) return this.#fail(why)
    this.#inquiry.begin()
    this.#ask(now)
  }

  #ask(notBefore: MonotonicMs): void {
    this.#state = { kind: 'asking', attempt: 0, busy: 0, notBefore }
  }

  #finish(): void {
    if (!this.#alive && this.#why !== 'bad CRC') this.#miss()
    const program = this.#program
    if (!program) return this.#fail(this.#why)
    const powerW = program.powerW()
    const energyWh = program.stateOfChargeWh()
    // A battery's power without its charge is half a message (spec/streaming-data.txt, "Resources").
    if (Number.isNaN(powerW) || Number.isNaN(energyWh))
      return this.#fail(this.#why || 'no reading (sentinel)')
    if (this.#powerTo - this.#powerFrom > this.#spanMostMs)
      return this.#fail('too slow to be added to another meter')
    const at = ((this.#powerFrom + this.#powerTo) / 2) as MonotonicMs
    const report: Measured = { kind: 'measured', device: this.index, powerW, at }
    if (energyWh !== undefined) report.stateOfChargeWh = energyWh
    if (program.estimated) report.estimated = true
    this.#state = { kind: 'reporting', report }
  }

  #fail(why: string): void {
    this.#state = { kind: 'reporting', report: { kind: 'failed', device: this.index, why } }
  }

  #miss(): void {
    this.#silentRounds++
    if (this.#silentRounds < LOST_AFTER) return
    this.subject.lose()
    this.#inquiry = this.subject.inquiry
    this.#program = this.subject.program
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
