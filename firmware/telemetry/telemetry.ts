/**
 * The machine of the ticks: every 4 s of UTC each stream owes a sample. It says when to read the meters so that their
 * answers are in just before the tick, keeps what cannot be sent yet while it is fresh, and accounts for every tick
 * that a stream missed. docs/platform.md, "Timing".
 */
import { FOREVER, later, type MonotonicMs, type Timescale, type UnixMs } from '../core/time'
import { Backlog, MAX_PAYLOAD_BYTES, type Publication, readTag, type Tagged } from './backlog'
import { Grid, PERIOD_MS } from './grid'
import { Round } from './round'
import type { Stream } from './site'

/** From the last answer to the tick: room for timers that fire late. */
const MARGIN_MS = 60
/** A longer round is not waited for: the next has to begin. */
const MAX_LEAD_MS = 3500
/** An alarm is less late. */
const MAX_LATE_START_MS = 50
/** After a longer sleep, or a step of the clock, the grid starts afresh instead of counting each tick. */
const MAX_TICKS_BEHIND = 15

/** Why a stream sent nothing for a tick, in the order of the way through. */
export type MissedBy = 'meter' | 'clock' | 'broker' | 'capacity'

export type TelemetryOutput =
  /** Begin a round of reading every device. */
  | { kind: 'measure'; tick: number }
  | Publication
  | { kind: 'due'; tick: number; at: UnixMs }
  | { kind: 'missed'; tick: number; stream: number; by: MissedBy; why: string }
  | { kind: 'wait'; until: MonotonicMs }

/** What became of a publication. */
export interface Delivered extends Tagged {
  kind: 'sent' | 'acknowledged'
  /** After its newest sample's tick; 0 while the time is not known. */
  lateMs: number
}

type State =
  /** The next tick is not known: nothing is due. */
  | { kind: 'idle' }
  /** The time is not known any more: ticks go on being due, and are missed. */
  | { kind: 'unsure'; tick: number; until: MonotonicMs }
  | { kind: 'before'; tick: number }
  | { kind: 'reading'; tick: number; until: MonotonicMs }
  /** The tick has come; answers still missing are taken until the next round begins. */
  | { kind: 'late'; tick: number; until: MonotonicMs }

export class Telemetry {
  readonly #time: Timescale
  readonly #grid: Grid
  /** One of each for a stream, in the order of the streams. */
  readonly #rounds: Round[]
  readonly #backlogs: Backlog[]
  /** For each device its stream's round. */
  readonly #roundOf: Round[] = []
  readonly #outputs: TelemetryOutput[] = []
  readonly #payload = new Uint8Array(MAX_PAYLOAD_BYTES)
  #state: State = { kind: 'idle' }
  /** Rounds that the tick is not accounted for in. */
  #openRounds = 0
  /** The tick whose round was to begin while the machine stood still, and when it begins. */
  #heldTick = 0
  #heldUntil = 0 as MonotonicMs
  /** No stream before this one has anything to publish. */
  #publishFrom = 0
  #online = false
  #maxBytes = 0
  /** Nothing is published until something is acknowledged or the next sample comes. */
  #isHeld = false
  /** Why the broker's queue took nothing, in words; empty since it takes what it is given. */
  #refusal = ''
  /** How long a round of reading takes, as the bus has learnt it. */
  roundMs = 1000

  constructor(options: { time: Timescale; phaseMs: number; streams: readonly Stream[] }) {
    this.#time = options.time
    this.#grid = new Grid(options.phaseMs)
    this.#rounds = options.streams.map(({ devices }) => new Round(devices))
    options.streams.forEach(({ devices }, stream) => {
      for (let i = 0; i < devices.length; i++) this.#roundOf[devices[i]] = this.#rounds[stream]
    })
    this.#backlogs = options.streams.map(({ topic }, stream) => new Backlog(topic, stream))
  }

  /** The broker takes messages with payloads of up to `maxBytes`. What waited and is fresh goes first. */
  online(maxBytes: number): void {
    this.#online = true
    this.#isHeld = false
    this.#maxBytes = maxBytes
  }

  offline(): void {
    this.#online = false
  }

  /** A device of the round has answered; `at` is the middle of its transaction. */
  measured(
    device: number,
    powerW: number,
    stateOfChargeWh: number | undefined,
    at: MonotonicMs,
  ): void {
    this.#roundOf[device].add(device, powerW, stateOfChargeWh, at)
  }

  failed(device: number, why: string): void {
    this.#roundOf[device].fail(device, why)
  }

