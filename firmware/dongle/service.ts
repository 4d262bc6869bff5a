/**
 * Executes an installer's calls (provisioning/methods.ts), whether there is a site or not. What the running dongle cannot
 * take takes effect by a restart, which follows once the reply has gone out.
 */
import { utf8Length } from '../core/bytes'
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { WifiNetwork, WifiSettings } from '../ports/network'
import type { Dialogue } from '../provisioning/dialogue'
import { MAX_MESSAGE_BYTES } from '../provisioning/messages'
import type { Call } from '../provisioning/methods'
import { CODE, wrongFields } from '../provisioning/request'
import { examine, type WrongFields } from '../settings/parse'
import { applyPatch, stagesOver } from '../settings/patch'
import type { Credentials, Settings } from '../settings/schema'
import { shownSettings } from '../settings/shown'
import { type BusServed, BusService } from './busservice'
import type { Errand, TestedSite } from './errand'
import type { Health } from './health'
import { IDENTIFY_MS } from './panel'
import type { Report } from './report'
import { LOOK_MS, SiteTest, type TestedStep } from './sitetest'
import { validateSettings } from './validate'

export const PRODUCT = 'wattbeat'
/** That of package.json. */
export const VERSION = '0.1.0'

/** What the calls act upon. */
export interface Served extends BusServed {
  serial: string
  health(): Health | undefined
  /** What it is, if no site runs. */
  idle: Idle
  /** Throws if flash does not take them. Whether they take effect only by a restart, which has to follow. */
  save(settings: Settings): boolean
  /** What is in force is in flash, too. */
  isStored(): boolean
  /** Of the credentials only those in force are kept. */
  forgetRetired(): void
  /** False if there is no LED. */
  identify(now: MonotonicMs, ms: number): boolean
  /** For a phone, which cannot be here while the broker is called. */
  errands?: { tested: TestedSite | undefined; leave(errand: Errand): void }
}

export interface Idle {
  state: 'unprovisioned' | 'provisioning'
  why: string
}

interface Test {
  readonly id: number
  /** Those that are still to be told. */
  readonly steps: TestedStep[]
  /** Undefined if it was over before. */
  readonly of: SiteTest | undefined
  /** Once that is known. */
  ok: boolean | undefined
}

interface Followed {
  readonly id: number
  /** Undefined: the log. */
  readonly everyMs: number | undefined
  at: MonotonicMs
}

type Answers = Pick<Dialogue, 'answer' | 'refuse' | 'progress'>
/** Whom a scan is for. */
type Asker = number | ((networks: readonly WifiNetwork[]) => void)

export class Service {
  readonly #served: Served
  readonly #answers: Answers
  readonly bus: BusService
  #followed: Followed[] = []
  #scanFor: Asker | undefined
  #test: Test | undefined
  /** The call that waits for staged credentials to be accepted. */
  #commit: number | undefined
  #lookAt = FOREVER
  /** What Improv found to work, for the settings that come later. */
  #wifi: WifiSettings | undefined
  /** Once the replies are out the dongle is to be restarted for this reason, a reset erasing the site's data before. */
  ending: { why: string; isReset: boolean } | undefined
  until = FOREVER

  constructor(served: Served, answers: Answers) {
    this.#served = served
    this.#answers = answers
    this.bus = new BusService(served, answers)
  }

