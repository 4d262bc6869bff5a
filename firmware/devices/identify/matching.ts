/**
 * Which models of the catalogue identify themselves at a device, and whether one of them is certain: the same for a
 * device that is set up as `auto` and for the scan. Each identification register is asked for. A model is certain if it
 * is the only one that matches, if each of these reads is answered or refused, and, unless it matches by a text, if the
 * other registers of the model confirm it: a single number may be a reading of some other device.
 */
import { findDevice } from '../catalogue/find'
import type { Device } from '../model'
import { type ReadFailure, type ReadRequest, type ReadSequence, searchRead } from '../query'
import { type Fingerprint, IdentificationReads, isSameRead } from './fingerprint'
import { PlausibilityCheck } from './plausibility'

/** So many registers, such as a voltage and a frequency, have to be plausible beside the number that identifies. */
export const MIN_CONFIRMATIONS = 2

export interface ModelMatch {
  readonly device: Device
  /** The register that identifies it, and what it says, in words. */
  readonly matchedBy: string
  /** By a number: one that any device may show. */
  readonly needsCheck: boolean
  /** Not begun if it is not needed. */
  readonly check: PlausibilityCheck
}

export interface MatchingOptions {
  /** A read that meets silence so often is one that the device never answers. */
  readonly maxSilences: number
  /** Once there is such a read, only so many fingerprints, the first, are still asked for. */
  readonly essential: number
}

type State =
  | { kind: 'reading'; fingerprint: number }
  | { kind: 'checking'; match: number }
  | { kind: 'done' }

export class ModelMatching implements ReadSequence {
  readonly #fingerprints: readonly Fingerprint[]
  readonly #options: MatchingOptions
  readonly #reads = new IdentificationReads()
  /** Each read that met silence, as often as it did. */
  readonly #silent: Fingerprint[] = []
  readonly #matches: ModelMatch[] = []
  #isSilent = false
  #state: State = { kind: 'reading', fingerprint: 0 }

  constructor(fingerprints: readonly Fingerprint[], options: MatchingOptions) {
    this.#fingerprints = fingerprints
    this.#options = options
  }

  begin(): void {}

  /** Undefined at the end. */
  get request(): ReadRequest | undefined {
    const state = this.#state
    if (state.kind === 'checking') return this.#matches[state.match].check.request
    if (state.kind === 'done') return undefined
    const { code, at, length } = this.#fingerprints[state.fingerprint]
    return searchRead(code, at, length)
  }

  /** The models whose identification registers match, whether or not the rest of them does. */
  get matches(): readonly ModelMatch[] {
    return this.#matches
  }

  /** Whether the device leaves reads unanswered that others refuse. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** What the device is beyond doubt, once no read is due. */
  get certain(): ModelMatch | undefined {
    const match = this.#matches[0]
    const isOnly = this.#matches.length === 1 && !this.#isSilent && !this.request
    return isOnly && isConfirmed(match) ? match : undefined
  }

  /** In words, why nothing is certain. */
  get why(): string {
    const match = this.#matches[0]
    if (this.#isSilent) return 'it stays silent where models identify themselves'
    if (!match) return 'no model of the catalogue identifies itself at this unit'
    if (this.#matches.length === 1)
      return `${match.matchedBy} says ${match.device.id}, and other registers of it do not`
    return `${this.#matches.map(({ device }) => device.id).join(' and ')} identify themselves at this unit`
  }

  take(bytes: Uint8Array, start: number): void {
    const state = this.#state
    if (state.kind === 'checking') {
      this.#matches[state.match].check.take(bytes, start)
      this.#checkFrom(state.match)
    } else if (state.kind === 'reading') {
      const fingerprint = this.#fingerprints[state.fingerprint]
      this.#reads.record(fingerprint, bytes.slice(start, start + 2 * fingerprint.length))
      this.#advance(state.fingerprint)
    }
  }

  skip(why: ReadFailure): void {
    const state = this.#state
    if (state.kind === 'checking') {
      this.#matches[state.match].check.skip(why)
      this.#checkFrom(state.match)
    } else if (state.kind === 'reading') {
      const fingerprint = this.#fingerprints[state.fingerprint]
      if (why === 'refused') this.#reads.record(fingerprint, undefined)
      else if (why === 'silent') this.#silent.push(fingerprint)
      if (this.#isNeverAnswered(fingerprint)) this.#isSilent = true
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
      if (!this.#isOpen(index)) continue
      this.#state = { kind: 'reading', fingerprint: index }
      return
    }
    this.#match()
  }

  #isOpen(index: number): boolean {
    const fingerprint = this.#fingerprints[index]
    if (this.#isSilent && index >= this.#options.essential) return false
    return !this.#reads.has(fingerprint) && !this.#isNeverAnswered(fingerprint)
  }

  #isNeverAnswered(fingerprint: Fingerprint): boolean {
    let silences = 0
    for (let i = 0; i < this.#silent.length; i++)
      if (isSameRead(this.#silent[i], fingerprint)) silences++
    return silences >= this.#options.maxSilences
  }

  /** Every read has been answered, refused or given up. */
  #match(): void {
    for (let i = 0; i < this.#fingerprints.length; i++) {
      const fingerprint = this.#fingerprints[i]
      const matchedBy = this.#reads.match(fingerprint)
      if (!matchedBy || this.#matches.some(({ device }) => device.id === fingerprint.model))
        continue
      const device = findDevice(fingerprint.model)
      if (!device) continue
      // The marker of a SunSpec map is a text too; its registers are known once the map has been walked.
      const needsCheck = fingerprint.text === undefined && device.registers.length > 0
      this.#matches.push({ device, matchedBy, needsCheck, check: new PlausibilityCheck(device) })
    }
    this.#checkFrom(0)
  }

  #checkFrom(first: number): void {
    for (let match = first; match < this.#matches.length; match++) {
      const { needsCheck, check } = this.#matches[match]
      if (!needsCheck || !check.request) continue
      this.#state = { kind: 'checking', match }
      return
    }
    this.#state = { kind: 'done' }
  }
}

/** Whether more than one number speaks for the model, and nothing against it. */
export function isConfirmed({ needsCheck, check }: ModelMatch): boolean {
  const isContradicted = check.isContradicted || check.request !== undefined
  return !needsCheck || (!isContradicted && check.confirmations >= MIN_CONFIRMATIONS)
}
