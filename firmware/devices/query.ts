/** What one device is asked, one read after the other, and what a round of it comes to. */
import type { MonotonicMs } from '../core/time'
import type { Answer, Ask } from '../modbus/exchange'
import type { ReadCode } from './model'

/** One read of a device. */
export interface ReadRequest {
  readonly code: ReadCode
  readonly address: number
  readonly count: number
  /** Its shortest part that can be read alone: what a device is asked that may not be there. */
  readonly minCount: number
  /** Bit n: n registers more can be read with it; bit 0: it is asked in each round (modbus/exchange.ts). */
  readonly paddings: number
  /** 0 if it is known that the device answers with padding (poll/padding.ts). */
  readonly paddingDoubts: number
  /** Whether it brings a part of the power that changes. */
  readonly power: boolean
  /** Whether what it brought a moment ago may be wrong by now: a power, or what others are scaled by. */
  readonly changes: boolean
  /** Of its last reply (modbus/exchange.ts). */
  checksum: number | undefined
  /** Whether that was skipped as a copy: what is the same counts if it is asked again in this round, and not in a later one. */
  isCopied?: boolean
  /** Whether what refused it may have been the late refusal of another one: it is asked again once none can come. */
  awaitsClear: boolean
  /** It met silence in an earlier round, perhaps for its length: its shortest part shows first whether the device lives. */
  readonly suspectLength: boolean
}

/** A read of what a device is: only the whole of it helps. */
export function searchRead(code: ReadCode, address: number, count: number): ReadRequest {
  return {
    code,
    address,
    count,
    minCount: count,
    paddings: 0,
    paddingDoubts: 0,
    power: false,
    changes: false,
    checksum: undefined,
    awaitsClear: false,
    suspectLength: false,
  }
}

/** Why a read brought nothing: only a refusal says that the device does not have it. */
export type ReadFailure = 'refused' | 'silent' | 'unclear'

/** Reads in a row, each answered or skipped: those of a round, or those that find out what a device is. */
export interface ReadSequence {
  /** Starts over; what takes several rounds goes on where it was. */
  begin(): void
  /** The read that is due; undefined at the end. */
  readonly request: ReadRequest | undefined
  /** Takes the registers that answer it, from `start` on. */
  take(bytes: Uint8Array, start: number, sentAt: MonotonicMs, receivedAt: MonotonicMs): void
  skip(why: ReadFailure): void
  /**
   * Puts two shorter reads in the place of this one, which is refused, or met by silence. They stay if one of them
   * is answered. False if it cannot be shorter, or if the silence may still be noise.
   */
  split(silent: boolean): boolean
}

/** Who asks in the time that the rounds of a bus leave. */
export interface BusGuest {
  /** When its next request may go out; FOREVER if it has none. */
  readonly notBefore: MonotonicMs
  /** That request. It is asked for again if there is no time for it. */
  ask(): Ask
  take(answer: Answer, now: MonotonicMs): void
}

export interface MeasuredReport {
  kind: 'measured'
  /** Its index in the settings. */
  device: number
  /** Import, consumption and charging positive. */
  powerW: number
  stateOfChargeWh?: number
  /** What the log has to say of it. */
  note?: string
  /** The middle of the reads that brought the power. */
  at: MonotonicMs
}

/** What a round of one device comes to. */
export type DeviceReport = MeasuredReport | { kind: 'failed'; device: number; why: string }

/** Since the start. */
export interface DeviceTraffic {
  requests: number
  timeouts: number
  crcErrors: number
  exceptions: number
}
