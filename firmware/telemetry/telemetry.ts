/**
 * The machine of the ticks: every 4 s on UTC each stream owes a sample. It says when to read the meters so that
 * their answers are in just before the tick, keeps what cannot be sent yet while it is fresh, and accounts for
 * every tick that a stream missed. spec/streaming-data.txt, "Requirements" and "Timing".
 */
import { FOREVER, later, type MonotonicMs, type Timescale, type UnixMs } from '../core/time'
import {
  type Delivered,
  FRESH_MS,
  Gathering,
  isStale,
  MOST_PAYLOAD_BYTES,
  makeTag,
  readTag,
  type Waiting,
} from './gathering'
import { Grid } from './grid'
import type { Stream } from './site'

export const PERIOD_MS = 4000
/** From the last answer to the tick: room for timers that fire late. */
const MARGIN_MS = 60
/** A bus slower than this cannot be waited for: the next round has to begin. */
const MOST_LEAD_MS = 3500
/** After a longer sleep, or a step of the clock, the grid starts afresh instead of counting each tick. */
const MOST_TICKS_BEHIND = 15

/** Why a stream sent nothing for a tick, in the order of the way through. */
export type MissedBy = 'meter' | 'clock' | 'broker' | 'capacity'

export type Output =
  /** Begin a round of reading every device. */
  | { kind: 'measure'; tick: number }
  /** `payload` is valid until the next call. Not to be sent for the first time after `deadline`. */
  | { kind: 'publish'; topic: string; payload: Uint8Array; tag: number; deadline: MonotonicMs }
  | { kind: 'due'; tick: number; at: UnixMs }
  | { kind: 'missed'; tick: number; stream: number; by: MissedBy; why: string }
  | { kind: 'wait'; until: MonotonicMs }

type State =
  /** Nobody knows the time, and nobody did: nothing is due. */
  | { kind: 'idle' }
  /** The time was known once: its ticks go on being due, and are missed. */
  | { kind: 'blind'; tick: number; until: MonotonicMs }
  | { kind: 'before'; tick: number }
  | { kind: 'reading'; tick: number; until: MonotonicMs }
  /** The tick has come; answers still missing are taken until the next round begins. */
  | { kind: 'late'; tick: number; until: MonotonicMs }

export class Telemetry {
  readonly #time: Timescale
  readonly #grid: Grid
  readonly #streams: Gathering[]
  readonly #outputs: Output[] = []
  readonly #payload = new Uint8Array(MOST_PAYLOAD_BYTES)
  #state: State = { kind: 'idle' }
  #online = false
  #mostBytes = 0
  /** How long a round of reading takes: the bus learns it. */
  roundMs = 1000

  constructor(options: { time: Timescale; phaseMs: number; streams: readonly Stream[] }) {
    this.#time = options.time
    this.#grid = new Grid({ periodMs: PERIOD_MS, phaseMs: options.phaseMs })
    this.#streams = options.streams.map((stream) => new Gathering(stream))
  }

  /** The broker takes messages, of payloads up to `mostBytes`. What waited and is fresh goes first. */
  online(mostBytes: number): void {
    this.#online = true
    this.#mostBytes = mostBytes
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
    for (const stream of this.#streams) stream.add(device, powerW, stateOfChargeWh, at)
  }

  failed(device: number, why: string): void {
    for (const stream of this.#streams) stream.fail(device, why)
  }

  /** What became of a publication, and how long after its newest sample's tick; 0 while nobody knows the time. */
  delivered(kind: 'sent' | 'acknowledged', tag: number, now: MonotonicMs): Delivered {
    const { tick, stream, samples } = readTag(tag)
    const gathering = this.#streams[stream]
    if (kind === 'sent' && gathering.taken(tick)) gathering.release(tick)
    const utc = this.#time.utc(now)
    return {
      kind,
      tick,
      stream,
      samples,
      lateMs: utc === undefined ? 0 : utc - this.#grid.due(tick),
    }
  }

  /** A publication came to nothing. Of one that was not written in time, what is still fresh goes on waiting. */
  lost(tag: number, by: MissedBy, why: string, now: MonotonicMs): void {
    const { stream, tick, samples } = readTag(tag)
    const gathering = this.#streams[stream]
    let end = tick
    if (gathering.taken(tick)) {
      const oldest = gathering.waiting.at(0)
      if (oldest && isStale(oldest, now)) end = Math.min(tick, oldest.tick - 1)
      else gathering.release(tick)
    }
    for (let lost = tick - samples + 1; lost <= end; lost++) this.#miss(stream, lost, by, why)
  }

  /** Whether that stream has something that the broker can be given. */
  hasNews(stream: number): boolean {
    return this.#online && this.#streams[stream].hasNews
  }

  poll(now: MonotonicMs): Output {
    for (;;) {
      const until = this.#outputs.length ? undefined : this.#advance(now)
      const ready = this.#outputs.shift() ?? this.#nextMessage(now)
      if (ready) return ready
      if (until !== undefined && !this.#outputs.length) return { kind: 'wait', until }
    }
  }

  /** Takes one step; answers how long there is nothing to do, or undefined where another step may follow. */
  #advance(now: MonotonicMs): MonotonicMs | undefined {
    const state = this.#state
    switch (state.kind) {
      case 'idle':
        return this.#findTick(now)
      case 'blind':
        return this.#findTick(now, state.tick) && this.#waitBlind(state, now)
      case 'before':
        return this.#awaitRound(state.tick, now)
      case 'reading':
        if (now < state.until) return state.until
        this.#outputs.push({ kind: 'due', tick: state.tick, at: this.#grid.due(state.tick) })
        this.#state = {
          ...state,
          kind: 'late',
          until: later(state.until, PERIOD_MS - this.#leadMs()),
        }
        return undefined
      case 'late':
        this.#settle(state.tick, now)
        if (now < state.until) return state.until
        this.#giveUp(state.tick)
        this.#state = { kind: 'before', tick: state.tick + 1 }
        return undefined
    }
  }

  /** `owed`: the first tick that is not accounted for, where the grid was known before. */
  #findTick(now: MonotonicMs, owed?: number): MonotonicMs | undefined {
    const utc = this.#time.utc(now)
    if (utc === undefined) return FOREVER
    const tick = this.#grid.next((utc + this.#leadMs()) as UnixMs)
    if (owed !== undefined && tick - owed <= MOST_TICKS_BEHIND)
      for (; owed < tick; owed++) this.#missAll(owed, 'clock', UNSURE)
    this.#state = { kind: 'before', tick }
    return undefined
  }

  #waitBlind(state: State & { kind: 'blind' }, now: MonotonicMs): MonotonicMs | undefined {
    if (now < state.until) return state.until
    this.#missAll(state.tick, 'clock', UNSURE)
    this.#state = { ...state, tick: state.tick + 1, until: later(state.until, PERIOD_MS) }
    return undefined
  }

