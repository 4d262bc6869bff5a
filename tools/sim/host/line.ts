/** The meters on one RS-485 line: every frame reaches all of them, and at most one of them answers. */
import type { UnixMs } from '../../../firmware/core/time'
import { answer, type Fault } from '../modbus/slave'
import type { Site } from '../site/house'
import { registersOf, type SimulatedModel } from '../site/meters'

export interface Meter {
  model: SimulatedModel
  unit: number
  /** May be set and cleared at any time. */
  fault?: Fault
}

export class MeterLine {
  readonly meters: Meter[]
  readonly #site: Site
  readonly #utc: () => UnixMs

  constructor({ meters, site, utc }: { meters: Meter[]; site: Site; utc: () => UnixMs }) {
    this.meters = meters
    this.#site = site
    this.#utc = utc
  }

  /** What the line carries back for one whole frame; undefined is silence. */
  answer(request: Uint8Array): Uint8Array | undefined {
    const moment = this.#site.at(this.#utc())
    for (const { model, unit, fault } of this.meters) {
      const bytes = answer({ unit, fault, read: registersOf(model, moment) }, request)
      if (bytes) return bytes
    }
    return undefined
  }
}

const MOST_REQUEST_BYTES = 256

/**
 * Cuts the master's byte stream into frames. A pseudo-terminal keeps no timing inside a frame, so a frame is
 * whole where its length is known (reads have 8 bytes); silence starts anew, as t3.5 does on a wire.
 */
export class RequestFramer {
  readonly #silenceMs: number
  readonly #held = new Uint8Array(MOST_REQUEST_BYTES)
  #length = 0
  #lastMs = 0

  constructor({ silenceMs }: { silenceMs: number }) {
    this.#silenceMs = silenceMs
  }

  /** Calls `onFrame` for each whole read in `bytes`, which came at `nowMs`. */
  receive(bytes: Uint8Array, nowMs: number, onFrame: (frame: Uint8Array) => void): void {
    if (nowMs - this.#lastMs >= this.#silenceMs) this.#length = 0
    this.#lastMs = nowMs
    for (const byte of bytes) {
      if (this.#length === MOST_REQUEST_BYTES) this.#length = 0
      this.#held[this.#length++] = byte
      if (this.#length < 8) continue
      onFrame(this.#held.slice(0, 8))
      this.#length = 0
    }
  }
}
