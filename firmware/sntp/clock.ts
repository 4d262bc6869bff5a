/**
 * UTC on a monotonic clock, asked of up to four time servers in rounds. After any call, poll(now) until it
 * answers 'wait'. RFC 5905 for the exchange and the vote, RFC 8633 for manners; docs/clock.md for the choices.
 */
import { Backoff } from '../core/backoff'
import { type Entropy, uniform } from '../core/entropy'
import { earliest, FOREVER, later, type MonotonicMs, type UnixMs } from '../core/time'
import { Course, type Finding } from './course'
import { Panel } from './panel'
import { type Counters, LEAST_INTERVAL_MS, type Question, type TimeServer } from './server'

export type { Counters, TimeServer }

export type Output =
  | Question
  /** The time is known, or was stepped: set the system clock. */
  | { kind: 'synchronised'; utc: UnixMs; firstTime: boolean }
  /** Worth keeping over a restart: the floor of plausible time and what was learnt of the crystal. */
  | { kind: 'remember'; utc: UnixMs; driftPpm: number }
  | { kind: 'wait'; until: MonotonicMs }

export interface ServerReport extends TimeServer {
  readonly address: string | undefined
  readonly abandoned: boolean
  /** What is wrong with it, in words; empty where nothing is. */
  readonly trouble: string
  readonly counters: Readonly<Counters>
}

export type State = {
  /** Why the last round brought nothing, in words; empty where it did. */
  trouble: string
  servers: readonly ServerReport[]
} & (
  | { kind: 'never' }
  /** How far off the last round found us, how far off we can be, and whom we believe most. */
  | { kind: 'synchronised'; offsetMs: number; errorMs: number; server: string }
  | { kind: 'holdover'; since: MonotonicMs; errorMs: number }
)

/** The platform discards what is a minute old: a time more wrong than this is worse than none. */
const MOST_ERROR_MS = 10_000
/** So long after the start a majority of all servers is waited for; then one of those that answer will do. */
const PATIENCE_MS = 8000
/** So long one of several is not believed alone: whoever silences the others could be the one that lies. */
const WARY_MS = 600_000
/** So many rounds without agreement, and we are on our own. */
const HOLDOVER_AFTER = 3
const MOST_INTERVAL_MS = 1_024_000
/** So many quiet rounds, and the next interval is doubled. */
const QUIET_ROUNDS = 4
const REMEMBER_MS = 3_600_000

type Round = { kind: 'stopped' } | { kind: 'resting'; until: MonotonicMs } | { kind: 'asking' }

export class UtcClock {
  readonly #panel: Panel
  readonly #entropy: Entropy
  readonly #retry: Backoff
  readonly #driftPpm: number | undefined
  #round: Round = { kind: 'stopped' }
  #course: Course | undefined
  #news: Output | undefined
  #patientUntil = FOREVER
  #waryUntil = FOREVER
  #intervalMs = LEAST_INTERVAL_MS
  #quietRounds = 0
  #missedRounds = 0
  #rememberAt = FOREVER
  #handedOut = Number.NEGATIVE_INFINITY as UnixMs
  /** What `utc` answered last, which one turn asks for many times; void when the course changes. */
  #told: UnixMs | undefined
  #toldAt: MonotonicMs | undefined
  #trouble = ''
  #wait: Output = { kind: 'wait', until: FOREVER }

  /**
   * `floor`: no true time is earlier: the later of when the firmware was built and what was remembered last.
   * `driftPpm`: what an earlier run learnt. Throws where there is no server: the settings must not allow it.
   */
  constructor(options: {
    servers: TimeServer[]
    entropy: Entropy
    floor: UnixMs
    driftPpm?: number
  }) {
    const { servers, entropy, floor, driftPpm } = options
    if (servers.length === 0) throw new Error('no time server')
    this.#panel = new Panel(servers, entropy, floor)
    this.#entropy = entropy
    this.#driftPpm = Number.isFinite(driftPpm) ? driftPpm : undefined
    this.#retry = new Backoff({ firstMs: 4000, mostMs: 64_000, entropy })
  }

