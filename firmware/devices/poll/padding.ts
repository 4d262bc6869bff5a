/** How many registers more than it needs a read may bring, so that the length of its reply tells it from a late one. */
import { ILLEGAL_DATA_VALUE, isBusy } from '../../modbus/codes'
import type { Result } from '../../modbus/exchange'
import { MAX_PADDING, PLAIN_FIRST } from '../../modbus/late'
import type { PlannedRead, ReadLimits } from '../../modbus/plan'
import type { ReadCode, Register } from '../model'
import { widthOf } from '../value'

/** Registers between two that are known are taken to be there if they are no more than this. */
const MAX_HOLE = 16

/** What a read that has not been answered with padding yet is doubted by: it may be silent on it. */
const UNKNOWN_DOUBTS = 4
/** After so many doubts, which are six silences with padding that were answered without, it is asked without for good. */
const MAX_DOUBTS = UNKNOWN_DOUBTS + 6
/** After a silence with padding it is asked without until it was answered so often: till then a late reply takes a length. */
const MAX_PLAIN_ANSWERS = 3

/** A read, as far as its padding goes. */
export interface Padded {
  /** As `paddingsOf`, without those that the device has refused; PLAIN_FIRST after it was silent with padding. */
  paddings: number
  /** What they were before a refusal, until a shorter reply shows that it was the padding's; 0 otherwise. */
  paddingsBefore: number
  /** Whether the device has refused the shorter read as well. */
  refusesAll: boolean
  /**
   * 0 if it was answered when it was last asked with padding. Below UNKNOWN_DOUBTS: so often it has met silence with
   * padding since. From there on it has to show that it is answered, and has met silence and been answered without.
   */
  paddingDoubts: number
  /** Since it was last silent with padding. */
  plainAnswers: number
}

/** Of a read that has not been asked. */
export function doubtsOf(paddings: number): number {
  return paddings > 1 ? UNKNOWN_DOUBTS : 0
}

/** Whether the device has still to show that it answers with padding. */
export function tellsPadding(doubts: number): boolean {
  return doubts >= UNKNOWN_DOUBTS
}

/** Where the registers of a device lie, which is all that is kept of its map: of each its code, address and width. */
export type Layout = Int32Array

export function layoutOf(map: readonly Register[]): Layout {
  return Int32Array.from(map, ({ code, at, type }) => (code << 24) | (at << 8) | widthOf(type))
}

/**
 * Bit n: n registers more, which lie behind the read, in the map or between registers of the map, and never a part of
 * one. A read at the end of the map tries what is behind it: a device that refuses that is asked without.
 */
export function paddingsOf(
  layout: Layout,
  { maxRegisters, barriers }: ReadLimits,
  code: ReadCode,
  { address, count }: PlannedRead,
): number {
  if (layout.length === 0) return 1
  const end = address + count
  // A device whose values all take two registers may refuse an odd number.
  const step = layout.some((place) => place >> 24 === code && (place & 1) === 1) ? 1 : 2
  let known = 1
  let unknown = 1
  for (let padding = step; padding <= MAX_PADDING; padding += step) {
    const last = end + padding
    if (count + padding > maxRegisters || barriers.some((at) => at >= end && at < last)) break
    let isKnown = false
    let isWhole = true
    for (let i = 0; i < layout.length && isWhole; i++) {
      const place = layout[i]
      if (place >> 24 !== code) continue
      const at = (place >> 8) & 0xffff
      const next = at + (place & 0xff)
      if (at < end + MAX_HOLE && next >= last) isKnown = true
      isWhole = last <= at || last >= next
    }
    if (!isWhole) continue
    unknown |= 1 << padding
    if (isKnown) known |= 1 << padding
  }
  return known > 1 ? known : unknown
}

/**
 * Takes the answer to the whole read, for which `padding` registers more were asked. True if the device refuses those: the
 * read is asked again with fewer.
 */
export function learnPadding(read: Padded, padding: number, result: Result): boolean {
  const isPadded = padding > 0
  const isUnknown = tellsPadding(read.paddingDoubts)
  // Other exceptions than those of address and length have nothing to do with a padding that was answered before.
  if (
    result.kind === 'exception' &&
    !isBusy(result.code) &&
    (isUnknown || result.code <= ILLEGAL_DATA_VALUE)
  ) {
    if (isPadded) {
      if (read.paddingsBefore === 0) read.paddingsBefore = read.paddings
      read.paddings &= (1 << padding) - 1
      if (!isUnknown) read.paddingDoubts = UNKNOWN_DOUBTS
    } else read.refusesAll = read.paddingsBefore > 0
    return isPadded
  }
  const isAnswered = result.kind === 'data'
  const isSilent =
    result.kind === 'silent' || (result.kind === 'damaged' && result.why === 'late refusal')
  if (isPadded && isSilent) {
    if (!isUnknown) read.paddingDoubts++
    if (tellsPadding(read.paddingDoubts)) read.paddings |= PLAIN_FIRST
    read.plainAnswers = 0
  } else if (isUnknown && (isAnswered || isSilent)) {
    const isAfterSilence = !isPadded && isAnswered && (read.paddings & PLAIN_FIRST) > 0
    if (isAfterSilence && read.plainAnswers++ === 0) read.paddingDoubts++
    if (!isAfterSilence || read.plainAnswers >= MAX_PLAIN_ANSWERS) read.paddings &= PLAIN_FIRST - 1
  }
  if (!isAnswered) return false
  if (isUnknown) {
    read.paddingsBefore = 0
    read.refusesAll = false
  }
  if (isPadded || read.paddings === 1) read.paddingDoubts = 0
  return false
}

/** Whether it was silent with padding so often that its device is asked without. */
export function isSilentOnPadding({ paddingDoubts }: Padded): boolean {
  return paddingDoubts >= MAX_DOUBTS
}

/** Whether it was silent with padding a while ago, and is asked without until that may be tried again. */
export function isAskedPlain({ paddings }: Padded): boolean {
  return (paddings & PLAIN_FIRST) > 0
}

/** Another read of the device, `tried`, was silent with padding: it is not the time to try it. They doubt together. */
export function putOffPadding(read: Padded, tried: Padded): void {
  if (!tellsPadding(read.paddingDoubts)) return
  tried.paddingDoubts = Math.max(tried.paddingDoubts, read.paddingDoubts)
  if (isAskedPlain(read)) return
  read.paddings |= PLAIN_FIRST
  read.plainAnswers = 1
}

/** It is asked without until it is answered once more. */
export function askPlain(read: Padded): void {
  read.paddings |= PLAIN_FIRST
}

/** It is asked without from now on. */
export function giveUpPadding(read: Padded): void {
  read.paddings = 1
  read.paddingDoubts = 0
}

/** Before a round: what refused the shorter read as well starts up, perhaps, and the padding was not at fault. */
export function restorePaddings(read: Padded): void {
  read.paddings = read.paddingsBefore
  read.paddingsBefore = 0
  read.refusesAll = false
}
