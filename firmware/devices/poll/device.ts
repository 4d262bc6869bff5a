/** One device on the line over its rounds: what to ask it next, and what its answers come to. No line, no clock. */
import { later, type MonotonicMs } from '../../core/time'
import {
  describeException,
  ILLEGAL_DATA_VALUE,
  ILLEGAL_FUNCTION,
  isBusy,
  READ_HOLDING_REGISTERS,
} from '../../modbus/codes'
import { type Answer, type Ask, type Damage, NO_CHECKSUM } from '../../modbus/exchange'
import { PLAIN_FIRST } from '../../modbus/late'
import type { Master } from '../../modbus/master'
import { findDevice } from '../catalogue/find'
import { AUTO, type DeviceConfig } from '../config'
import type { Movement } from '../gates/still'
import type { Fingerprint } from '../identify/fingerprint'
import { Identification } from '../identify/identification'
import type { Device, ReadCode } from '../model'
import type { DeviceReport, ReadFailure, ReadRequest } from '../query'
import { Availability } from './availability'
import { tellsPadding } from './padding'
import { reportOf } from './report'
import {
  expectedMsOf,
  quietMsOf,
  type Stage,
  type StageOptions,
  stageAfterWalk,
  stageOf,
} from './stage'

const BUSY_MS = 200
/** No model that can be identified needs longer to answer at first, except Huawei's, whose latency is learnt. */
const UNKNOWN_TIMEOUT_MS = 500
/** Why there is no reading if what came is no answer. */
const DAMAGES: Record<Damage, string> = {
  checksum: 'bad CRC',
  'another master': 'a reply, perhaps to another master',
  copy: 'a copy of another reply',
  'late refusal': 'a refusal, perhaps of an earlier request',
}

type State =
  | { kind: 'resting' }
  | { kind: 'asking'; notBefore: MonotonicMs }
  | { kind: 'reporting'; report: DeviceReport }

const RESTING: State = { kind: 'resting' }

/** Priorities: the lowest is asked first. A search brings no reading. */
export const FIRST = 0
const REPEATED = 1
export const SILENT = 2
const SEARCHING = 3

/** What is asked of the devices of a line: one request at a time, so one for all of them. */
export interface LineAsk extends Ask {
  readonly request: { unit: number; code: ReadCode; address: number; count: number }
}

export function newAsk(): LineAsk {
  return {
    request: { unit: 0, code: READ_HOLDING_REGISTERS, address: 0, count: 0 },
    paddings: 0,
    checksum: NO_CHECKSUM,
    changes: false,
    timeoutMs: 0,
    quietMs: 0,
  }
}

export interface PolledDeviceOptions {
  /** In the settings; -1 if it is not among them. */
  index: number
  config: DeviceConfig
  /** Undefined if it has to be identified. */
  device: Device | undefined
  /** What it is identified by. */
  fingerprints: readonly Fingerprint[]
  master: Master
  /** Of the devices of its line. */
  movement: Movement
  ask: LineAsk
  /** Other devices of its group wait for it: it is asked again at once. */
  retriesAtOnce: boolean
  /** A power that took longer than this to read is no reading. */
  maxSpanMs: number
}

export class PolledDevice implements StageOptions {
  readonly index: number
  readonly retriesAtOnce: boolean
  readonly availability: Availability
  /** As stages are made with. */
  readonly config: DeviceConfig
  readonly master: Master
  readonly maxSpanMs: number
  readonly movement: Movement
  isPlain = false
  isCut = false
  present = 0
  /** Undefined if the settings name its model. */
  readonly #identification: Identification | undefined
  readonly #asked: LineAsk
  #stage: Stage
  #state: State = RESTING
  /** Why the last read of this round that brought nothing did not; '' if all did. */
  #why = ''
  /** Whether what came for it was no answer. */
  #isDamaged = false

