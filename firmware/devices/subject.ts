/** What one device is asked: a search for what it is where that is not known, and then a program of reads. */
import type { LineTiming } from '../modbus/timing'
import { AUTO, checkFlow, chooseFlow, type DeviceConfig } from './config'
import type { Fingerprint } from './identify/fingerprint'
import { Identification } from './identify/identification'
import { SunSpecWalk } from './identify/sunspec'
import type { Device } from './model'
import { Program } from './poll/reads'
import type { DeviceSearch, ReadSequence } from './query'

/** The latency that the plan reckons with: a logged SDM630 answers after 51 ms. */
const LATENCY_MS = 50
/** What a device that is not known yet may need: no model of the catalogue needs more silence before it is asked... */
const UNKNOWN_QUIET_MS = 120
/** ...nor, of those that can be recognised, more patience at first, but Huawei's, which is learnt. */
const UNKNOWN_TIMEOUT_MS = 500
/** Registers of a round: most meters and batteries take fewer. */
const UNKNOWN_COUNT = 20

export interface SubjectOptions {
  index: number
  setup: DeviceConfig
  /** Undefined where it has to say itself which it is. */
  device: Device | undefined
  /** What it may say then. */
  checks: readonly Fingerprint[]
  timing: LineTiming
}

export class Subject {
  readonly #setup: DeviceConfig
  readonly #timing: LineTiming
  readonly #recognition: Identification | undefined
  #device: Device | undefined
  #program: Program | undefined
  /** Until there is a program. */
  #search: DeviceSearch | undefined

  constructor({ index, setup, device, checks, timing }: SubjectOptions) {
    this.#setup = setup
    this.#timing = timing
    if (device) this.#become(device)
    else this.#search = this.#recognition = new Identification(index, setup, checks)
  }

  /** Its id in the catalogue, and whether it was found out. */
  get model(): string {
    if (!this.#recognition) return this.#setup.model
    return this.#device ? `${AUTO}: ${this.#device.id}` : AUTO
  }

  get program(): Program | undefined {
    return this.#program
  }

  get inquiry(): ReadSequence {
    return this.#program ?? (this.#search as DeviceSearch)
  }

  /** Nobody knows what it is: a question that it does not answer may not be one for it. */
  get isUnknown(): boolean {
    return this.#search !== undefined && this.#search === this.#recognition
  }

  get quietMs(): number {
    return this.#device?.quietMs ?? UNKNOWN_QUIET_MS
  }

  /** Its patience at first. */
  get timeoutMs(): number {
    return this.#device?.timeoutMs ?? UNKNOWN_TIMEOUT_MS
  }

  /** How long its reads take by reckoning, or will take once it is known. */
  get reckonedMs(): number {
    const quietMs = Math.max(this.#timing.silenceMs, this.#device?.quietMs ?? 0)
    let ms = 0
    for (const count of this.#program?.counts ?? [UNKNOWN_COUNT])
      ms += this.#timing.frameMs(8 + 5 + 2 * count) + quietMs + LATENCY_MS
    return ms
  }

  /** Why there is no reading, where the questions of a search are over; '' where there is a program to go on with. */
  conclude(): string {
    if (!this.#search) return ''
    const { device, why } = this.#search
    if (!device) return why
    if (this.isUnknown) {
      this.#become(device)
      // Its reads were in no round's reckoning.
      return `identified as ${device.id} (${why}): read from the next round on`
    }
    if (!chooseFlow(device, this.#setup)) return 'no SunSpec model for this role'
    // What checkDevice() cannot know before the walk.
    const fault = checkFlow(device, this.#setup)
    if (fault) return `${fault.field}: ${fault.expected}`
    this.#run(device)
    return ''
  }

  /** It has been silent for long. */
  lose(): void {
    if (this.#recognition) {
      // Who comes back may be another.
      this.#recognition.restart()
      this.#search = this.#recognition
      this.#device = this.#program = undefined
    } else if (this.#device?.kind === 'sunspec') {
      // A new battery or new firmware moves the models of its map, and neither comes without a restart.
      this.#program = undefined
      this.#search = new SunSpecWalk(this.#device)
    }
  }

  #become(device: Device): void {
    this.#device = device
    if (device.kind === 'sunspec') this.#search = new SunSpecWalk(device)
    else this.#run(device)
  }

  #run(device: Device): void {
    const { silenceMs } = this.#timing
    this.#search = undefined
    this.#program = new Program(device, this.#setup, {
      turnaroundMs: this.#timing.frameMs(8 + 5) + 2 * silenceMs + device.quietMs + LATENCY_MS,
      registerMs: this.#timing.frameMs(2),
    })
  }
}
