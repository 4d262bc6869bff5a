/**
 * Which model a device is, by the catalogue's identification registers. A dongle that streams unattended must not
 * guess: each of these registers is asked for, each has to be answered or refused, and exactly one model has to match.
 * If it matches by a single number, which may be a reading of some other device, nothing else that the model has may
 * contradict it.
 */
import { findDevice } from '../catalogue/find'
import { checkDevice, type DeviceConfig } from '../config'
import type { Device } from '../model'
import { type ReadFailure, type ReadRequest, type ReadSequence, searchRead } from '../query'
import { type Fingerprint, IdentificationReads, isSameRead } from './fingerprint'
import { PlausibilityCheck } from './plausibility'

/** In one round: the other devices on the line are read in between. */
const MAX_READS_A_ROUND = 4
/** A read that meets silence so often, from a device that answers others, is one that the device never answers. */
const MAX_SILENCES = 2
/** A device that could not be identified is asked anew after so many rounds: a minute at 4 s. */
const REST_ROUNDS = 15

type State =
  | { kind: 'reading'; fingerprint: number }
  | { kind: 'checking'; device: Device; check: PlausibilityCheck; matchedBy: string }
  | { kind: 'found'; device: Device; matchedBy: string }
  | { kind: 'resting'; rounds: number; why: string }

export class Identification implements ReadSequence {
  readonly #fingerprints: readonly Fingerprint[]
  readonly #config: DeviceConfig
  /** The setting that names the model, for the installer. */
  readonly #field: string
  #state: State = { kind: 'reading', fingerprint: 0 }
  #reads = new IdentificationReads()
  /** Each read that met silence, as often as it did. */
  #silent: Fingerprint[] = []
  #readsLeft = 0

  constructor(index: number, config: DeviceConfig, fingerprints: readonly Fingerprint[]) {
    this.#field = `devices[${index}].model`
    this.#config = config
    this.#fingerprints = fingerprints
  }

  /** Forgets what has been answered. */
  restart(): void {
    this.#state = { kind: 'reading', fingerprint: 0 }
    this.#reads = new IdentificationReads()
    this.#silent = []
  }

  begin(): void {
    const state = this.#state
    this.#readsLeft = MAX_READS_A_ROUND
    if (state.kind !== 'resting') return
    if (state.rounds === 0) this.restart()
    else this.#rest(state.why, state.rounds - 1)
  }

  get request(): ReadRequest | undefined {
    const state = this.#state
    if (this.#readsLeft === 0) return undefined
    if (state.kind === 'checking') return state.check.request
    if (state.kind !== 'reading') return undefined
    const { code, at, length } = this.#fingerprints[state.fingerprint]
    return searchRead(code, at, length)
  }

  /** What it has turned out to be. */
  get device(): Device | undefined {
    return this.#state.kind === 'found' ? this.#state.device : undefined
  }

  /** In words: why it is not known, or what it was found by. */
  get why(): string {
    const state = this.#state
    if (state.kind === 'resting') return state.why
    return state.kind === 'found' ? state.matchedBy : 'its model is being identified'
  }

  take(bytes: Uint8Array, start: number): void {
    const state = this.#state
    this.#readsLeft--
    if (state.kind === 'checking') {
      state.check.take(bytes, start)
      this.#endCheck(state)
    } else if (state.kind === 'reading') {
      const fingerprint = this.#fingerprints[state.fingerprint]
      this.#reads.record(fingerprint, bytes.slice(start, start + 2 * fingerprint.length))
      this.#advance(state.fingerprint)
    }
  }

  skip(why: ReadFailure): void {
    const state = this.#state
    // A silence takes more line time than an answer, and noise may go on: no more in this round.
    this.#readsLeft = why === 'refused' ? this.#readsLeft - 1 : 0
    if (state.kind === 'checking') {
      if (why === 'unclear') return
      state.check.skip()
      this.#endCheck(state)
    } else if (state.kind === 'reading') {
      const fingerprint = this.#fingerprints[state.fingerprint]
      if (why === 'refused') this.#reads.record(fingerprint, undefined)
      else if (why === 'silent') this.#silent.push(fingerprint)
      this.#advance(state.fingerprint)
    }
  }

  split(): boolean {
    return false
  }

  /** To the next read that is open, in a circle: noise may have met the one before. */
  #advance(from: number): void {
    const { length } = this.#fingerprints
    for (let i = 1; i <= length; i++) {
      const index = (from + i) % length
      const fingerprint = this.#fingerprints[index]
      if (this.#reads.has(fingerprint) || this.#isNeverAnswered(fingerprint)) continue
      this.#state = { kind: 'reading', fingerprint: index }
      return
    }
    this.#match()
  }

  #isNeverAnswered(fingerprint: Fingerprint): boolean {
    let silences = 0
    for (const silent of this.#silent) if (isSameRead(silent, fingerprint)) silences++
    return silences >= MAX_SILENCES
  }

  /** Every read has been answered, refused or given up. */
  #match(): void {
    const matches = this.#fingerprints.filter((fingerprint) => this.#reads.match(fingerprint))
    const [first] = matches
    const models = matches.map(({ model }) => model).filter((one, i, all) => all.indexOf(one) === i)
    if (this.#fingerprints.some((fingerprint) => this.#isNeverAnswered(fingerprint)))
      return this.#rest(`it stays silent where models identify themselves: ${this.#advice}`)
    if (models.length > 1)
      return this.#rest(`${models.join(' and ')} identify themselves at this unit: ${this.#advice}`)
    const device = first && findDevice(first.model)
    if (!device)
      return this.#rest(`no model of the catalogue identifies itself at this unit: ${this.#advice}`)
    const matchedBy = this.#reads.match(first) ?? ''
    const check = new PlausibilityCheck(device, true)
    if (first.length > 1 || !check.request) this.#accept(device, matchedBy)
    else this.#state = { kind: 'checking', device, check, matchedBy }
  }

  #endCheck({ device, check, matchedBy }: State & { kind: 'checking' }): void {
    if (check.request) return
    if (check.readings.length > 0) return this.#accept(device, matchedBy)
    this.#rest(`${matchedBy} says ${device.id}, and other registers of it do not: ${this.#advice}`)
  }

  #accept(device: Device, matchedBy: string): void {
    // What checkDevice() could not know while the model was not known.
    const fault = checkDevice({ ...this.#config, model: device.id })
    if (!fault) this.#state = { kind: 'found', device, matchedBy }
    else this.#rest(`it is ${device.id} (${matchedBy}): ${fault.field}: ${fault.expected}`)
  }

  #rest(why: string, rounds = REST_ROUNDS): void {
    this.#state = { kind: 'resting', rounds, why }
  }

  get #advice(): string {
    return `name it in ${this.#field}`
  }
}
