/** Everything around one dongle in virtual time: true UTC, its site, the network, the broker, and an observer. */
import type { UnixMs } from '../../firmware/core/time'
import type { Report } from '../../firmware/dongle/report'
import type { ResetCause } from '../../firmware/ports/system'
import { stagesOver } from '../../firmware/settings/patch'
import { type LoadedSettings, loadSettings, saveSettings } from '../../firmware/settings/record'
import type { Credentials, Settings } from '../../firmware/settings/schema'
import { Agenda } from './agenda'
import { SimulatedBroker } from './broker/broker'
import type { Arrived, BrokerEvents } from './broker/events'
import { type Conditions, faultless } from './conditions'
import { SimulatedDongle, START_MS } from './dongle'
import { type EpochName, TrueTime } from './epochs'
import { Flash } from './flash'
import { acceptAs } from './network/others'
import type { Accept } from './network/stream'
import { stayAwayMs } from './observer/attempts'
import type { Validate } from './observer/messages'
import { Observer, type Violation } from './observer/observer'
import { NEW_SETTINGS } from './observer/provisioning'
import type { Wing } from './observer/reasons'
import { type Random, random as seeded } from './random'
import { drawSite, SECRET } from './site/drawn'
import type { Site } from './site/site'
import { overTls, type SimulatedTls } from './tls'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** When a world begins whose epoch is none of its own. */
export const BEGIN = new TrueTime('usual').begin
const DAY = 24 * HOUR
/** After which the task watchdog of a device would restart it. */
const WATCHDOG_MS = 30_000
const LOOK_EVERY_MS = 4000
/** In which it cannot be stored that a run was calm. */
const FLASH_FAULTS = ['flash full', 'flash unreadable']

export interface WorldOptions {
  seed: number
  validate: Validate
  site?: Site
  epoch?: EpochName
  /** TLS is played with it; without it only its time is. */
  tls?: SimulatedTls
  /** The probability that power fails in the middle of a write to flash. */
  tears?: number
  /** The board has a watchdog that wants to be fed. */
  watchdog?: boolean
  /** What the observer is shown in place of a message. */
  tamper?: (message: Arrived) => readonly Arrived[]
  onReport?: (report: Report, at: number) => void
  onMessage?: (message: Arrived, at: number) => void
  /** What the broker heard. */
  onBrokerBytes?: (bytes: Uint8Array, at: number) => void
}

export class World {
  readonly agenda = new Agenda()
  readonly random: Random
  readonly site: Site
  readonly conditions: Conditions
  readonly broker: SimulatedBroker
  readonly flash: Flash
  readonly dongle: SimulatedDongle
  readonly observer: Observer
  /** Apart from `random`, so that a fault more or less changes no other. */
  readonly faultRandom: Random
  readonly #time: TrueTime
  readonly #accounts = new Map<string, string>()
  /** Which credentials connected last. */
  #lastKey = ''
  #rotations = 0
  /** What the installer's tool writes. */
  readonly #settings: Settings
  /** Bits of the flash have flipped so that no copy of the settings is whole. */
  #isDamaged = false
  /** Keys that no broker knows, of pairs that somebody mistyped. */
  readonly mistyped = new Set<string>()