  #awaitRound(tick: number, now: MonotonicMs): MonotonicMs | undefined {
    const due = this.#time.monotonic(this.#grid.due(tick))
    if (due === undefined || this.#time.utc(now) === undefined) {
      this.#state = { kind: 'blind', tick, until: later(now, this.#leadMs()) }
      return undefined
    }
    const behindMs = now - due
    if (behindMs > MOST_TICKS_BEHIND * PERIOD_MS) {
      // The clock was stepped, or we slept: the ticks between are no ticks. One that was ahead is simply waited for.
      this.#state = { kind: 'idle' }
      return undefined
    }
    if (behindMs > PERIOD_MS - this.#leadMs()) {
      this.#missAll(tick, 'capacity', 'the dongle was busy')
      this.#state = { kind: 'before', tick: tick + 1 }
      return undefined
    }
    const start = later(due, -this.#leadMs())
    if (now < start) return start
    for (const stream of this.#streams) stream.begin()
    this.#outputs.push({ kind: 'measure', tick })
    this.#state = { kind: 'reading', tick, until: due }
    return undefined
  }

  #leadMs(): number {
    return Math.min(this.roundMs + MARGIN_MS, MOST_LEAD_MS)
  }

  /** Accounts for the streams whose devices have all answered. */
  #settle(tick: number, now: MonotonicMs): void {
    for (let i = 0; i < this.#streams.length; i++) {
      const stream = this.#streams[i]
      if (!stream.answered) continue
      const why = stream.unfit(now, PERIOD_MS)
      if (why) this.#miss(i, tick, 'meter', why)
      else {
        const tooOld = stream.keep(tick)
        if (tooOld)
          this.#miss(i, tooOld.tick, 'broker', 'no broker for as long as the sample was fresh')
      }
      stream.settled()
    }
  }

  #giveUp(tick: number): void {
    for (let i = 0; i < this.#streams.length; i++) {
      const stream = this.#streams[i]
      if (!stream.owes) continue
      this.#miss(i, tick, 'meter', stream.why || 'no answer before the next round')
      stream.settled()
    }
  }

  #miss(stream: number, tick: number, by: MissedBy, why: string): void {
    this.#outputs.push({ kind: 'missed', tick, stream, by, why })
  }

  /** A tick for which nothing was read. */
  #missAll(tick: number, by: MissedBy, why: string): void {
    this.#outputs.push({ kind: 'due', tick, at: this.#grid.due(tick) })
    for (let stream = 0; stream < this.#streams.length; stream++) this.#miss(stream, tick, by, why)
  }

  /** One message with the oldest samples of the first stream that has any to give. */
  #nextMessage(now: MonotonicMs): Output | undefined {
    if (!this.#online) return undefined
    const utc = this.#time.utc(now)
    for (let i = 0; i < this.#streams.length; i++) {
      const stream = this.#streams[i]
      if (!stream.hasNews) continue
      this.#dropStale(i, now)
      const oldest = stream.waiting.at(0)
      // Not `now`: a clock that was ahead stands still, and its course says where it truly is.
      const at = utc === undefined ? undefined : this.#time.monotonic(utc)
      if (oldest && utc !== undefined && at !== undefined) return this.#message(i, oldest, utc - at)
    }
    return undefined
  }

  #dropStale(stream: number, now: MonotonicMs): void {
    const { waiting } = this.#streams[stream]
    for (let first = waiting.at(0); first && isStale(first, now); first = waiting.at(0)) {
      this.#miss(stream, first.tick, 'broker', 'stale before there was a broker')
      waiting.shift()
    }
  }

  #message(index: number, oldest: Waiting, offsetMs: number): Output {
    const stream = this.#streams[index]
    const payload = stream.write(this.#payload, this.#mostBytes, offsetMs)
    return {
      kind: 'publish',
      topic: stream.topic,
      payload,
      tag: makeTag(index, stream.offered, stream.samples),
      deadline: later(oldest.at, FRESH_MS),
    }
  }
}

const UNSURE = 'the time is not known well enough'