  perform(call: Call, now: MonotonicMs): void {
    const { id } = call
    const answers = this.#answers
    const { ending } = this
    if (ending && (ending.isReset || LONG.includes(call.method))) return this.#busy(id, 'a restart')
    switch (call.method) {
      case 'info':
        return answers.answer(id, this.#info())
      case 'status':
        return this.#status(id, call.params.everyS, now)
      case 'settings.get': {
        const settings = this.#settings(id)
        if (settings) answers.answer(id, shownSettings(settings))
        return
      }
      case 'settings.set':
        return this.#set(call)
      case 'identify': {
        const { seconds } = call.params
        const ms = seconds === undefined ? IDENTIFY_MS : 1000 * seconds
        if (this.#served.identify(now, ms)) answers.answer(id)
        else this.#fail(id, 'this board has no LED')
        return
      }
      case 'log':
        return this.#log(id, call.params.follow)
      case 'restart':
      case 'reset':
        answers.answer(id)
        return this.#end(`${call.method} by the installer`, call.method === 'reset')
      case 'wifi.scan':
        return this.scan(id)
      case 'bus.scan':
      case 'device.read':
        return this.bus.perform(call, now)
      case 'credentials.stage':
        return this.#stage(id, call.params)
      case 'credentials.cancel':
        return this.#stage(id, undefined)
      // A restart that is due ends them, with the channel: whoever asked asks again.
      case 'credentials.commit':
        return ending ? undefined : this.#beginCommit(id, now)
      case 'test':
        return ending ? undefined : this.#beginTest(id, now)
      default:
        call satisfies never
    }
  }

  cancel(id: number): void {
    this.#followed = this.#followed.filter((followed) => followed.id !== id)
    if (this.#scanFor === id) this.#scanFor = () => {}
    this.bus.cancel(id)
    if (this.#test?.id === id) this.#test = undefined
    if (this.#commit === id) this.#commit = undefined
  }

  /** A line of the log. */
  note(line: string): void {
    for (const { id, everyMs } of this.#followed)
      if (everyMs === undefined) this.#answers.progress(id, line)
  }

  /** What Improv found to work: for the settings that come later, or those of the site that waits. False if not stored. */
  keepWifi(wifi: WifiSettings): boolean {
    this.#wifi = wifi
    const settings = this.#served.settings()
    try {
      if (settings && this.#served.save({ ...settings, wifi })) this.#end('new settings', false)
      return true
    } catch {
      return false
    }
  }

  /** A device's answer, or that there was none. */
  read(report: Report & { kind: 'read' }): boolean {
    this.#test?.of?.read(report)
    return this.bus.read(report)
  }

  advance(now: MonotonicMs): void {
    if (now >= this.#lookAt) this.#look(now)
    this.bus.advance(now)
    let until = earliest(this.#lookAt, this.bus.until)
    for (const followed of this.#followed) {
      if (followed.everyMs === undefined) continue
      if (now >= followed.at) {
        followed.at = later(now, followed.everyMs)
        this.#answers.progress(followed.id, this.#health())
      }
      until = earliest(until, followed.at)
    }
    this.until = until
  }

  /** One at a time: others are told that the radio is in use. */
  scan(asker: Asker): void {
    const { enter, board } = this.#served
    const { network } = board
    if (this.#scanFor !== undefined || !network.scan) {
      if (typeof asker !== 'number') asker([])
      else if (network.scan) this.#busy(asker, 'another scan')
      else this.#fail(asker, 'not on this board')
      return
    }
    this.#scanFor = asker
    network.scan((networks, why) =>
      enter(() => {
        const waiting = this.#scanFor
        this.#scanFor = undefined
        if (typeof waiting === 'function') waiting(networks ?? [])
        else if (waiting === undefined) return
        else if (networks) this.#answers.answer(waiting, networks)
        else this.#fail(waiting, why)
      }),
    )
  }

  #info(): object {
    const { board, serial } = this.#served
    const { state, why } = this.#state()
    return { product: PRODUCT, version: VERSION, chip: board.system.chip, serial, state, why }
  }

  #state(): Pick<Health, 'why'> & { state: string } {
    return this.#served.health() ?? this.#served.idle
  }

  /** The log has a call of its own. */
  #health(): object {
    return { ...this.#state(), log: undefined }
  }

  #status(id: number, everyS: number | undefined, now: MonotonicMs): void {
    if (everyS === undefined) return this.#answers.answer(id, this.#health())
    this.#followed.push({ id, everyMs: 1000 * everyS, at: now })
    this.until = now
  }

  #log(id: number, follows: boolean): void {
    const log = this.#served.health()?.log
    const lines: string[] = []
    let left = MAX_LOG_BYTES
    for (let i = (log?.length ?? 0) - 1; i >= 0; i--) {
      const line = log?.at(i) ?? ''
      left -= utf8Length(JSON.stringify(line)) + 1
      if (left < 0) break
      lines.unshift(line)
    }
    if (!follows) return this.#answers.answer(id, lines)
    for (const line of lines.slice(-MAX_FIRST_LINES)) this.#answers.progress(id, line)
    this.#followed.push({ id, everyMs: undefined, at: FOREVER })
  }

  #settings(id: number): Settings | undefined {
    const settings = this.#served.settings()
    if (!settings)
      this.#answers.refuse(id, { code: CODE.unprovisioned, message: 'there are no settings yet' })
    return settings
  }

  #set({ id, params }: Call & { method: 'settings.set' }): void {
    const { board, settings, health } = this.#served
    const current = settings()
    const { system } = board
    const utc = health()?.clock.utc
    const base = current ?? (this.#wifi && ({ wifi: this.#wifi } as Settings))
    const json = applyPatch(base, params.patch)
    const undecided = stagesOver(current, params.patch)
    const parsed = undecided
      ? { wrong: [undecided] }
      : validateSettings(json, utc ?? system.builtAt, system, utc === undefined)
    if ('wrong' in parsed) return this.#refuseFields(id, parsed.wrong)
    // Credentials that the dongle changed itself stand behind all else.
    const before = current && examine(current, system).settings
    const isChanged = JSON.stringify(parsed.settings) !== JSON.stringify(before)
    if (isChanged && !params.dryRun && !this.#store(id, parsed.settings)) return
    this.#answers.answer(id, { isChanged })
  }

  /** `staged` undefined: none. */
  #stage(id: number, staged: Credentials | undefined): void {
    const settings = this.#settings(id)
    if (!settings) return
    const { staged: before, ...kept } = settings
    const undecided = stagesOver(settings, { staged })
    if (undecided) return this.#refuseFields(id, [undecided])
    const isChanged = JSON.stringify(before) !== JSON.stringify(staged)
    if (isChanged && !this.#store(id, staged ? { ...kept, staged } : kept)) return
    this.#answers.answer(id)
  }

  /** Before it is answered: what was answered outlives a power cut. */
  #store(id: number, settings: Settings): boolean {
    return this.#stored(id, () => {
      if (this.#served.save(settings)) this.#end('new settings', false)
    })
  }

  #stored(id: number, write: () => void): boolean {
    try {
      write()
      return true
    } catch (error) {
      this.#fail(id, `not stored: ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
  }

  #beginCommit(id: number, now: MonotonicMs): void {
    const settings = this.#settings(id)
    if (!settings) return
    if (!settings.staged && !settings.retired && this.#served.isStored())
      return this.#fail(id, 'no credentials are staged')
    if (!this.#served.health()) return this.#noBroker(id)
    if (this.#commit !== undefined) return this.#busy(id, 'another commit')
    this.#commit = id
    this.#lookAt = now
  }

  #beginTest(id: number, now: MonotonicMs): void {
    const settings = this.#settings(id)
    if (!settings) return
    if (this.#test) return this.#busy(id, 'another test')
    if (this.#served.errands) return this.#testLater(id, this.#served.errands, now)
    if (!this.#served.health()) return this.#noBroker(id)
    const steps: TestedStep[] = []
    const of = new SiteTest(settings.devices.length, now, (step) => steps.push(step))
    this.#test = { id, steps, of, ok: undefined }
    this.#lookAt = now
  }

  /** The first time a restart follows; once the phone is back it is told what came of it. */
  #testLater(id: number, errands: NonNullable<Served['errands']>, now: MonotonicMs): void {
    const { tested } = errands
    if (tested) {
      this.#test = { id, steps: [...tested.steps], of: undefined, ok: tested.ok }
      this.#lookAt = now
      return
    }
    if (!this.#stored(id, () => errands.leave({ kind: 'test' }))) return
    this.#answers.answer(id, { isLater: true })
    this.#end('a test for a phone', false)
  }

  #look(now: MonotonicMs): void {
    const health = this.#served.health()
    if (health && this.#commit !== undefined) this.#lookAtCommit(this.#commit, health.credentials)
    if (this.#test) this.#lookAtTest(this.#test, health, now)
    this.#lookAt = this.#test || this.#commit !== undefined ? later(now, LOOK_MS) : FOREVER
  }

  #lookAtTest(test: Test, health: Health | undefined, now: MonotonicMs): void {
    if (health) test.ok ??= test.of?.look(health, now)
    for (const step of test.steps.splice(0, MAX_TOLD)) this.#answers.progress(test.id, step)
    if (test.ok === undefined || test.steps.length > 0) return
    this.#test = undefined
    // A phone that went away amid the steps is told them again.
    if (this.#served.errands) this.#served.errands.tested = undefined
    this.#answers.answer(test.id, { ok: test.ok })
  }

  #end(why: string, isReset: boolean): void {
    this.ending = { why, isReset }
  }

  #lookAtCommit(id: number, { stagedRefused }: Health['credentials']): void {
    const { staged, retired } = this.#served.settings() ?? {}
    if (!stagedRefused) {
      // It is answered once it is stored.
      if (staged || !this.#served.isStored()) return
      if (retired) return this.#served.forgetRetired()
    }
    this.#commit = undefined
    if (stagedRefused) this.#fail(id, `the broker: ${stagedRefused}`)
    else this.#answers.answer(id)
  }

  #refuseFields(id: number, wrong: WrongFields): void {
    const message = 'wrong settings: nothing was changed'
    this.#answers.refuse(id, wrongFields(CODE.wrongParams, message, wrong))
  }

  /** If a restart is near it ends the call with its channel, and whoever called comes back to a site that runs. */
  #noBroker(id: number): void {
    if (!this.ending) this.#fail(id, NO_BROKER)
  }

  #busy(id: number, what: string): void {
    this.#answers.refuse(id, { code: CODE.busy, message: `${what} goes on` })
  }

  #fail(id: number, message: string): void {
    this.#answers.refuse(id, { code: CODE.failed, message })
  }
}

/** Steps of a test at once: of more the dialogue leaves out what it cannot say. */
const MAX_TOLD = 8

/** Calls that a restart which is due would cut off; what waits for it may have other devices than run. */
const LONG: readonly Call['method'][] = ['bus.scan', 'device.read', 'wifi.scan']

/** For a cable: a phone's test runs the site by turns. */
const NO_BROKER = 'the site does not run while a phone is waited for: restart'

/** Of lines in one answer: letters that others chose may take six bytes each. */
const MAX_LOG_BYTES = MAX_MESSAGE_BYTES - 100

/** Of those that were there before they were followed: the dialogue leaves out what it cannot say at once. */
const MAX_FIRST_LINES = 12
