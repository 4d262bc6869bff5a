/** One device on the line: registers over a signal, and what it truly showed, whatever was put in its place meanwhile. */
import type { UnixMs } from '../../../firmware/core/time'
import { AUTO } from '../../../firmware/devices/config'
import type { ReadRegisters } from '../modbus/slave'
import type { DeviceImage, Part } from './image'
import type { Moment, Signal } from './signal'

/** A device is read at some instant of the second that it names, or of one beside it. */
const AROUND_S = [-1, 0, 1] as const

/** What a stream takes of a device. */
export interface Asked {
  /** That the installer has named; any that the firmware identifies, if it is AUTO. */
  model: string
  /** That the firmware prefers, if undefined. */
  part?: Part
  phases?: readonly number[]
}

/** What was at a unit, since when; nothing if `image` is undefined. */
interface Stay {
  readonly since: number
  readonly image: DeviceImage | undefined
  readonly scale: number
}

type Present = Stay & { readonly image: DeviceImage }

const SILENCE: ReadRegisters = () => undefined

/** More than a register of hundredths of an ampere can hold, and how fast the current gets there. */
const SURGE_A = 345
const SURGE_A_PER_S = 15

/** A current that grows out of a BMS's register and comes back, or breaks off at `endS`. */
interface Surge {
  readonly fromS: number
  readonly toS: number
  endS: number
}

/** A BMS that has just restarted shows zeros. */
export type Start = 'over' | 'zeros' | 'zeros but for its voltage'

/** It was read: from the request to the last byte of the answer, in ms of UTC, and the second whose registers those were. */
interface Read {
  readonly from: number
  to: number
  readonly second: number
}

/** Reads that are less apart belong to one round of the dongle: what was lost is asked for again. */
const ROUND_GAP_MS = 2000
/** The longest read, whose answer waits in a gateway, and the round around it. */
const MAX_READ_MS = 12_000
/** Of some minutes. */
const MAX_READS = 2048
/** Nobody knows how far a sample's time may be from its reads. */
const UNKNOWN = Number.POSITIVE_INFINITY

export class SimulatedMeter {
  readonly #reads: Read[] = []
  readonly unit: number
  #start: Start = 'over'
  /** When it began to show zeros, and when it was up, in seconds. */
  readonly #starts: number[] = []
  readonly #signal: Signal
  readonly #stays: Stay[]
  readonly #surges: Surge[] = []

  constructor({ unit, image, signal }: { unit: number; image: DeviceImage; signal: Signal }) {
    this.unit = unit
    this.#signal = signal
    this.#stays = [{ since: 0, image, scale: 1 }]
  }

  get image(): DeviceImage | undefined {
    return this.#stay.image
  }

  get model(): string | undefined {
    return this.image?.model
  }