  constructor(options: PolledDeviceOptions) {
    const { index, config, device, master } = options
    this.index = index
    this.retriesAtOnce = options.retriesAtOnce
    this.availability = new Availability(device?.timeoutMs ?? UNKNOWN_TIMEOUT_MS)
    this.config = config
    this.master = master
    this.maxSpanMs = options.maxSpanMs
    this.movement = options.movement
    this.#asked = options.ask
    if (device) this.#stage = stageOf(device, this)
    else {
      const sequence = new Identification(index, config, options.fingerprints)
      this.#identification = sequence
      this.#stage = { kind: 'identifying', sequence, device: undefined, formula: undefined }
    }
  }

  /** Its id in the catalogue, and whether it was identified. */
  get model(): string {
    if (!this.#identification) return this.config.model
    const { device } = this.#stage
    return device ? `${AUTO}: ${device.id}` : AUTO
  }

  /** Undefined unless its registers are known. */
  get stage(): (Stage & { kind: 'reading' }) | undefined {
    return this.#stage.kind === 'reading' ? this.#stage : undefined
  }

  /** How long its reads are expected to take. */
  get expectedMs(): number {
    return expectedMsOf(this.#stage, this.master.timing)
  }

  get priority(): number {
    if (this.availability.silentRounds > 0) return SILENT
    if (!this.#stage.formula) return SEARCHING
    return this.availability.isRepeating && !this.retriesAtOnce ? REPEATED : FIRST
  }

  get isAsking(): boolean {
    return this.#state.kind === 'asking'
  }

  /** When its next request may go out, while it is asking: once no late answer can be mistaken for its own. */
  get notBefore(): MonotonicMs {
    const state = this.#state
    if (state.kind !== 'asking') return 0 as MonotonicMs
    const { request } = this.#stage.sequence
    if (!request || this.master.late.until === 0) return state.notBefore
    const { late } = this.master
    const { unit } = this.config
    const isProbe = this.#isProbe(request)
    const clear = request.awaitsClear
      ? late.laneClearAt(unit, request.code)
      : late.clearAt(
          unit,
          request.code,
          isProbe ? request.minCount : request.count,
          isProbe ? probePaddings(request) : request.paddings,
        )
    return Math.max(clear, state.notBefore) as MonotonicMs
  }

  /** How long its next request may take, while it is asking. */
  get patienceMs(): number {
    const { request } = this.#stage.sequence
    const frames = this.master.timing.frameMs(8 + 5 + 2 * (request?.count ?? 0))
    return quietMsOf(this.#stage) + frames + this.availability.latency.timeoutMs
  }

  /** Starts a round. */
  begin(now: MonotonicMs): void {
    this.#why = ''
    this.#isDamaged = false
    if (!this.availability.hasAnswered) this.#forget()
    if (!this.availability.begin())
      return this.#fail(`no answer for ${this.availability.silentRounds} rounds`)
    this.#stage.sequence.begin()
    this.#next(now)
  }

  /** Between rounds: there may be another device now, or one with another SunSpec map, or one that was set anew. */
  renew(): void {
    const stage = this.#stage
    const sequence = this.#identification
    if (sequence) {
      sequence.restart()
      this.#stage = { kind: 'identifying', sequence, device: undefined, formula: undefined }
      return
    }
    // Another one of its model is asked as this one was.
    if (stage.kind === 'reading') {
      this.isPlain = stage.sequence.isPlain
      this.isCut = stage.sequence.isCut
      this.present = stage.formula.present
    }
    const device = findDevice(this.config.model)
    if (device) this.#stage = stageOf(device, this)
  }

  /** Ends its round without a report. */
  abandon(): void {
    if (this.#state.kind !== 'asking') return
    if (this.availability.isRepeating) {
      if (!this.availability.hasAnswered) this.#miss()
      // Its second try may have to wait for more than a round: the first one counts.
      else if (!this.#isDamaged) this.#stage.sequence.split(true)
    }
    this.#state = RESTING
  }

  /** Lets devices that bring readings go first. */
  defer(notBefore: MonotonicMs): void {
    if (this.#state.kind !== 'asking') return
    this.availability.delayed()
    this.#state = { kind: 'asking', notBefore }
  }

  /** Leaves the rest of a search to the next round. */
  postpone(): void {
    const stage = this.#stage
    if (this.#state.kind === 'asking' && !stage.formula) this.#fail(stage.sequence.why)
  }

  /** What to ask now: the read that is due, or its shortest part if the device may not be there. */
  ask(): Ask {
    const request = this.#stage.sequence.request
    if (!request) throw new Error('nothing to ask')
    const availability = this.availability
    const isProbe = this.#isProbe(request)
    availability.traffic.requests++
    const asked = this.#asked
    const line = asked.request
    line.unit = this.config.unit
    line.code = request.code
    line.address = request.address
    line.count = isProbe ? request.minCount : request.count
    asked.paddings = isProbe ? probePaddings(request) : request.paddings
    // A part brings no reading.
    asked.checksum = isProbe && request.count > request.minCount ? undefined : request.checksum
    asked.changes = request.changes
    asked.timeoutMs = availability.latency.timeoutMs
    asked.quietMs = quietMsOf(this.#stage)
    return asked
  }

  /** Whether its shortest part is asked first: the device may not be there, or silent for its length. */
  #isProbe({ suspectLength }: ReadRequest): boolean {
    const { availability } = this
    return availability.isLost || (suspectLength && !availability.hasAnswered)
  }

  /** The report of this round, once. */
  report(): DeviceReport | undefined {
    if (this.#state.kind !== 'reporting') return undefined
    const { report } = this.#state
    this.#state = RESTING
    return report
  }

  /** Takes an answer. One to a request of an earlier round counts if this round asks the same. */
  take(answer: Answer, now: MonotonicMs): void {
    this.availability.count(answer, this.master.timing)
    if (answer.result.kind === 'silent') this.#forget()
    const due = this.#stage.sequence.request
    if (this.#state.kind !== 'asking' || !due) return
    const { request, result, sentAt, receivedAt } = answer
    if (request.code !== due.code || !('count' in request) || request.address !== due.address)
      return
    // Not if its shortest part was asked, or if it has been split since.
    const isWhole = request.count >= due.count
    const stage = this.#stage
    const isRefusedForPadding =
      isWhole &&
      (due.paddingDoubts || result.kind !== 'data') &&
      stage.kind === 'reading' &&
      stage.sequence.learnPadding(request.count - due.count, result)
    if (isWhole && this.#asked.checksum !== undefined) {
      due.checksum = this.#asked.checksum
      if (result.kind === 'damaged' && result.why === 'copy') due.isCopied = true
      else if (result.kind === 'data' || result.kind === 'exception') due.isCopied = false
      due.awaitsClear = result.kind === 'damaged' && result.why === 'late refusal'
      // Without padding it is asked at once.
      if (due.awaitsClear && request.count > due.count)
        due.awaitsClear = !tellsPadding(due.paddingDoubts)
    }
    switch (result.kind) {
      case 'data':
        this.availability.answered()
        if (!isWhole) return this.#ask(now)
        stage.sequence.take(result.bytes, result.start, sentAt, receivedAt)
        return this.#next(now)
      case 'exception':
        this.availability.answered()
        if (isRefusedForPadding) return this.#ask(now)
        return this.#takeException(result.code, isWhole, now)
      case 'damaged':
        this.#isDamaged = true
        this.#why = DAMAGES[result.why]
        if (result.why === 'copy' && this.availability.repeatAtOnce()) {
          this.#state = { kind: 'asking', notBefore: now }
          return
        }
        return this.#retry(false, now)
      default:
        this.#isDamaged = false
        this.#why = `no answer in ${Math.round(receivedAt - sentAt)} ms`
        return this.#retry(true, now)
    }
  }

  #takeException(code: number, isWhole: boolean, now: MonotonicMs): void {
    this.#why = describeException(code)
    if (isBusy(code)) {
      if (!this.availability.repeatLater()) return this.#skip('unclear', now)
      this.#state = { kind: 'asking', notBefore: later(now, BUSY_MS) }
    } else if (code > ILLEGAL_DATA_VALUE) this.#retry(false, now)
    // Illegal address or value: one of its registers is missing, or there are too many of them.
    else if (!isWhole || (code !== ILLEGAL_FUNCTION && this.#stage.sequence.split(false)))
      this.#ask(now)
    else this.#skip('refused', now)
  }

  #retry(silent: boolean, now: MonotonicMs): void {
    const { kind, sequence } = this.#stage
    // A device of unknown model may not know the read: that is repeated in another round.
    const isUnknown = kind === 'identifying'
    if (!isUnknown && this.availability.repeat()) {
      this.#state = { kind: 'asking', notBefore: now }
      return
    }
    if (!isUnknown && !this.availability.hasAnswered) {
      if (silent && this.#stage.kind === 'reading') this.#stage.sequence.suspectLength()
      return this.#finish()
    }
    // It answers other reads, and perhaps this one never: some devices are silent if a read is too long.
    if (silent && sequence.split(true)) this.#ask(now)
    else this.#skip(silent ? 'silent' : 'unclear', now)
  }

  #skip(why: ReadFailure, now: MonotonicMs): void {
    this.#stage.sequence.skip(why)
    this.#next(now)
  }

  #ask(notBefore: MonotonicMs): void {
    this.availability.startRequest()
    this.#state = { kind: 'asking', notBefore }
    // A round that waits for late replies does not tell how long a round takes.
    if (this.master.late.until > 0 && this.notBefore > notBefore) this.availability.delayed()
  }

  /** Goes on to the read that is due, or to what the round has come to. */
  #next(now: MonotonicMs): void {
    const stage = this.#stage
    if (stage.sequence.request) return this.#ask(now)
    if (stage.formula || (this.#why && !this.availability.hasAnswered)) return this.#finish()
    const { device, why } = stage.sequence
    if (!device) return this.#fail(why)
    if (stage.kind === 'identifying') {
      this.#stage = stageOf(device, this)
      // This round was planned without the time of its reads.
      return this.#fail(`identified as ${device.id} (${why}): read from the next round on`)
    }
    const next = stageAfterWalk(device, this)
    if (typeof next === 'string') return this.#fail(next)
    this.#stage = next
    next.sequence.begin()
    this.#ask(now)
  }

  #finish(): void {
    if (!this.availability.hasAnswered && !this.#isDamaged) this.#miss()
    const stage = this.#stage
    if (stage.kind !== 'reading') return this.#fail(this.#why)
    const report = reportOf(stage, this.index, this.#why, this.maxSpanMs)
    this.#state = { kind: 'reporting', report }
  }

  #fail(why: string): void {
    this.#state = { kind: 'reporting', report: { kind: 'failed', device: this.index, why } }
  }

  /** It may be another device, or one that was set anew. */
  #forget(): void {
    if (this.#stage.kind === 'reading') this.#stage.sequence.forget()
  }

  /** A silent round. What comes back after many may be another device. */
  #miss(): void {
    this.availability.missed()
    const stage = this.#stage
    if (this.availability.isLost && (this.#identification || stage.kind !== 'walking')) this.renew()
    else if (stage.kind === 'walking') stage.sequence.miss()
  }
}

/**
 * Of the shortest part of a read: the registers of the read, or what is behind it if it has no shorter part. Only if a late
 * reply is as short, for the device may be silent on longer reads.
 */
function probePaddings({ count, minCount, paddings }: ReadRequest): number {
  const behind = (2 << (count - minCount)) - 2
  const all = count === minCount ? paddings : paddings & behind
  return all > 1 ? all | PLAIN_FIRST : all
}
