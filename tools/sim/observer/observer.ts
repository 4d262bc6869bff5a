/**
 * Watches a lifetime with the truth in hand, and keeps the first thing that breaks one of the nine invariants
 * (docs/lifetime.md). The ports call it from inside the firmware, so it never throws: the world asks it after each event.
 */
import { phaseMs } from '../../../firmware/core/identity'
import type { Report } from '../../../firmware/dongle/report'
import type { Arrived } from '../broker/events'
import { SECRET } from '../site/drawn'
import { isNamed, type Site } from '../site/site'
import { Attempts } from './attempts'
import { Continuity } from './continuity'
import { Holds } from './holds'
import { Messages, type Validate } from './messages'
import { NEW_SETTINGS, Provisioning } from './provisioning'
import { Reasons } from './reasons'

export interface Violation {
  invariant: number
  what: string
}

export interface ObserverOptions {
  site: Site
  validate: Validate
  now(): number
  utcAt(instant: number): number
}

const PERIOD_MS = 4000
/** A tick is settled once its sample cannot be fresh any more, and its answer cannot come. */
const SETTLED_MS = 130_000
const CLOCK_MS = 1500
/** A look each 4 s, for as long as a sample may wait; and how far the clock may move between two of them. */
const MAX_CLOCK_LOOKS = 20
const CLOCK_JITTER_MS = 60
/** A flash page bears some 100 000 writes: 60 an hour are 20 years of 24 pages. */
const MAX_WRITES_PER_HOUR = 60
/** Starts are counted in flash. One that the supply causes is not the dongle's doing. */
const WRITES_PER_START = 1
/** A state that gets nowhere in 30 minutes ends in one (firmware/dongle/watchdog.ts). */
const MAX_RESTARTS_PER_HOUR = 3
const MAX_BLOB_BYTES = 8192
/** It is thrown in the middle of a handshake, and what helps is a restart. */
const TLS_LACKS_MEMORY = 'RangeError: no memory'

export class Observer {
  readonly messages: Messages
  readonly continuity: Continuity
  readonly attempts: Attempts
  readonly reasons: Reasons
  readonly holds: Holds
  readonly provisioning: Provisioning
  readonly #options: ObserverOptions
  readonly #streams: number
  readonly #phaseMs: number
  /** By stream: whether its devices are named. Others may miss whatever they like. */
  readonly #awaited: readonly boolean[]
  /** Ticks that are due and not accounted for, by tick and stream, and when they came. */
  readonly #owed = new Map<number, number>()
  /** By stream: the last tick sent in the broker's session. */
  readonly #lastSent: number[]
  #writes: number[] = []
  #poweredAt: number[] = []
  #askedWrites: number[] = []
  #restartedAt: number[] = []
  #lastDue = 0
  #timeKnown = false
  /** How far the dongle's clock was off in the last looks at it. */
  readonly #clockOffMs = [0]
  /** By itself: the next boot is no power cut's. */
  #isRestarting = false
  violation: Violation | undefined
  readonly counts = { boots: 0, restarts: [] as string[], due: 0, acknowledged: 0, missed: 0 }

  constructor(options: ObserverOptions) {
    const { site, validate, utcAt } = options
    this.#options = options
    this.#streams = site.streams.size
    this.#lastSent = [...site.streams].map(() => 0)
    this.#phaseMs = phaseMs(site.serial, PERIOD_MS)
    const clockMs = (): number => Math.max(...this.#clockOffMs) + CLOCK_JITTER_MS
    this.messages = new Messages({ site, validate, utcAt, clockMs, fail: this.fail })
    this.attempts = new Attempts(this.fail)
    this.reasons = new Reasons(this.fail)
    this.holds = new Holds(this.fail)
    this.provisioning = new Provisioning(site.settings, this.fail)
    this.#awaited = [...site.streams.values()].map(isNamed)
    this.continuity = new Continuity({
      streams: [...site.streams.keys()],
      awaited: this.#awaited,
      phaseMs: this.#phaseMs,
      poweredAt: this.#utc,
      fail: this.fail,
    })
  }

  get #utc(): number {
    return this.#options.utcAt(this.#options.now())
  }

  readonly fail = (invariant: number, what: string): void => {
    this.violation ??= { invariant, what }
  }

  message(message: Arrived): void {
    const utc = this.#utc
    for (const sample of this.messages.take(message)) this.continuity.sample(sample, utc)
  }