  constructor(options: WorldOptions) {
    const { seed, tls, onReport } = options
    const { agenda } = this
    const time = (this.#time = new TrueTime(options.epoch ?? 'usual'))
    const random = (this.random = seeded(seed))
    this.faultRandom = seeded(seed ^ 0xfa17)
    const site = (this.site = options.site ?? drawSite(seed))
    const { meters, serial } = site
    const settings = tls ? { ...site.settings, ca: tls.authority } : site.settings
    this.#settings = settings
    const units = meters.map(({ unit }) => unit)
    const conditions = (this.conditions = faultless(units, settings.timeServers.length))
    const utc = () => this.utc
    const observer = (this.observer = new Observer({
      site,
      validate: options.validate,
      now: () => agenda.now,
      utcAt: (instant) => time.utc(instant),
    }))
    this.#accounts.set(settings.credentials.key, settings.credentials.secret)
    this.broker = new SimulatedBroker({
      agenda,
      random,
      conditions,
      accounts: this.#accounts,
      events: this.#brokerEvents(options),
    })
    // What the installer's tool writes, it writes while the dongle is off.
    const onWrite = (name: string, bytes: number): void => {
      if ((this.dongle as SimulatedDongle | undefined)?.alive) observer.wrote(name, bytes)
    }
    this.flash = new Flash({ onWrite, random })
    saveSettings(this.flash, settings)
    observer.provisioning.written(settings)
    this.flash.failsNow = () => this.#tears(options.tears ?? 0)
    const accept: Accept = (end) => this.broker.accept(end)
    const others = { tls, onHeard: observer.heardByAnother }
    this.dongle = new SimulatedDongle({
      serial,
      builtAt: (time.begin - 30 * DAY) as UnixMs,
      agenda,
      random,
      flash: this.flash,
      watchdog: options.watchdog ?? false,
      ppm: 60 * random.next() - 30,
      line: { agenda, random, conditions, meters, utc },
      network: {
        agenda,
        random,
        conditions,
        utc,
        leap: () => time.indicator(agenda.now),
        accept: (peer) => {
          if (peer !== 'broker') return acceptAs(peer, others)
          return tls ? overTls(tls, accept) : accept
        },
        playsTls: tls !== undefined,
        onJoin: () => observer.attempts.join(agenda.now),
        onAsk: (slot) => observer.attempts.asked(slot, agenda.now),
        onConnect: (openStreams) => observer.connecting(openStreams),
      },
      onReport: (report) => {
        onReport?.(report, agenda.now)
        observer.report(report)
      },
      onBoot: () => {
        observer.booted()
        if (this.hasInstaller) observer.provisioning.holds(this.loaded, 'after a start', true)
      },
      onRestart: (why) => {
        observer.restarted(why)
        // What a restart takes, no sample is made in.
        if (why === NEW_SETTINGS) this.injectFault(why, START_MS, () => () => {}, 0, 'board')
      },
      onMemoryFull: () => this.crash('abort', 'memory full'),
      onSystemTime: (time) => observer.systemTime(time),
    })
    this.dongle.powerOn()
    this.#lookOften()
  }

  get utc(): UnixMs {
    return this.#time.utc(this.agenda.now)
  }

  /**
   * The cloud makes a second pair of credentials and the installer's tool stages it. Answers how it ends: the tool
   * completes the rotation if the new pair was the last to connect, else it cancels it (docs/platform.md), which it does
   * at once if the dongle refuses the pair.
   */
  rotate(): () => void {
    const key = `key ${++this.#rotations}`
    const staged = { key, secret: SECRET }
    const settings = this.#stored
    if (stagesOver(settings, { staged })) return () => {}
    const old = [...this.#accounts.keys()]
    this.#accounts.set(key, SECRET)
    const { alive } = this.dongle
    this.dongle.powerOff()
    if (settings) saveSettings(this.flash, { ...settings, staged })
    else if (!this.#isDamaged) this.observer.fail(4, 'the settings are gone')
    if (alive) this.dongle.powerOn()
    return () => {
      const completed = this.#lastKey === key
      for (const each of completed ? old : [key]) this.#accounts.delete(each)
    }
  }

  /** The platform accepts this pair too from now on. */
  addCredentials(key: string): Credentials {
    this.#accounts.set(key, SECRET)
    return { key, secret: SECRET }
  }

  deleteCredentials(key: string): void {
    this.#accounts.delete(key)
  }

  /** Somebody has a tool at the dongle's cable, now and then. */
  get hasInstaller(): boolean {
    return this.dongle.cable.onBytes !== undefined
  }

  /** What is in flash, whoever can read it. */
  get loaded(): LoadedSettings | undefined {
    return loadSettings(this.flash)
  }

  get #stored(): Settings | undefined {
    const { loaded } = this
    return loaded && 'settings' in loaded ? loaded.settings : undefined
  }

  /** The run ends as no power cut and no restart of its own does. `words`: what the engine could still say. */
  crash(cause: ResetCause, words = ''): void {
    const { holds, reasons } = this.observer
    const { now } = this.agenda
    holds.crashed(now, Math.max(...FLASH_FAULTS.map((kind) => reasons.lastOn(kind, now))))
    this.dongle.reset(cause, words)
  }

  /** The machine stands still, until the chip's watchdog ends that. */
  hang(): void {
    const { life } = this.dongle.standStill()
    this.agenda.after(WATCHDOG_MS, () => {
      if (life.alive) this.crash('task watchdog')
    })
  }

  /** A bit in each of these blobs. If that leaves no settings, the installer comes at the end. */
  flipBits(names: readonly string[]): () => void {
    const { dongle, flash } = this
    const { provisioning } = this.observer
    dongle.powerOff()
    flash.flip(names, this.faultRandom)
    this.#isDamaged ||= !this.#stored
    provisioning.flashFailed()
    dongle.powerOn()
    return () => {
      if (!this.#isDamaged) return
      dongle.powerOff()
      const key = this.#accounts.has(this.#lastKey) ? this.#lastKey : [...this.#accounts.keys()][0]
      const credentials = { key, secret: SECRET }
      const settings = { ...this.#settings, ...provisioning.possible[0], credentials }
      saveSettings(flash, settings)
      provisioning.written(settings)
      this.#isDamaged = false
      dongle.powerOn()
    }
  }

  /**
   * A fault that the observer is told of; `begins` answers what ends it. `lingersMs`: how long what it did is felt after its
   * end.
   */
  injectFault(
    kind: string,
    lastsMs: number,
    begins: () => () => void,
    lingersMs = 0,
    wing: Wing = 'anywhere',
  ): void {
    const { continuity, reasons } = this.observer
    continuity.faultBegins(this.utc, kind)
    reasons.faultBegins(kind, wing)
    const ends = begins()
    this.agenda.after(lastsMs, () => {
      ends()
      this.agenda.after(lingersMs, () => {
        continuity.faultEnds(this.utc, kind)
        reasons.faultEnds(kind, wing, this.agenda.now)
      })
    })
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

  #brokerEvents(options: WorldOptions): BrokerEvents {
    const { agenda, observer } = this
    const { onMessage, onBrokerBytes, tamper = (message) => [message] } = options
    return {
      onBytes: (bytes) => onBrokerBytes?.(bytes, agenda.now),
      onMessage: (message) => {
        onMessage?.(message, agenda.now)
        for (const each of tamper(message)) observer.message(each)
      },
      onMessageRefused: (message, reason) => observer.messages.refused(message, reason),
      onTakenOver: () => observer.takenOver(),
      onAccepted: (key, sessionPresent) => {
        this.#lastKey = key
        observer.connected(key, sessionPresent)
      },
      onRefused: (key, reason) => {
        observer.attempts.answered(key, reason, agenda.now)
        observer.continuity.refused(this.utc, stayAwayMs(reason))
        // All pairs that there are are tried in turn, each 30 s after the last. One more leaves time enough.
        if (key !== this.#lastKey && !this.mistyped.has(key)) observer.continuity.mayLose()
      },
      onFault: (what) => observer.fail(4, `MQTT: ${what}`),
    }
  }

  /** Whether power fails during the dongle's write; the installer's tool has its own. */
  #tears(probability: number): boolean {
    if (!this.dongle.alive || !this.faultRandom.chance(probability)) return false
    const cut = (): (() => void) => {
      this.dongle.powerOff()
      return () => this.dongle.powerOn()
    }
    this.injectFault('power cut in a write', 20_000 * this.faultRandom.next(), cut, 0, 'board')
    return true
  }

  #lookOften(): void {
    this.observer.tick()
    if (this.dongle.unfedMs > WATCHDOG_MS) this.observer.fail(4, 'the watchdog was not fed')
    const { health, lastReset } = this.dongle
    if (health) this.observer.holds.reasons(lastReset, health.restarts)
    const clock = health?.clock
    if (clock && clock.kind !== 'never') this.observer.clock(clock.utc, clock.errorMs)
    this.agenda.after(LOOK_EVERY_MS, () => this.#lookOften())
  }
}

const STOP = Symbol('stop')
