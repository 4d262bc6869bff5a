/** Everything around one dongle in virtual time: true UTC, its site, the network, the broker, and an observer. */
import type { UnixMs } from '../../firmware/core/time'
import type { Report } from '../../firmware/dongle/report'
import { saveSettings } from '../../firmware/settings/record'
import { type Random, random as seeded } from '../support/seed'
import { Agenda } from './agenda'
import { type Arrived, VirtualBroker } from './broker'
import { type Conditions, fairWeather } from './conditions'
import { VirtualDongle } from './dongle'
import { begin, type Fault } from './faults'
import { Flash } from './flash'
import type { Validate } from './messages'
import { Observer, type Violation } from './observer'
import { drawSite, type LifetimeSite } from './site'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** 2026-11-01T00:00:00Z, when every world begins. */
export const BEGIN = 1_793_491_200_000 as UnixMs
const DAY = 24 * HOUR
const LOOK_EVERY_MS = 4000

export interface WorldOptions {
  seed: number
  validate: Validate
  site?: LifetimeSite
  /** The observer has to see what these do. */
  falsify?: (unit: number, reply: Uint8Array) => void
  tamper?: (message: Arrived) => readonly Arrived[]
  onReport?: (report: Report, at: number) => void
  onMessage?: (message: Arrived, at: number) => void
}

export class World {
  readonly agenda = new Agenda()
  readonly random: Random
  readonly site: LifetimeSite
  readonly conditions: Conditions
  readonly broker: VirtualBroker
  readonly flash: Flash
  readonly dongle: VirtualDongle
  readonly observer: Observer
  readonly #faultRandom: Random

  constructor(options: WorldOptions) {
    const { seed, onReport, onMessage, falsify, tamper = (message) => [message] } = options
    const { agenda } = this
    const random = (this.random = seeded(seed))
    this.#faultRandom = seeded(seed ^ 0xfa17)
    const site = (this.site = options.site ?? drawSite(seed))
    const { settings, meters, serial } = site
    const units = meters.map(({ unit }) => unit)
    const conditions = fairWeather(units, settings.timeServers.length)
    this.conditions = conditions
    const utc = () => this.utc
    const observer = new Observer({
      site,
      validate: options.validate,
      now: () => agenda.now,
      utcAt: (instant) => BEGIN + instant,
    })
    this.observer = observer
    this.broker = new VirtualBroker({
      agenda,
      random,
      conditions,
      accounts: new Map([[settings.credentials.key, settings.credentials.secret]]),
      events: {
        onMessage: (message) => {
          onMessage?.(message, agenda.now)
          for (const each of tamper(message)) observer.message(each)
        },
        onAccepted: (key) => observer.attempts.answered(key, 0, agenda.now),
        onRefused: (key, reason) => observer.attempts.answered(key, reason, agenda.now),
        onFault: (what) => observer.fail(4, `MQTT: ${what}`),
      },
    })
    this.flash = new Flash(
      {
        onWrite: (name, bytes) => observer.wrote(name, bytes),
        onFault: (what) => observer.fail(4, `flash: ${what}`),
      },
      random,
    )
    saveSettings(this.flash, settings)
    this.dongle = new VirtualDongle({
      serial,
      builtAt: (BEGIN - 30 * DAY) as UnixMs,
      agenda,
      random,
      flash: this.flash,
      ppm: 60 * random.next() - 30,
      line: { agenda, random, conditions, meters, utc, falsify },
      network: {
        agenda,
        random,
        conditions,
        utc,
        accept: (end) => this.broker.accept(end),
        onJoin: () => observer.attempts.join(agenda.now),
        onAsk: (slot) => observer.attempts.asked(slot, agenda.now),
        onConnect: (openStreams) => observer.connecting(openStreams),
      },
      onReport: (report) => {
        onReport?.(report, agenda.now)
        observer.report(report)
      },
      onBoot: () => observer.booted(),
      onRestart: (why) => observer.restarted(why),
      onSystemTime: (time) => observer.systemTime(time),
    })
    this.dongle.powerOn()
    this.#lookOften()
  }

  get utc(): UnixMs {
    return (BEGIN + this.agenda.now) as UnixMs
  }

  plan(faults: readonly Fault[]): this {
    for (const fault of faults)
      this.agenda.at(fault.atMs, () => {
        this.observer.continuity.faultBegins(this.utc)
        const end = begin(fault, this, this.#faultRandom)
        this.agenda.after(fault.lastsMs, () => {
          end()
          this.observer.continuity.faultEnds(this.utc, fault.kind)
        })
      })
    return this
  }

  /** Runs until `end`, or to the first violation, which it answers. */
  run(end: number): Violation | undefined {
    try {
      this.agenda.runUntil(end, () => {
        if (this.observer.violation) throw STOP
      })
    } catch (error) {
      if (error !== STOP) throw error
    }
    return this.observer.violation
  }

  #lookOften(): void {
    this.observer.tick()
    this.agenda.after(LOOK_EVERY_MS, () => this.#lookOften())
  }
}

const STOP = Symbol('stop')
