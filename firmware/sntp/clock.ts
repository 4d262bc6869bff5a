/**
 * UTC over a monotonic clock, by rounds of requests to up to four time servers. After any call, poll(now) until it answers
 * 'wait'. RFC 5905; RFC 8633 for how often a server may be asked; docs/clock.md for the choices.
 */
import { Backoff } from '../core/backoff'
import { type Entropy, uniform } from '../core/entropy'
import { earliest, FOREVER, later, type MonotonicMs, type UnixMs } from '../core/time'
import { type Adjustment, Discipline } from './discipline'
import { KeptFloor } from './floor'
import { type Counters, MIN_INTERVAL_MS, type TimeServer } from './source'
import { SourceSet } from './sources'
import type { ClockOutput, ClockState } from './state'

export type { Counters, TimeServer }

/** The platform discards what is a minute old (docs/platform.md): a time more wrong than this is worse than none. */
const MAX_ERROR_MS = 10_000
/** So much of the time that passes the bound of the error grows at most: a slew and a crystal come to a tenth of it. */
const MAX_ERROR_GROWTH = 0.01
/** So long after the start a majority of all servers is waited for; then a majority of those that answer will do. */
const WAIT_FOR_ALL_MS = 8000
/** So long one of several servers is not believed alone: whoever silences the others may be the one that is wrong. */
const WAIT_FOR_SECOND_MS = 600_000
/** Rounds without agreement. */
const HOLDOVER_AFTER = 3
const MAX_INTERVAL_MS = 1_024_000
/** After so many steady rounds the interval is doubled. */
const STEADY_ROUNDS = 4

type Round = { kind: 'stopped' } | { kind: 'resting'; until: MonotonicMs } | { kind: 'asking' }

export class UtcClock {
  readonly #sources: SourceSet
  readonly #entropy: Entropy
  readonly #retry: Backoff
  readonly #driftPpm: number | undefined
  #round: Round = { kind: 'stopped' }
  #discipline: Discipline | undefined
  #news: ClockOutput | undefined
  #waitForAllUntil = FOREVER
  #waitForSecondUntil = FOREVER
  #intervalMs = MIN_INTERVAL_MS
  #steadyRounds = 0
  #missedRounds = 0
  readonly #builtAt: UnixMs
  readonly #floor = new KeptFloor()
  #handedOut = Number.NEGATIVE_INFINITY as UnixMs
  /** What `utc` answered last, for it is asked many times for one instant. */
  #lastUtc: UnixMs | undefined
  #lastUtcAt: MonotonicMs | undefined
  /** The error cannot exceed its maximum before: it is worked out a few times an hour, not a few times a tick. */
  #sureUntil = -FOREVER as MonotonicMs
  #trouble = ''
  #wait: ClockOutput = { kind: 'wait', until: FOREVER }

  /**
   * `floor`: when the firmware was built; no true time is earlier. `rememberedUtc`, `driftPpm`: what an earlier run
   * asked to be kept. Throws if there is no server: the settings must not allow that.
   */
  constructor(options: {
    servers: TimeServer[]
    entropy: Entropy
    floor: UnixMs
    rememberedUtc?: UnixMs | undefined
    driftPpm?: number | undefined
  }) {
    const { servers, entropy, floor, rememberedUtc = floor, driftPpm } = options
    if (servers.length === 0) throw new Error('no time server')
    this.#builtAt = floor
    this.#sources = new SourceSet(servers, entropy, Math.max(floor, rememberedUtc) as UnixMs)
    this.#entropy = entropy
    this.#driftPpm = Number.isFinite(driftPpm) ? driftPpm : undefined
    this.#retry = new Backoff({ firstMs: 4000, maxMs: 64_000, entropy })
  }

  /** The network is up: ask (again) now, as far as the servers may be asked. */
  start(now: MonotonicMs): void {
    this.#sources.abort()
    for (let i = 0; i < this.#sources.servers.length; i++) this.#sources.servers[i].forgetAddress()
    this.#waitForAllUntil = later(now, WAIT_FOR_ALL_MS)
    this.#waitForSecondUntil = later(now, WAIT_FOR_SECOND_MS)
    this.#retry.reset()
    this.#round = { kind: 'resting', until: now }
  }

  /** The network is gone. */
  stop(_now: MonotonicMs): void {
    this.#sources.abort()
    this.#round = { kind: 'stopped' }
    this.#missedRounds = HOLDOVER_AFTER
  }

  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    this.#sources.resolved(host, address, why, now)
  }