  /** The tick has come, and the round that it waits for goes on: every answer counts at once. */
  get isLate(): boolean {
    return this.#state.kind === 'late'
  }

  /** A publication was written, or acknowledged. */
  delivered(kind: 'sent' | 'acknowledged', tag: number, now: MonotonicMs): Delivered {
    const { tick, stream, samples } = readTag(tag)
    if (kind === 'sent') {
      this.#backlogs[stream].sent(tick)
      this.#mayPublish(stream)
      this.#refusal = ''
    } else this.#isHeld = false
    const utc = this.#time.utc(now)
    const lateMs = utc === undefined ? 0 : utc - this.#grid.due(tick)
    return { kind, tick, stream, samples, lateMs }
  }

  /** The broker's queue did not take a publication: its samples wait, as long as they are fresh. */
  refused(tag: number, why: string): void {
    const { stream, tick } = readTag(tag)
    this.#backlogs[stream].refused(tick)
    this.#mayPublish(stream)
    this.#refusal = why
    this.#isHeld = true
  }

  /** A publication came to nothing. */
  lost(tag: number, why: string, now: MonotonicMs): void {
    const { stream, tick, samples } = readTag(tag)
    const backlog = this.#backlogs[stream]
    const end = backlog.lost(tick)
    this.#mayPublish(stream)
    // What is fresh and waits again must not be lost for the same reason at once, and so for ever.
    if (end < tick && !backlog.isStale(now)) this.#isHeld = true
    for (let lost = tick - samples + 1; lost <= end; lost++) this.#miss(stream, lost, 'broker', why)
  }

  /** Whether that stream has something that the broker can be given. */
  canPublish(stream: number): boolean {
    return this.#online && !this.#isHeld && this.#backlogs[stream].canPublish
  }

  poll(now: MonotonicMs): TelemetryOutput {
    for (;;) {
      const until = this.#outputs.length ? undefined : this.#advance(now)
      const ready = this.#outputs.shift() ?? this.#nextPublication(now)
      if (ready) return ready
      if (until !== undefined && !this.#outputs.length) return { kind: 'wait', until }
    }
  }

  /** Takes one step; answers how long there is nothing to do, or undefined if another step may follow. */
  #advance(now: MonotonicMs): MonotonicMs | undefined {
    const state = this.#state
    // The most frequent first: a case that is passed over costs as much as one that is taken.
    switch (state.kind) {
      case 'late':
        if (this.#openRounds > 0) this.#settle(state.tick, now)
        if (now < state.until) return state.until
        this.#giveUp(state.tick)
        this.#state = { kind: 'before', tick: state.tick + 1 }
        return undefined
      case 'reading':
        if (now < state.until) return state.until
        this.#outputs.push({ kind: 'due', tick: state.tick, at: this.#grid.due(state.tick) })
        this.#state = {
          kind: 'late',
          tick: state.tick,
          until: later(state.until, PERIOD_MS - this.#leadMs()),
        }
        return undefined
      case 'before':
        return this.#awaitRound(state.tick, now)
      case 'idle':
        return this.#findTick(now)
      case 'unsure':
        return this.#findTick(now, state.tick) && this.#awaitMissed(state, now)
    }
  }

  /** `owed`: the first tick that is not accounted for, if the grid was known before. */
  #findTick(now: MonotonicMs, owed?: number): MonotonicMs | undefined {
    const utc = this.#time.utc(now)
    if (utc === undefined) return FOREVER
    const tick = this.#grid.next((utc + this.#leadMs()) as UnixMs)
    if (owed !== undefined && tick - owed <= MAX_TICKS_BEHIND)
      for (; owed < tick; owed++) this.#missAll(owed, 'clock', UNSURE)
    this.#state = { kind: 'before', tick }
    return undefined
  }

