/**
 * Which model a device is, by the catalogue's identification registers. Who streams unattended must not guess: every
 * one of them is asked, each has to be answered or refused, and exactly one model has to be identified. Where it is by
 * a single number, which may be a stranger's reading, nothing that the model shows may contradict it.
 */
import { findDevice } from '../catalogue/find'
import { checkDevice, type DeviceConfig } from '../config'
import type { Device } from '../model'
import type { DeviceSearch, ReadFailure, ReadRequest } from '../query'
import { type Fingerprint, IdentificationReads, isSameRead } from './fingerprint'
import { PlausibilityCheck } from './plausibility'

/** In one round: the others on the line are read in between. */
const QUESTIONS_MOST = 4
/** Silent so often where others are answered, a question is one that the device never answers. */
const SILENCES_MOST = 2
/** A device that could not be recognised is asked anew after so many rounds: a minute at 4 s. */
const REST_ROUNDS = 15

type State =
  | { kind: 'asking'; check: number }
  | { kind: 'surveying'; device: Device; survey: PlausibilityCheck; evidence: string }
  | { kind: 'found'; device: Device; evidence: string }
  | { kind: 'resting'; rounds: number; why: string }

export class Identification implements DeviceSearch {
  readonly #checks: readonly Fingerprint[]
  readonly #setup: DeviceConfig
  /** Where the setting is, for the installer. */
  readonly #field: string
  #state: State = { kind: 'asking', check: 0 }
  #testimony = new IdentificationReads()
  #silent: Fingerprint[] = []
  /** Questions that this round has left. */
  #left = 0

  constructor(index: number, setup: DeviceConfig, checks: readonly Fingerprint[]) {
    this.#field = `devices[${index}].model`
    this.#setup = setup
    this.#checks = checks
  }

  /** Nothing that was said before counts any more. */
  restart(): void {
    this.#state = { kind: 'asking', check: 0 }
    this.#testimony = new IdentificationReads()
    this.#silent = []
  }

  begin(): void {
    const state = this.#state
    this.#left = QUESTIONS_MOST
    if (state.kind !== 'resting') return
    if (state.rounds === 0) this.restart()
    else this.#rest(state.why, state.rounds - 1)
  }

  get request(): ReadRequest | undefined {
    const state = this.#state
    if (this.#left === 0) return undefined
    if (state.kind === 'surveying') return state.survey.request
    if (state.kind !== 'asking') return undefined
    const { code, at, length } = this.#checks[state.check]
    return {
      code,
      address: at,
      count: length,
      minCount: length,
      power: false,
      suspectLength: false,
    }
  }

  get device(): Device | undefined {
    return this.#state.kind === 'found' ? this.#state.device : undefined
  }

  /** Why there is no model yet; what speaks for it where there is one. */
  get why(): string {
    const state = this.#state
    if (state.kind === 'resting') return state.why
    return state.kind === 'found' ? state.evidence : 'its model is being identified'
  }

  take(bytes: Uint8Array, start: number): void {
    const state = this.#state
    this.#left--
    if (state.kind === 'surveying') {
      state.survey.take(bytes, start)
      this.#endSurvey(state)
    } else if (state.kind === 'asking') {
      const check = this.#checks[state.check]
      this.#testimony.note(check, bytes.slice(start, start + 2 * check.length))
      this.#advance(state.check)
    }
  }

  skip(why: ReadFailure): void {
    const state = this.#state
    // A silence takes the line for longer than an answer, and noise may go on: enough for this round.
    this.#left = why === 'refused' ? this.#left - 1 : 0
    if (state.kind === 'surveying') {
      if (why === 'unclear') return
      state.survey.skip()
      this.#endSurvey(state)
    } else if (state.kind === 'asking') {
      const check = this.#checks[state.check]
      if (why === 'refused') this.#testimony.note(check, undefined)
      else if (why === 'silent') this.#silent.push(check)
      this.#advance(state.check)
    }
  }

  split(): boolean {
    return false
  }

  /** To the next question that is open, around and around: the last may have met noise. */
  #advance(from: number): void {
    const { length } = this.#checks
    for (let i = 1; i <= length; i++) {
      const check = (from + i) % length
      const next = this.#checks[check]
      if (this.#testimony.has(next) || this.#isNeverAnswered(next)) continue
      this.#state = { kind: 'asking', check }
      return
    }
    this.#judge()
  }

  #isNeverAnswered(check: Fingerprint): boolean {
    let silences = 0
    for (const one of this.#silent) if (isSameRead(one, check)) silences++
    return silences >= SILENCES_MOST
  }

  #judge(): void {
    const matches = this.#checks.filter((check) => this.#testimony.evidence(check))
    const [first] = matches
    const models = matches.map(({ model }) => model).filter((one, i, all) => all.indexOf(one) === i)
    if (this.#checks.some((check) => this.#isNeverAnswered(check)))
      return this.#rest(`it stays silent where models identify themselves: ${this.#advice}`)
    if (models.length > 1)
      return this.#rest(`${models.join(' and ')} identify themselves at this unit: ${this.#advice}`)
    const device = first && findDevice(first.model)
    if (!device)
      return this.#rest(`no model of the catalogue identifies itself at this unit: ${this.#advice}`)
    const evidence = this.#testimony.evidence(first) ?? ''
    const survey = new PlausibilityCheck(device, true)
    if (first.length > 1 || !survey.request) this.#accept(device, evidence)
    else this.#state = { kind: 'surveying', device, survey, evidence }
  }

  #endSurvey({ device, survey, evidence }: State & { kind: 'surveying' }): void {
    if (survey.request) return
    if (survey.readings.length > 0) return this.#accept(device, evidence)
    this.#rest(`${evidence} says ${device.id}, and other registers of it do not: ${this.#advice}`)
  }

  #accept(device: Device, evidence: string): void {
    // What checkDevice() could not know before.
    const fault = checkDevice({ ...this.#setup, model: device.id })
    if (!fault) this.#state = { kind: 'found', device, evidence }
    else this.#rest(`it is ${device.id} (${evidence}): ${fault.field}: ${fault.expected}`)
  }

  #rest(why: string, rounds = REST_ROUNDS): void {
    this.#state = { kind: 'resting', rounds, why }
  }

  get #advice(): string {
    return `name it in ${this.#field}`
  }
}