  /** In a TLS handshake that began at `at` the dates of the broker's certificate agreed with our time. */
  confirmed(at: MonotonicMs): void {
    this.#floor.confirmed(at)
  }

  /** `bytes` are read during the call only. */
  receive(slot: number, bytes: Uint8Array, address: string, port: number, now: MonotonicMs): void {
    this.#sources.servers[slot]?.receive(bytes, address, port, now)
  }

  poll(now: MonotonicMs): ClockOutput {
    if (this.#discipline && now >= this.#discipline.leapAt) this.#leap(this.#discipline, now)
    for (;;) {
      const output = this.#takeNews() ?? this.#sources.poll(now)
      if (output) return output
      const round = this.#round
      switch (round.kind) {
        case 'stopped':
          return this.#waitUntil(FOREVER)
        case 'resting': {
          const until = Math.max(round.until, this.#sources.askableAt) as MonotonicMs
          if (now < until) return this.#waitUntil(until)
          this.#sources.begin(now, this.#intervalMs)
          this.#round = { kind: 'asking' }
          break
        }
        case 'asking': {
          if (!this.#discipline) this.#begin(now)
          if (this.#news) break
          const until = this.#sources.deadline
          if (until !== undefined) return this.#waitUntil(until)
          this.#conclude(now)
        }
      }
    }
  }

  /** Undefined before the first synchronisation, and if the error may exceed 10 s. Never goes backwards. */
  utc(now: MonotonicMs): UnixMs | undefined {
    if (now !== this.#lastUtcAt) {
      this.#lastUtc = this.#utcAt(now)
      this.#lastUtcAt = now
    }
    return this.#lastUtc
  }

  /** Whether `utc` is known, without reading it. */
  isKnown(now: MonotonicMs): boolean {
    return now <= this.#sureUntil || this.utc(now) !== undefined
  }

  /** When that instant comes, as far as is known; undefined before the first synchronisation. */
  monotonic(utc: UnixMs): MonotonicMs | undefined {
    return this.#discipline?.monotonic(utc)
  }

  /** The best estimate, however unsure; undefined before the first synchronisation. */
  estimate(now: MonotonicMs): UnixMs | undefined {
    return this.#discipline?.utc(now)
  }

  state(now: MonotonicMs): ClockState {
    const common = { utc: this.utc(now), trouble: this.#trouble, servers: this.#sources.servers }
    const discipline = this.#discipline
    if (!discipline) return { kind: 'never', ...common }
    const errorMs = this.#errorMs(discipline, now, discipline.utc(now))
    if (this.#missedRounds >= HOLDOVER_AFTER)
      return { kind: 'holdover', since: discipline.agreedAt, errorMs, ...common }
    const server = this.#sources.servers[discipline.best].host
    return { kind: 'synchronised', offsetMs: discipline.offsetMs, errorMs, server, ...common }
  }

  #utcAt(now: MonotonicMs): UnixMs | undefined {
    const discipline = this.#discipline
    if (!discipline) return undefined
    const utc = discipline.utc(now)
    if (now > this.#sureUntil) {
      const spareMs = MAX_ERROR_MS - this.#errorMs(discipline, now, utc)
      if (spareMs < 0) return undefined
      this.#sureUntil = later(now, spareMs / MAX_ERROR_GROWTH)
    }
    if (utc > this.#handedOut) this.#handedOut = utc
    return this.#handedOut
  }

  /** The discipline has changed: what was worked out by it is void. */
  #disciplined(): void {
    this.#lastUtcAt = undefined
    this.#sureUntil = -FOREVER as MonotonicMs
  }

  /** After a step back the time stands still until it is right again: until then it is wrong by that much more. */
  #errorMs(discipline: Discipline, now: MonotonicMs, utc: UnixMs): number {
    return discipline.errorMs(now, utc) + Math.max(0, this.#handedOut - utc)
  }

  /** The same object while the answer is the same: it is asked often, and so makes no garbage. */
  #waitUntil(round: MonotonicMs): ClockOutput {
    const until = earliest(round, this.#discipline?.leapAt ?? FOREVER)
    if (this.#wait.kind !== 'wait' || this.#wait.until !== until)
      this.#wait = { kind: 'wait', until }
    return this.#wait
  }

  #takeNews(): ClockOutput | undefined {
    const news = this.#news
    this.#news = undefined
    return news
  }

  /** The first synchronisation, as soon as enough servers agree. */
  #begin(now: MonotonicMs): void {
    const agreement = this.#sources.agreement(
      now,
      1,
      now >= this.#waitForAllUntil,
      now >= this.#waitForSecondUntil,
    )
    if (!agreement) return
    this.#discipline = new Discipline(now, agreement, this.#driftPpm)
    this.#disciplined()
    this.#stepped(this.#discipline, now, true)
  }

  #stepped(discipline: Discipline, now: MonotonicMs, firstTime: boolean): void {
    this.#floor.set(now)
    const utc = discipline.utc(now)
    const aheadMs = Math.max(0, this.#handedOut - utc)
    this.#news = { kind: 'synchronised', utc, firstTime, aheadMs }
  }

  /** Samples from before the leap do not agree with those from after it. */
  #leap(discipline: Discipline, now: MonotonicMs): void {
    discipline.leap()
    this.#disciplined()
    for (let i = 0; i < this.#sources.servers.length; i++) this.#sources.servers[i].filter.clear()
    this.#stepped(discipline, now, false)
  }

  /** The round is over: learns from it, and sets when the next begins. */
  #conclude(now: MonotonicMs): void {
    this.#trouble = this.#learn(now)
    const said = this.#trouble === '' ? 'kept' : this.#sources.floor
    if (this.#floor.heard(said, now)) this.#sources.lowerFloor(this.#builtAt)
    this.#disciplined()
    this.#round = { kind: 'resting', until: this.#nextRound(now) }
  }

  #nextRound(now: MonotonicMs): MonotonicMs {
    if (this.#trouble === '') {
      this.#missedRounds = 0
      this.#retry.reset()
      return later(now, this.#intervalMs * (1 + uniform(this.#entropy) / 8))
    }
    this.#missedRounds += this.#sources.abandoned ? HOLDOVER_AFTER : 1
    return this.#retry.next(later(now, this.#discipline ? MIN_INTERVAL_MS : 1000))
  }

  /** Why this round brought nothing; empty if it brought something. */
  #learn(now: MonotonicMs): string {
    const discipline = this.#discipline
    const agreement = discipline && this.#sources.agreement(now, discipline.rate, true, true)
    const fresh = this.#sources.takeFreshSamples(now, discipline?.rate ?? 1, agreement)
    if (!agreement || fresh.length === 0) return this.#sources.trouble
    if (discipline.contradicts(now, agreement))
      return this.#sources.servers[agreement.slots[0]].noteFalseticker(
        'what several time servers told before',
      )
    const adjustment = discipline.agree(now, agreement)
    this.#pace(adjustment)
    if (adjustment === 'stepped') {
      this.#stepped(discipline, now, false)
    } else if (adjustment !== 'spike') {
      for (let i = 0; i < fresh.length; i++) {
        const { sample, leastDelayMs } = fresh[i]
        discipline.learn(now, sample, leastDelayMs)
      }
      discipline.follow(now)
      discipline.announce(now, this.#sources.announced(agreement))
      this.#remember(discipline, now)
    }
    return ''
  }

  /** Not what one of several servers told alone. */
  #remember(discipline: Discipline, now: MonotonicMs): void {
    if (!this.#floor.isDue(now)) return
    if (!discipline.isConfirmed && this.#sources.servers.length > 1) return
    this.#floor.kept(now)
    this.#news = { kind: 'remember', utc: discipline.utc(now), driftPpm: discipline.driftPpm }
  }

  /** Asks less often while rounds are steady, and more often as soon as one is not. */
  #pace(adjustment: Adjustment): void {
    this.#steadyRounds = adjustment === 'steady' ? this.#steadyRounds + 1 : 0
    if (this.#steadyRounds >= STEADY_ROUNDS) {
      this.#steadyRounds = 0
      this.#intervalMs = Math.min(MAX_INTERVAL_MS, this.#intervalMs * 2)
    } else if (adjustment === 'unsteady') {
      this.#intervalMs = Math.max(MIN_INTERVAL_MS, this.#intervalMs / 2)
    } else if (adjustment !== 'steady') this.#intervalMs = MIN_INTERVAL_MS
  }
}