  #awaitMissed(state: State & { kind: 'unsure' }, now: MonotonicMs): MonotonicMs | undefined {
    if (now < state.until) return state.until
    this.#missAll(state.tick, 'clock', UNSURE)
    this.#state = { ...state, tick: state.tick + 1, until: later(state.until, PERIOD_MS) }
    return undefined
  }

  #awaitRound(tick: number, now: MonotonicMs): MonotonicMs | undefined {
    const due = this.#time.monotonic(this.#grid.due(tick))
    if (due === undefined || this.#time.utc(now) === undefined) {
      this.#state = { kind: 'unsure', tick, until: later(now, this.#leadMs()) }
      return undefined
    }
    const behindMs = now - due
    if (behindMs > MAX_TICKS_BEHIND * PERIOD_MS) {
      // The clock was stepped forward, or we slept: the ticks between do not count. After a step back this one is waited for.
      this.#state = { kind: 'idle' }
      return undefined
    }
    if (behindMs > PERIOD_MS - this.#leadMs()) {
      this.#missAll(tick, 'capacity', 'the dongle was busy')
      this.#state = { kind: 'before', tick: tick + 1 }
      return undefined
    }
    let start = later(due, -this.#leadMs())
    if (now - start > MAX_LATE_START_MS) {
      // The machine stood still: what waits in its ports comes first.
      if (this.#heldTick !== tick) this.#heldUntil = later(now, MAX_LATE_START_MS)
      this.#heldTick = tick
      start = this.#heldUntil
    }
    if (now < start) return start
    this.#openRounds = this.#rounds.length
    for (let stream = 0; stream < this.#openRounds; stream++) this.#rounds[stream].begin()
    this.#outputs.push({ kind: 'measure', tick })
    this.#state = { kind: 'reading', tick, until: due }
    return undefined
  }

  #leadMs(): number {
    return Math.min(this.roundMs + MARGIN_MS, MAX_LEAD_MS)
  }

  /** Accounts for the streams whose devices have all answered. */
  #settle(tick: number, now: MonotonicMs): void {
    for (let stream = 0; stream < this.#rounds.length; stream++) {
      const round = this.#rounds[stream]
      if (!round.isComplete) continue
      const why = round.rejection(now, PERIOD_MS)
      if (why) this.#miss(stream, tick, 'meter', why)
      else {
        const { at, powerW, stateOfChargeWh } = round
        const out = this.#backlogs[stream].push(tick, at, powerW, stateOfChargeWh)
        this.#mayPublish(stream)
        if (out !== undefined)
          this.#missWaiting(stream, out, 'no broker for as long as the sample was fresh')
        this.#isHeld = false
      }
      this.#close(round)
    }
  }

  #giveUp(tick: number): void {
    for (let stream = 0; stream < this.#rounds.length; stream++) {
      const round = this.#rounds[stream]
      if (!round.isOpen) continue
      this.#miss(stream, tick, 'meter', round.failure || 'no answer before the next round')
      this.#close(round)
    }
  }

  #close(round: Round): void {
    round.close()
    this.#openRounds--
  }

  #miss(stream: number, tick: number, by: MissedBy, why: string): void {
    this.#outputs.push({ kind: 'missed', tick, stream, by, why })
  }

  /** A sample that waited for too long. */
  #missWaiting(stream: number, tick: number, why: string): void {
    if (this.#refusal) this.#miss(stream, tick, 'capacity', this.#refusal)
    else this.#miss(stream, tick, 'broker', why)
  }

  /** A tick for which nothing was read. */
  #missAll(tick: number, by: MissedBy, why: string): void {
    this.#outputs.push({ kind: 'due', tick, at: this.#grid.due(tick) })
    for (let stream = 0; stream < this.#rounds.length; stream++) this.#miss(stream, tick, by, why)
  }

  /** A reading was added to that stream, or its last publication has left the queue. */
  #mayPublish(stream: number): void {
    if (stream < this.#publishFrom) this.#publishFrom = stream
  }

  /** The oldest samples of the first stream that has any to publish. */
  #nextPublication(now: MonotonicMs): Publication | undefined {
    const { length } = this.#backlogs
    if (!this.#online || this.#isHeld || this.#publishFrom === length) return undefined
    const utc = this.#time.utc(now)
    for (let stream = this.#publishFrom; stream < length; stream++) {
      const backlog = this.#backlogs[stream]
      if (!backlog.canPublish) continue
      this.#dropStale(stream, now)
      // Not `now`: a clock that was ahead stands still, and this is the offset that it truly has.
      const at = utc === undefined ? undefined : this.#time.monotonic(utc)
      if (utc === undefined || at === undefined) continue
      const publication = backlog.publish(this.#payload, this.#maxBytes, utc - at)
      if (!publication) continue
      this.#publishFrom = stream + 1
      return publication
    }
    // While the time is not known, what waits goes on waiting.
    if (utc !== undefined) this.#publishFrom = length
    return undefined
  }

  #dropStale(stream: number, now: MonotonicMs): void {
    const backlog = this.#backlogs[stream]
    for (let tick = backlog.shiftStale(now); tick !== undefined; tick = backlog.shiftStale(now))
      this.#missWaiting(stream, tick, 'stale before there was a broker')
  }
}

const UNSURE = 'the time is not known well enough'
