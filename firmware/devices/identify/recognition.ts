/**
 * What a device is that a scan has met: read as one that is set up as `auto` (matching.ts), so that it is certain for
 * both or for neither; if nothing is confirmed, what it may be (guesses.ts).
 */
import { findDevice, listDevices } from '../catalogue/find'
import type { Device } from '../model'
import type { ReadFailure, ReadRequest, ReadSequence } from '../query'
import { addFingerprints, type Fingerprint } from './fingerprint'
import { ModelGuesses } from './guesses'
import { isConfirmed, ModelMatching } from './matching'
import type { PlausibilityCheck, QuantityReading } from './plausibility'
import { coversProbe, type Probe } from './probes'

/** More than any model of the catalogue takes: they bound what an unknown device costs. */
const MAX_READS = 200
const MAX_SILENCES = 20

export interface Finding {
  /** Its id in the catalogue; undefined if the catalogue does not know it. */
  readonly model: string | undefined
  /** What it was found by, in words. */
  readonly matchedBy: string
  /** Whether it would be read as this model if it were set up as `auto`. */
  readonly certain: boolean
  readonly readings: readonly QuantityReading[]
  /** If the model is not known: those that it may be. */
  readonly candidates: readonly string[]
}

type State =
  /** Whether it says what it is. */
  | { kind: 'matching'; sequence: ModelMatching }
  /** What it shows at the moment, if it is the match of that number. */
  | { kind: 'reading'; sequence: PlausibilityCheck; matching: ModelMatching; match: number }
  /** What it may be. */
  | { kind: 'guessing'; sequence: ModelGuesses; doubted: readonly string[] }
  | { kind: 'done' }

export class Recognition implements ReadSequence {
  readonly findings: Finding[] = []
  /** All of the catalogue, and first the likely ones: those that have what the device has answered. */
  readonly #models: string[] = []
  readonly #likely: number
  #state: State
  #reads = 0
  #silences = 0

  /** `answered`: what the device has answered; undefined if it refused it. */
  constructor(answered: Probe | undefined) {
    const others: string[] = []
    const fingerprints: Fingerprint[] = []
    const further: Fingerprint[] = []
    for (const id of listDevices()) {
      const device = findDevice(id)
      if (!device) continue
      const isLikely = answered !== undefined && coversProbe(device, answered)
      if (isLikely) this.#models.push(id)
      else others.push(id)
      addFingerprints(isLikely ? fingerprints : further, device)
    }
    this.#likely = this.#models.length
    this.#models.push(...others)
    const options = { maxSilences: 1, essential: fingerprints.length }
    const sequence = new ModelMatching([...fingerprints, ...further], options)
    this.#state = { kind: 'matching', sequence }
  }

  begin(): void {}

  /** Undefined at the end. */
  get request(): ReadRequest | undefined {
    return this.#state.kind === 'done' ? undefined : this.#state.sequence.request
  }

  take(bytes: Uint8Array, start: number): void {
    if (this.#state.kind === 'done') return
    this.#state.sequence.take(bytes, start)
    this.#advance()
  }

  skip(why: ReadFailure): void {
    if (this.#state.kind === 'done') return
    if (why === 'silent') this.#silences++
    this.#state.sequence.skip(why)
    this.#advance()
  }

  split(): boolean {
    return false
  }

  #advance(): void {
    this.#reads++
    const isTooLong = this.#reads >= MAX_READS || this.#silences >= MAX_SILENCES
    while (this.#state.kind !== 'done' && (isTooLong || !this.request)) this.#conclude(this.#state)
  }

  #conclude(state: Exclude<State, { kind: 'done' }>): void {
    switch (state.kind) {
      case 'matching':
        return this.#readFrom(state.sequence, 0)
      case 'reading':
        this.#reportMatch(state.matching, state.match)
        return this.#readFrom(state.matching, state.match + 1)
      case 'guessing': {
        const { plausible, possible } = state.sequence
        for (const { device, why, readings } of plausible)
          this.findings.push(findingOf(device, why, false, readings))
        if (plausible.length === 0)
          this.findings.push({ ...UNKNOWN, candidates: [...state.doubted, ...possible] })
        this.#state = { kind: 'done' }
      }
    }
  }

  /** What it shows as the next model that it says it is; what it may be if it says none that is confirmed. */
  #readFrom(matching: ModelMatching, first: number): void {
    const { matches, isSilent } = matching
    for (let match = first; match < matches.length; match++) {
      if (!isConfirmed(matches[match])) continue
      this.#state = { kind: 'reading', sequence: matches[match].check, matching, match }
      return
    }
    if (this.findings.length > 0) this.#state = { kind: 'done' }
    else {
      const sequence = new ModelGuesses(this.#models, this.#likely, isSilent)
      this.#state = { kind: 'guessing', sequence, doubted: matches.map(({ device }) => device.id) }
    }
  }

  #reportMatch(matching: ModelMatching, match: number): void {
    const { device, matchedBy, check } = matching.matches[match]
    const certain = matching.certain?.device === device
    const why = certain ? matchedBy : `${matchedBy}, but ${matching.why}`
    this.findings.push(findingOf(device, why, certain, check.readings))
  }
}

const UNKNOWN: Finding = {
  model: undefined,
  matchedBy: 'it answers',
  certain: false,
  readings: [],
  candidates: [],
}

function findingOf(
  { id }: Device,
  matchedBy: string,
  certain: boolean,
  readings: readonly QuantityReading[],
): Finding {
  return { model: id, matchedBy, certain, readings, candidates: [] }
}