  /** The network is up: ask (again) now, as far as the servers may be asked. */
  start(now: MonotonicMs): void {
    this.#panel.abort()
    for (const server of this.#panel.servers) server.forgetAddress()
    this.#patientUntil = later(now, PATIENCE_MS)
    this.#waryUntil = later(now, WARY_MS)
    this.#retry.reset()
    this.#round = { kind: 'resting', until: now }
  }

  /** The network is gone. */
  stop(_now: MonotonicMs): void {
    this.#panel.abort()
    this.#round = { kind: 'stopped' }
    this.#missedRounds = HOLDOVER_AFTER
  }

  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    this.#panel.resolved(host, address, why, now)
  }

  /** `bytes` are read during the call only. */
  receive(slot: number, bytes: Uint8Array, address: string, port: number, now: MonotonicMs): void {
    this.#panel.servers[slot]?.receive(bytes, address, port, now)
  }

  poll(now: MonotonicMs): Output {
    if (this.#course && now >= this.#course.leapAt) this.#leap(this.#course, now)
    for (;;) {
      const output = this.#takeNews() ?? this.#panel.poll(now)
      if (output) return output
      const round = this.#round
      switch (round.kind) {
        case 'stopped':
          return this.#waitUntil(FOREVER)
        case 'resting': {
          const until = Math.max(round.until, this.#panel.askableAt) as MonotonicMs
          if (now < until) return this.#waitUntil(until)
          this.#panel.begin(now, this.#intervalMs)
          this.#round = { kind: 'asking' }
          break
        }
        case 'asking': {
          if (!this.#course) this.#adopt(now)
          if (this.#news) break
          const until = this.#panel.deadline
          if (until !== undefined) return this.#waitUntil(until)
          this.#conclude(now)
        }
      }
    }
  }

  /** Undefined before the first synchronisation and where the error may exceed 10 s; never goes backwards. */
  utc(now: MonotonicMs): UnixMs | undefined {
    if (now !== this.#toldAt) {
      this.#told = this.#tell(now)
      this.#toldAt = now
    }
    return this.#told
  }

  /** When that instant comes, as far as is known now; undefined before the first synchronisation. */
  monotonic(utc: UnixMs): MonotonicMs | undefined {
    return this.#course?.monotonic(utc)
  }

  /** The best estimate, however unsure; undefined before the first synchronisation. */
  estimate(now: MonotonicMs): UnixMs | undefined {
    return this.#course?.utc(now)
  }

  state(now: MonotonicMs): State {
    const common = { trouble: this.#trouble, servers: this.#panel.servers }
    const course = this.#course
    if (!course) return { kind: 'never', ...common }
    const errorMs = this.#errorMs(course, now)
    if (this.#missedRounds >= HOLDOVER_AFTER)
      return { kind: 'holdover', since: course.agreedAt, errorMs, ...common }
    const server = this.#panel.servers[course.best].host
    return { kind: 'synchronised', offsetMs: course.offsetMs, errorMs, server, ...common }
  }

  #tell(now: MonotonicMs): UnixMs | undefined {
    const course = this.#course
    if (!course || this.#errorMs(course, now) > MOST_ERROR_MS) return undefined
    const utc = course.utc(now)
    if (utc > this.#handedOut) this.#handedOut = utc
    return this.#handedOut
  }

  /** After a step back the time stands still until it is true again: it is wrong by as much. */
  #errorMs(course: Course, now: MonotonicMs): number {
    return course.errorMs(now) + Math.max(0, this.#handedOut - course.utc(now))
  }

  /** The same answer as often as it is asked makes no garbage. */
  #waitUntil(round: MonotonicMs): Output {
    const until = earliest(round, this.#course?.leapAt ?? FOREVER)
    if (this.#wait.kind !== 'wait' || this.#wait.until !== until)
      this.#wait = { kind: 'wait', until }
    return this.#wait
  }

  #takeNews(): Output | undefined {
    const news = this.#news
    this.#news = undefined
    return news
  }

  /** The first synchronisation, as soon as the answers carry it. */
  #adopt(now: MonotonicMs): void {
    const verdict = this.#panel.verdict(now, 1, now >= this.#patientUntil, now >= this.#waryUntil)
    if (!verdict) return
    this.#course = new Course(now, verdict, this.#driftPpm)
    this.#toldAt = undefined
    this.#stepped(this.#course, now, true)
  }

  #stepped(course: Course, now: MonotonicMs, firstTime: boolean): void {
    this.#rememberAt = later(now, REMEMBER_MS)
    this.#news = { kind: 'synchronised', utc: course.utc(now), firstTime }
  }

  /** Samples from before the leap would speak against those from after it. */
  #leap(course: Course, now: MonotonicMs): void {
    course.leap()
    this.#toldAt = undefined
    for (const server of this.#panel.servers) server.filter.clear()
    this.#stepped(course, now, false)
  }

  /** The round is over: learn from it, and say when the next begins. */
  #conclude(now: MonotonicMs): void {
    this.#trouble = this.#learn(now)
    this.#toldAt = undefined
    this.#round = { kind: 'resting', until: this.#nextRound(now) }
  }

  #nextRound(now: MonotonicMs): MonotonicMs {
    if (this.#trouble === '') {
      this.#missedRounds = 0
      this.#retry.reset()
      return later(now, this.#intervalMs * (1 + uniform(this.#entropy) / 8))
    }
    this.#missedRounds += this.#panel.abandoned ? HOLDOVER_AFTER : 1
    return this.#retry.next(later(now, this.#course ? LEAST_INTERVAL_MS : 1000))
  }

  /** Why this round brought nothing; empty where it did. */
  #learn(now: MonotonicMs): string {
    const course = this.#course
    const verdict = course && this.#panel.verdict(now, course.rate, true, true)
    const evidence = this.#panel.takeEvidence(now, course?.rate ?? 1, verdict)
    if (!verdict || evidence.length === 0) return this.#panel.complaint
    if (course.contradicts(now, verdict))
      return this.#panel.servers[verdict.slots[0]].outvoted('what several time servers told before')
    const finding = course.agree(now, verdict)
    this.#pace(finding)
    if (finding === 'stepped') this.#stepped(course, now, false)
    else if (finding !== 'struck') {
      for (const { sample, leastDelayMs } of evidence) course.learn(now, sample, leastDelayMs)
      course.follow(now)
      course.announce(now, this.#panel.announced(verdict))
      this.#remember(course, now)
    }
    return ''
  }

  /** Not what one of several told alone: were it false, the floor would lock the truth out after a restart. */
  #remember(course: Course, now: MonotonicMs): void {
    if (now < this.#rememberAt || !(course.isBorneOut || this.#panel.servers.length === 1)) return
    this.#rememberAt = later(now, REMEMBER_MS)
    this.#news = { kind: 'remember', utc: course.utc(now), driftPpm: course.driftPpm }
  }

  /** Asks more seldom while nothing is to be learnt, and at once more often when something is. */
  #pace(finding: Finding): void {
    this.#quietRounds = finding === 'quiet' ? this.#quietRounds + 1 : 0
    if (this.#quietRounds >= QUIET_ROUNDS) {
      this.#quietRounds = 0
      this.#intervalMs = Math.min(MOST_INTERVAL_MS, this.#intervalMs * 2)
    } else if (finding === 'loud') {
      this.#intervalMs = Math.max(LEAST_INTERVAL_MS, this.#intervalMs / 2)
    } else if (finding !== 'quiet') this.#intervalMs = LEAST_INTERVAL_MS
  }
}
