/** What a simulated device is: the registers in which it shows a moment, and the powers that are true of them. */
import type { ReadRegisters } from '../modbus/slave'
import type { Moment } from './signal'

/** What of a device a stream is: the grid connection or a load, its battery, its panels. */
export type Part = 'power' | 'battery' | 'pv'

export interface RegisterAddress {
  readonly code: number
  readonly at: number
}

export interface DeviceImage {
  /** Its id in the catalogue. */
  readonly model: string
  /** The parts that it has, in the order in which the firmware prefers them for a resource. */
  readonly parts: readonly Part[]
  /**
   * What can be set in it, as a factor of what it was: a ratio, the size of its battery, the step of its power. Empty if
   * nothing can.
   */
  readonly scales: readonly number[]
  /** It sets that itself, while it runs: a scale factor of SunSpec. */
  readonly scaleMoves: boolean
  /** Its power can be told phase by phase. */
  readonly hasPhases: boolean
  /** The installer has to say which way its power flows. */
  readonly isUnsigned: boolean
  /** The installer has to say how large its battery is. */
  readonly needsCapacity: boolean
  /** Whether it says itself what it is, and answers what others are asked for that. */
  readonly identifies: boolean
  read(moment: Moment, scale: number): ReadRegisters
  /** The registers of its map; empty if nobody asks. */
  readonly addresses: readonly RegisterAddress[]
  /** Whether it answers there, with a register of its map or with zeros. */
  has(address: RegisterAddress): boolean
  /**
   * All powers in W that its registers can make if each read is of one of these moments. Import, consumption and
   * charging positive.
   */
  powers(
    part: Part,
    phases: readonly number[] | undefined,
    at: readonly Moment[],
    scale: number,
  ): number[]
  /** How far its rounding may take a power from the truth, in W. */
  toleranceW(part: Part, scale: number): number
  /** What is stored, and what would be if it were full. */
  stored(moment: Moment, scale: number): { storedWh: number; fullWh: number }
}

/** The sums of one value of each of `terms`. */
export function sums(terms: readonly (readonly number[])[]): number[] {
  return terms.reduce<number[]>(
    (all, term) => all.flatMap((sum) => term.map((value) => sum + value)),
    [0],
  )
}
