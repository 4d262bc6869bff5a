/**
 * The machine of the ticks: every 4 s on UTC each stream owes a sample. It says when to read the meters so that
 * their answers are in just before the tick, keeps what cannot be sent yet while it is fresh, and accounts for
 * every tick that a stream missed. spec/streaming-data.txt, "Requirements" and "Timing".
 */
import type { Ring } from '../core/ring'
import { FOREVER, later, type MonotonicMs, type Timescale, type UnixMs } from '../core/time'
import { Gathering, type Waiting } from './gathering'
import { Grid } from './grid'
import { MOST_SAMPLE_BYTES, putSample, type Sample } from './message'
import type { Stream } from './site'

export const PERIOD_MS = 4000
/** The platform discards what is a minute old; the last seconds are for the way there. */
const FRESH_MS = 55_000
/** What 55 s hold: more than these could not be fresh. */
const MOST_WAITING = 14
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

export interface Delivered extends Tagged {
  kind: 'sent' | 'acknowledged'
  lateMs: number
}

/** What one publication's tag says. */
export interface Tagged {
  stream: number
  /** Of its newest sample. */
  tick: number
  samples: number
}

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
  readonly #payload = new Uint8Array(2 + MOST_WAITING * (MOST_SAMPLE_BYTES + 1))
  readonly #sample: Sample = { powerW: 0, stateOfChargeWh: undefined, at: 0 as UnixMs }
  #state: State = { kind: 'idle' }
  #online = false
  #mostBytes = 0
  /** How long a round of reading takes: the bus learns it. */
  roundMs = 1000

  constructor(options: { time: Timescale; phaseMs: number; streams: readonly Stream[] }) {
    this.#time = options.time
    this.#grid = new Grid({ periodMs: PERIOD_MS, phaseMs: options.phaseMs })
    this.#streams = options.streams.map((stream) => new Gathering(stream, MOST_WAITING))
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
    const utc = this.#time.utc(now)
    return {
      kind,
      tick,
      stream,
      samples,
      lateMs: utc === undefined ? 0 : utc - this.#grid.due(tick),
    }
  }

  /** A publication came to nothing. */
  lost(tag: number, by: MissedBy, why: string): void {
    const { stream, tick, samples } = readTag(tag)
    for (let i = samples - 1; i >= 0; i--) this.#miss(stream, tick - i, by, why)
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
        return this.#findTick(now) && this.#waitBlind(state, now)
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

  #findTick(now: MonotonicMs): MonotonicMs | undefined {
    const utc = this.#time.utc(now)
    if (utc === undefined) return FOREVER
    this.#state = { kind: 'before', tick: this.#grid.next((utc + this.#leadMs()) as UnixMs) }
    return undefined
  }

  #waitBlind(state: State & { kind: 'blind' }, now: MonotonicMs): MonotonicMs | undefined {
    if (now < state.until) return state.until
    this.#outputs.push({ kind: 'due', tick: state.tick, at: this.#grid.due(state.tick) })
    this.#missAll(state.tick, 'clock', 'the time is not known well enough')
    this.#state = { ...state, tick: state.tick + 1, until: later(state.until, PERIOD_MS) }
    return undefined
  }

  #awaitRound(tick: number, now: MonotonicMs): MonotonicMs | undefined {
    const due = this.#time.monotonic(this.#grid.due(tick))
    if (due === undefined) {
      this.#state = { kind: 'blind', tick, until: later(now, this.#leadMs()) }
      return undefined
    }
    const behindMs = now - due
    if (behindMs > MOST_TICKS_BEHIND * PERIOD_MS || behindMs < -2 * PERIOD_MS) {
      // The clock was stepped, or we slept: the ticks between are no ticks.
      this.#state = { kind: 'idle' }
      return undefined
    }
    if (behindMs > PERIOD_MS - this.#leadMs()) {
      this.#outputs.push({ kind: 'due', tick, at: this.#grid.due(tick) })
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

  #missAll(tick: number, by: MissedBy, why: string): void {
    for (let stream = 0; stream < this.#streams.length; stream++) this.#miss(stream, tick, by, why)
  }

  /** One message with the oldest samples of the first stream that has any. */
  #nextMessage(now: MonotonicMs): Output | undefined {
    if (!this.#online) return undefined
    for (let stream = 0; stream < this.#streams.length; stream++) {
      const { waiting } = this.#streams[stream]
      if (waiting.length === 0) continue
      this.#dropStale(stream, now)
      const utc = this.#time.utc(now)
      if (utc !== undefined && waiting.length > 0)
        return this.#message(stream, waiting, (utc - now) as UnixMs)
    }
    return undefined
  }

  #dropStale(stream: number, now: MonotonicMs): void {
    const { waiting } = this.#streams[stream]
    for (let first = waiting.at(0); first && now - first.at > FRESH_MS; first = waiting.at(0)) {
      this.#miss(stream, first.tick, 'broker', 'stale before there was a broker')
      waiting.shift()
    }
  }

  /** An object for one sample, an array for as many of consecutive ticks as the broker takes at once. */
  #message(stream: number, waiting: Ring<Waiting>, offsetMs: number): Output {
    const bytes = this.#payload
    const deadline = later((waiting.at(0) as Waiting).at, FRESH_MS)
    let end = 0
    let samples = 0
    let tick = 0
    for (let next = waiting.at(0); next; next = waiting.at(0)) {
      const fits = next.tick === tick + 1 && end + MOST_SAMPLE_BYTES + 2 <= this.#mostBytes
      if (samples > 0 && !fits) break
      this.#sample.powerW = next.powerW
      this.#sample.stateOfChargeWh = next.stateOfChargeWh
      this.#sample.at = (next.at + offsetMs) as UnixMs
      bytes[end++] = samples++ ? COMMA : OPENING
      end = putSample(bytes, end, this.#sample)
      tick = next.tick
      waiting.shift()
    }
    bytes[end] = CLOSING
    const payload = samples === 1 ? bytes.subarray(1, end) : bytes.subarray(0, end + 1)
    const { topic } = this.#streams[stream]
    return { kind: 'publish', topic, payload, tag: makeTag(stream, tick, samples), deadline }
  }
}

const OPENING = 0x5b // [
const COMMA = 0x2c
const CLOSING = 0x5d // ]

// 16 leaves room for the platform's 11 streams and for MOST_WAITING samples; the tick then has 45 bits.
function makeTag(stream: number, tick: number, samples: number): number {
  return (tick * 16 + stream) * 16 + samples
}

export function readTag(tag: number): Tagged {
  return { stream: Math.floor(tag / 16) % 16, tick: Math.floor(tag / 256), samples: tag % 16 }
}