  registers(utc: UnixMs): ReadRegisters {
    const { image, scale } = this.#stay
    return image?.read(this.#shownAt(utc), scale) ?? SILENCE
  }

  /** Answers the read, whose end may be put off. */
  wasRead(from: number, to: number, second: number): Read {
    const read = { from, to, second }
    this.#reads.push(read)
    if (this.#reads.length > MAX_READS) this.#reads.shift()
    return read
  }

  restart(start: Start, utc: UnixMs): void {
    if (start === this.#start) return
    this.#start = start
    this.#starts.push(Math.floor(utc / 1000))
  }

  /** Answers how it is broken off behind the second that it is told. */
  surge(fromS: number, lastsS: number): (second: number) => void {
    const surge: Surge = { fromS, toS: fromS + lastsS, endS: fromS + lastsS }
    this.#surges.push(surge)
    return (second) => {
      surge.endS = Math.min(surge.endS, second + 1)
    }
  }

  /** It is set anew, or its scale factor moves. */
  setScale(scale: number, utc: UnixMs): void {
    this.#stays.push({ since: utc, image: this.image, scale })
  }

  /** Another one is put in its place, or nothing. */
  replace(image: DeviceImage | undefined, utc: UnixMs): void {
    this.#stays.push({ since: utc, image, scale: 1 })
  }

  /**
   * The powers in W that it showed in that second: import, consumption and charging positive. Those of the seconds beside it
   * too, if it was read in them for a sample that may be of that second: its time is up to `offMs` off.
   */
  powersAround(second: number, { model, part, phases }: Asked, offMs = UNKNOWN): number[] {
    const powers: number[] = []
    const seconds = this.#secondsShown(second, offMs)
    for (const { image, scale } of this.#around(second, model)) {
      const around = seconds.map((shown) => this.#at(shown))
      // Of two reads one may have been of its zeros.
      if (this.#starts.some((at) => Math.abs(at - second) <= AROUND_S[2]))
        around.push({ ...this.#at(second), batteryA: 0 })
      powers.push(...image.powers(part ?? image.parts[0], phases, around, scale))
    }
    return powers
  }

  #secondsShown(second: number, offMs: number): number[] {
    const reads = this.#reads
    const from = second * 1000 - offMs
    const to = second * 1000 + 1000 + offMs
    const isKnown = reads.length > 0 && reads[0].from + MAX_READ_MS < from
    if (!isKnown) return AROUND_S.map((off) => second + off)
    const shown = new Set<number>()
    for (let last = reads.length - 1; last >= 0 && reads[last].from > from - MAX_READ_MS; ) {
      let first = last
      let endedAt = reads[last].to
      while (first > 0 && reads[first].from - reads[first - 1].to < ROUND_GAP_MS)
        endedAt = Math.max(endedAt, reads[--first].to)
      if (reads[first].from < to && endedAt >= from)
        for (let i = first; i <= last; i++)
          if (Math.abs(reads[i].second - second) <= AROUND_S[2]) shown.add(reads[i].second)
      last = first - 1
    }
    return [...shown]
  }

  /** How far its rounding may take a power from the truth, in W. */
  toleranceW(second: number, { model, part }: Asked): number {
    return Math.max(
      0,
      ...this.#around(second, model).map(({ image, scale }) =>
        image.toleranceW(part ?? image.parts[0], scale),
      ),
    )
  }

  /** What is truly stored, and what would be if it were full; empty if it is no battery. */
  storedAround(second: number, { model, part }: Asked): { storedWh: number; fullWh: number }[] {
    return this.#around(second, model)
      .filter(({ image }) => (part ?? image.parts[0]) === 'battery')
      .map(({ image, scale }) => image.stored(this.#at(second), scale))
  }

  get #stay(): Stay {
    return this.#stays[this.#stays.length - 1]
  }

  /** What was there within the seconds around, if it can be what is asked for. */
  #around(second: number, model: string): Present[] {
    const from = (second + AROUND_S[0]) * 1000
    const to = (second + AROUND_S[2] + 1) * 1000
    const isAsked = (stay: Stay, i: number): stay is Present =>
      stay.image !== undefined &&
      (model === AUTO || stay.image.model === model) &&
      stay.since < to &&
      (this.#stays[i + 1]?.since ?? to) >= from
    return this.#stays.filter(isAsked)
  }

  #at(second: number): Moment {
    return this.#disturbed(this.#signal.at((second * 1000) as UnixMs), second)
  }

  #shownAt(utc: UnixMs): Moment {
    const moment = this.#disturbed(this.#signal.at(utc), Math.floor(utc / 1000))
    if (this.#start === 'over') return moment
    const batteryV = this.#start === 'zeros' ? 0 : moment.batteryV
    return { ...moment, batteryA: 0, batteryV, stateOfChargeWh: 0 }
  }

  #disturbed(moment: Moment, second: number): Moment {
    const surge = this.#surges.find(({ fromS, endS }) => second > fromS && second < endS)
    if (!surge) return moment
    const sinceS = Math.min(second - surge.fromS, surge.toS - second)
    const surgeA = Math.min(SURGE_A, SURGE_A_PER_S * sinceS)
    return { ...moment, batteryA: moment.batteryA + surgeA }
  }
}