  booted(): void {
    this.counts.boots++
    if (!this.#isRestarting) this.#poweredAt.push(this.#options.now())
    this.#owed.clear()
    this.#timeKnown = false
    this.attempts.booted(this.#isRestarting)
    this.reasons.booted(this.#options.now())
    this.holds.booted(this.#options.now())
    this.provisioning.booted(this.#options.now())
    this.continuity.booted()
    this.#isRestarting = false
  }

  restarted(why: string): void {
    this.counts.restarts.push(why)
    this.provisioning.restarted(why)
    const now = this.#options.now()
    // What an installer asked for is not the dongle's doing.
    const own = why === NEW_SETTINGS ? [] : [now]
    this.#restartedAt = [...this.#restartedAt, ...own].filter((at) => at > now - 3_600_000)
    if (this.#restartedAt.length > MAX_RESTARTS_PER_HOUR)
      this.fail(6, `${this.#restartedAt.length} restarts in an hour: ${why}`)
    this.#isRestarting = true
    const mayThrow = why.startsWith(TLS_LACKS_MEMORY) && this.reasons.isOn('heap near its end')
    if (/Error|\n/.test(why) && !mayThrow) this.fail(4, `the firmware threw: ${why}`)
  }

  systemTime(utc: number): void {
    this.#timeKnown = true
    const offMs = utc - this.#utc
    this.#noteClock(Math.abs(offMs))
    if (Math.abs(offMs) > CLOCK_MS) this.fail(5, `the system's clock was set ${offMs} ms off`)
  }

  /** What the dongle's clock tells, and how far off it says that may be. */
  clock(utc: number | undefined, errorMs: number): void {
    if (utc === undefined) return
    const { now, utcAt } = this.#options
    // A leap second may be taken as much too early or too late.
    const offMs = [0, errorMs, -errorMs].map((ms) => Math.abs(utc - (utcAt(now() + ms) - ms)))
    this.#noteClock(offMs[0])
    if (Math.min(...offMs) > errorMs)
      this.fail(5, `the clock tells a time ${offMs[0]} ms off, and ${errorMs} ms at most`)
  }

  #noteClock(offMs: number): void {
    this.#clockOffMs.push(offMs)
    if (this.#clockOffMs.length > MAX_CLOCK_LOOKS) this.#clockOffMs.shift()
  }

  /** Another client has taken the dongle's session. */
  takenOver(): void {
    this.reasons.staysAway(this.#options.now() + this.continuity.takenOver(this.#utc))
  }

  connecting(openStreams: number): void {
    this.attempts.connect(this.#options.now())
    if (!this.#timeKnown) this.fail(1, 'TLS before the time was known')
    if (openStreams > 0) this.fail(4, 'a second connection beside the first')
  }

  /** What another than the broker heard, at the end of TCP; `believed`: the dongle took it for its broker. */
  readonly heardByAnother = (bytes: Uint8Array, believed: boolean): void => {
    const { key, secret } = this.#options.site.settings.credentials
    const text = String.fromCharCode(...bytes)
    if (believed) this.fail(4, 'another than the broker was believed')
    if (text.includes(key) || text.includes(secret) || text.includes('MQTT'))
      this.fail(4, 'credentials for another than the broker')
  }

  /** An installer asks for something that takes so many writes to flash. */
  asksToWrite(writes: number): void {
    for (let i = 0; i < writes; i++) this.#askedWrites.push(this.#options.now())
  }

  wrote(name: string, bytes: number): void {
    const now = this.#options.now()
    const isRecent = (at: number): boolean => at > now - 3_600_000
    this.#writes = this.#writes.filter(isRecent)
    this.#poweredAt = this.#poweredAt.filter(isRecent)
    this.#askedWrites = this.#askedWrites.filter(isRecent)
    this.#writes.push(now)
    if (bytes > MAX_BLOB_BYTES) this.fail(4, `${bytes} bytes written to ${name}`)
    const others = WRITES_PER_START * this.#poweredAt.length + this.#askedWrites.length
    if (this.#writes.length > MAX_WRITES_PER_HOUR + others)
      this.fail(4, `${this.#writes.length} writes to flash in an hour`)
  }

  report(report: Report): void {
    switch (report.kind) {
      case 'due':
        return this.#due(report.tick, report.at)
      case 'sent':
        this.messages.sent(report.stream, report.samples)
        for (let back = report.samples - 1; back >= 0; back--)
          this.#sent(report.tick - back, report.stream)
        return
      case 'acknowledged':
        for (let back = 0; back < report.samples; back++)
          this.#acknowledged(report.tick - back, report.stream)
        return
      case 'missed':
        this.#quiet(report.why)
        if (!report.why) this.fail(3, `stream ${report.stream}: a tick was missed without a reason`)
        this.counts.missed++
        this.#checkReason(report)
        if (report.by !== 'meter') this.#lost(report)
        return this.#settle(report.tick, report.stream, 'missed')
      case 'state':
        if (report.why === 'no settings yet')
          this.fail(4, 'settings that are lost are said never to have been')
        this.continuity.holds(this.#utc, this.holds.state(report))
        return this.#quiet(report.why)
      case 'log':
        return this.#quiet(report.text)
      case 'read':
        if (report.why) this.#quiet(report.why)
    }
  }

  /** To be called every few seconds. */
  tick(): void {
    const utc = this.#utc
    this.continuity.tick(utc)
    const { healthySince } = this.continuity
    if (healthySince === undefined || utc - healthySince < SETTLED_MS) return
    for (const [key, due] of this.#owed) {
      if (utc - due > SETTLED_MS)
        this.fail(3, `stream ${key % 16} never accounted for its tick at ${due}`)
      return
    }
  }

  #due(tick: number, at: number): void {
    if (at !== tick * PERIOD_MS + this.#phaseMs) this.fail(3, `tick ${tick} is not due at ${at}`)
    if (at <= this.#lastDue) this.fail(5, `the tick at ${at} came after that at ${this.#lastDue}`)
    this.#lastDue = at
    for (let stream = 0; stream < this.#streams; stream++) this.#owed.set(tick * 16 + stream, at)
    this.counts.due += this.#streams
  }

  #checkReason(report: Report & { kind: 'missed' }): void {
    const dueAt = report.tick * PERIOD_MS + this.#phaseMs
    const agoMs = this.#utc - dueAt
    if (this.#awaited[report.stream]) this.reasons.missed(report, this.#options.now() - agoMs)
  }

  /** What the broker has is not lost. Nor is it known of QoS 2 whether it has what a session held that it lost. */
  #lost({ stream, tick, why }: Report & { kind: 'missed' }): void {
    // It was not read.
    if (why === 'the dongle was busy') return
    const { qos } = this.#options.site.settings
    const dueAt = tick * PERIOD_MS + this.#phaseMs
    const [from, to] = [Math.ceil((dueAt - PERIOD_MS + 1) / 1000), Math.floor(dueAt / 1000)]
    const came = this.messages.has(stream, from, to)
    // The broker's own no, of which the dongle has to give the code. A late answer is taken until the next round.
    const refusals = this.messages.refusals(stream, from, to + PERIOD_MS / 1000)
    if (refusals.some((reason) => why.includes(`(0x${reason.toString(16)})`))) return
    if (!came && !(qos === 2 && why.includes('session')))
      this.continuity.lost(stream, dueAt, why, this.#utc)
  }

  /** A new session knows nothing of the last one's messages: what is fresh is sent again. */
  connected(key: string, sessionPresent: boolean): void {
    this.attempts.answered(key, 0, this.#options.now())
    if (!sessionPresent) this.#lastSent.fill(0)
  }

  #sent(tick: number, stream: number): void {
    if (!this.#owed.has(tick * 16 + stream))
      this.fail(3, `stream ${stream}: tick ${tick} was sent though it was not owed`)
    if (tick <= this.#lastSent[stream])
      this.fail(3, `stream ${stream}: tick ${tick} was sent after tick ${this.#lastSent[stream]}`)
    this.#lastSent[stream] = tick
  }

  #acknowledged(tick: number, stream: number): void {
    this.counts.acknowledged++
    const due = (tick * PERIOD_MS + this.#phaseMs) / 1000
    if (!this.messages.has(stream, Math.floor(due) - 5, Math.floor(due) + 4))
      this.fail(3, `stream ${stream}: the sample at ${due} is said to be delivered, and is not`)
    this.#settle(tick, stream, 'acknowledged')
  }

  #settle(tick: number, stream: number, as: string): void {
    if (!this.#owed.delete(tick * 16 + stream))
      this.fail(3, `stream ${stream}: tick ${tick} was ${as} though it was not owed`)
  }

  #quiet(text: string): void {
    if (text.includes(SECRET)) this.fail(4, 'a report that holds a secret')
  }
}
