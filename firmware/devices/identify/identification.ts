/**
 * The model of a device that is set up as `auto`. A dongle that streams unattended must not guess: the device is read
 * only once its model is certain (matching.ts), and asked anew after a while if none is.
 */
import { checkDevice, type DeviceConfig } from '../config'
import type { Device } from '../model'
import type { ReadFailure, ReadRequest, ReadSequence } from '../query'
import type { Fingerprint } from './fingerprint'
import { ModelMatching } from './matching'

/** In one round: the other devices on the line are read in between. */
const MAX_READS_A_ROUND = 4
/** A read that meets silence so often, from a device that answers others, is one that the device never answers. */
const MAX_SILENCES = 2
/** A device that could not be identified is asked anew after so many rounds: a minute at 4 s. */
const REST_ROUNDS = 15

type State =
  | { kind: 'matching'; matching: ModelMatching }
  | { kind: 'found'; device: Device; matchedBy: string }
  | { kind: 'resting'; rounds: number; why: string }

export class Identification implements ReadSequence {
  readonly #fingerprints: readonly Fingerprint[]
  readonly #config: DeviceConfig
  /** The setting that names the model, for the installer. */
  readonly #field: string
  #state: State
  #readsLeft = 0

  constructor(index: number, config: DeviceConfig, fingerprints: readonly Fingerprint[]) {
    this.#field = index < 0 ? 'device.model' : `devices[${index}].model`
    this.#config = config
    this.#fingerprints = fingerprints
    this.#state = this.#anew()
  }

  /** Forgets what has been answered. */
  restart(): void {
    this.#state = this.#anew()
  }

  begin(): void {
    const state = this.#state
    this.#readsLeft = MAX_READS_A_ROUND
    if (state.kind !== 'resting') return
    if (state.rounds === 0) this.restart()
    else this.#state = { ...state, rounds: state.rounds - 1 }
  }

  get request(): ReadRequest | undefined {
    const state = this.#state
    return state.kind === 'matching' && this.#readsLeft > 0 ? state.matching.request : undefined
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
    if (state.kind !== 'matching') return
    state.matching.take(bytes, start)
    this.#conclude(state.matching)
  }

  skip(why: ReadFailure): void {
    const state = this.#state
    // A silence takes more line time than an answer, and noise may go on: no more in this round.
    this.#readsLeft = why === 'refused' ? this.#readsLeft - 1 : 0
    if (state.kind !== 'matching') return
    state.matching.skip(why)
    this.#conclude(state.matching)
  }

  split(): boolean {
    return false
  }

  #anew(): State {
    const options = { maxSilences: MAX_SILENCES, essential: this.#fingerprints.length }
    return { kind: 'matching', matching: new ModelMatching(this.#fingerprints, options) }
  }

  #conclude(matching: ModelMatching): void {
    if (matching.request) return
    const { certain } = matching
    if (!certain) return this.#rest(matching.why)
    const { device, matchedBy } = certain
    // What checkDevice() could not know while the model was not known.
    const fault = checkDevice({ ...this.#config, model: device.id })
    if (fault)
      this.#state = resting(`it is ${device.id} (${matchedBy}): ${fault.field}: ${fault.expected}`)
    else this.#state = { kind: 'found', device, matchedBy }
  }

  #rest(why: string): void {
    this.#state = resting(`${why}: name it in ${this.#field}`)
  }
}

function resting(why: string): State {
  return { kind: 'resting', rounds: REST_ROUNDS, why }
}
