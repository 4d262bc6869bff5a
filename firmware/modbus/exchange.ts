/** What is asked of the master of a line, and what it answers. */
import type { MonotonicMs } from '../core/time'
import type { Reply, Request } from './rtu'

export interface Ask {
  /** Its count is raised by one of `paddings` when it goes out. */
  request: Request
  /**
   * Bit n: the device can be asked for n registers more, up to MAX_PADDING. Bit 0: it is asked again and again, so that
   * other requests to the unit leave it its length if it has no other. PLAIN_FIRST: with none, if no late reply is as long.
   */
  paddings?: number
  /**
   * Of the last reply to the same read, kept up by the master: one like it is no copy of another's. Undefined if it brings no
   * reading, so that it does not matter whether a reply may be to an earlier request. NO_CHECKSUM if none has come.
   */
  checksum?: number
  /** Whether what it brought a moment ago may be wrong by now, so that a copy of its own last reply is no answer. */
  changes?: boolean
  /** How long to wait for the reply, beyond the time that both frames take on the line. */
  timeoutMs: number
  /** The silence that this device needs before a request, if that is more than 3.5 characters. */
  quietMs?: number
  /** Whether the unit answers is all that is asked: a late reply to an earlier request says it as well. */
  acceptsLate?: boolean
}

export const NO_CHECKSUM = -1

/**
 * `another master`: it may be the reply to that one's request. `copy`: it is the same as the reply to another request just
 * before. `late refusal`: it may be the refusal of an earlier request, which has no length that would tell it.
 */
export type Damage = 'checksum' | 'another master' | 'copy' | 'late refusal'

export type Result = Reply | { kind: 'silent' } | { kind: 'damaged'; why: Damage }

export interface Answer {
  kind: 'answer'
  request: Request
  result: Result
  sentAt: MonotonicMs
  receivedAt: MonotonicMs
}

export type MasterOutput =
  /** Valid until the next call. */
  { kind: 'send'; bytes: Uint8Array } | Answer | { kind: 'wait'; until: MonotonicMs }

export const SILENT: Result = { kind: 'silent' }
export const DAMAGED: Result = { kind: 'damaged', why: 'checksum' }
export const AMBIGUOUS: Result = { kind: 'damaged', why: 'another master' }
export const COPIED: Result = { kind: 'damaged', why: 'copy' }
export const LATE_REFUSAL: Result = { kind: 'damaged', why: 'late refusal' }
