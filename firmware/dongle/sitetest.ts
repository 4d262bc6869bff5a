/**
 * An installer's test of a site: what has to work before samples arrive, each step told once, as the running dongle shows it.
 * It changes nothing and sends nothing of its own.
 */
import { later, type MonotonicMs } from '../core/time'
import type { Health } from './health'
import type { Report, WorkingState } from './report'

/** For network, time and broker together. Wi-Fi, a time server and TLS take some ten seconds, a refused broker is asked again. */
export const MAX_CONNECT_MS = 120_000
/** From the time on, which says when to read. A round is 4 s, and some devices need a few to be known. */
export const MAX_READ_MS = 40_000
/** How often the dongle is looked at. */
export const LOOK_MS = 500

/** In the order of the way to the platform; each state comes before the step that ends it. */
const STEPS = ['network', 'time', 'broker'] as const
const STATES: readonly WorkingState[] = ['joining', 'synchronising', 'connecting', 'streaming']

/** What is told of a step. `powerW`: import, consumption and charging positive. */
export type TestedStep = { ok: boolean; why?: string } & (
  | { step: (typeof STEPS)[number] }
  | { step: 'device'; model: string; unit: number; powerW?: number; stateOfChargeWh?: number }
)

export class SiteTest {
  readonly #tell: (step: TestedStep) => void
  readonly #connectBy: MonotonicMs
  #readBy: MonotonicMs | undefined
  /** How many of STEPS have been told. */
  #steps = 0
  /** Of each device: its newest answer, or undefined once that it works was told. */
  readonly #reads: ((Report & { kind: 'read' }) | 'unread' | undefined)[]
  #ok = true

  constructor(devices: number, now: MonotonicMs, tell: (step: TestedStep) => void) {
    this.#tell = tell
    this.#connectBy = later(now, MAX_CONNECT_MS)
    this.#reads = new Array(devices).fill('unread')
  }

  read(report: Report & { kind: 'read' }): void {
    if (this.#reads[report.device] !== undefined) this.#reads[report.device] = report
  }

  /** Whether all of it works, as soon as that is known. */
  look(health: Health, now: MonotonicMs): boolean | undefined {
    const reached = STATES.indexOf(health.state as WorkingState)
    while (this.#steps < reached) this.#tell({ step: STEPS[this.#steps++], ok: true })
    if (this.#steps >= STEPS.indexOf('broker')) this.#readBy ??= later(now, MAX_READ_MS)
    const isConnecting = this.#steps < STEPS.length && now < this.#connectBy
    const isReading = this.#tellDevices(health, this.#readBy !== undefined && now >= this.#readBy)
    if (isConnecting || (isReading && this.#readBy !== undefined)) return undefined
    if (this.#steps < STEPS.length) {
      this.#ok = false
      this.#tell({ step: STEPS[this.#steps], ok: false, why: health.why || 'no answer yet' })
    }
    return this.#ok
  }

  /** Whether any has still to answer. */
  #tellDevices({ devices }: Health, isOver: boolean): boolean {
    let isReading = false
    for (let device = 0; device < this.#reads.length; device++) {
      const read = this.#reads[device]
      if (read === undefined) continue
      const { model, unit } = devices[device]
      if (read !== 'unread' && read.powerW !== undefined) {
        const { powerW, stateOfChargeWh } = read
        this.#tell({ step: 'device', model, unit, ok: true, powerW, stateOfChargeWh })
      } else if (isOver) {
        const why = read === 'unread' ? 'not read yet' : read.why
        this.#ok = false
        this.#tell({ step: 'device', model, unit, ok: false, why })
      } else {
        isReading = true
        continue
      }
      this.#reads[device] = undefined
    }
    return isReading
  }
}
