/** Questions to one device in a row: what the bus asks, whatever is made of the answers. */
import type { Device, ReadCode } from './model'

/** One read of a device, as the line sees it. */
export interface ReadRequest {
  readonly code: ReadCode
  readonly address: number
  readonly count: number
  /** The least of it that can be asked: what a device is asked that may not be there. */
  readonly minCount: number
  /** Whether it brings a part of the power that changes. */
  readonly power: boolean
  /** It stayed silent in an earlier round: shown to be alive by the least of it first, its silence tells more. */
  readonly suspectLength: boolean
}

/** Why a question was not answered: only a refusal says that the device has no such thing. */
export type ReadFailure = 'refused' | 'silent' | 'unclear'

/** Questions in a row, each either answered or skipped: a round of reads, or the way through a SunSpec map. */
export interface ReadSequence {
  /** Starts over, or goes on where it may take several rounds. */
  begin(): void
  readonly request: ReadRequest | undefined
  /** Takes the registers that answer the question, from `start` on. */
  take(bytes: Uint8Array, start: number): void
  skip(why: ReadFailure): void
  /**
   * Puts two shorter questions in the place of this one, which is refused, or met by silence. They stay if one of them
   * is answered. False where it is as short as can be, or where the silence may be noise yet.
   */
  split(silent: boolean): boolean
}

/** An inquiry after what a device is. */
export interface DeviceSearch extends ReadSequence {
  /** What it has turned out to be, once there is no question left. */
  readonly device: Device | undefined
  /** In words, where there is none, or none yet. */
  readonly why: string
}
