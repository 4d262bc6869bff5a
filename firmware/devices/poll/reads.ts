/** Which reads bring the required registers of one device, and which of them are due in a round. */
import { FOREVER, type MonotonicMs } from '../../core/time'
import { NO_CHECKSUM, type Result } from '../../modbus/exchange'
import { MAX_PADDING } from '../../modbus/late'
import {
  type PlannedRead,
  planReads,
  type ReadCost,
  type ReadLimits,
  splitAtHoles,
  splitRead,
} from '../../modbus/plan'
import type { Quantity, Register } from '../model'
import type { ReadFailure, ReadRequest, ReadSequence } from '../query'
import { decodeNumber } from '../value'
import {
  askPlain,
  giveUpPadding,
  isAskedPlain,
  isSilentOnPadding,
  type Layout,
  layoutOf,
  learnPadding,
  paddingsOf,
  putOffPadding,
  restorePaddings,
  tellsPadding,
} from './padding'
import { compareReads, isWithin, type Read, readOf } from './read'
import { blocksOf, type RequiredRegister, withBeside } from './required'

/** So often a read has to meet silence, from a device that answers others, before it counts as refused. */
const MIN_SILENCES = 2
/** So often in a round it is read anew because a direction has changed. */
const MAX_TURNS = 2
/** An inverter renews its registers about once a second: in less, no scale factor moves and moves back. */
const MAX_FACTOR_MS = 1000

/**
 * A round reads forwards: first what other values are scaled by, then the power, then the rest of the energy.
 * Then it reads backwards, so the scales last, what has to be read again: scale factors and directions of values in other
 * reads, fixed registers if the device was silent meanwhile, and what is too old beside the rest of the power. There is no reading if
 * a fixed register, a scale factor or a direction is not what it was.
 */
export interface ReadPlanOptions {
  limits: ReadLimits
  cost: ReadCost
  /** A power that took longer than this to read is no reading. */
  maxSpanMs: number
  /** All registers that the device is known to have. */
  map?: readonly Register[]
  /** Of these it takes what lies within the one read that brings the power. */
  beside?: readonly Quantity[]
  /** Whether the device is known to be silent on longer reads. */
  isPlain?: boolean
  /** Whether it is known to be silent on reads with registers that it does not have. */
  isCut?: boolean
}

export class ReadPlan implements ReadSequence {
  /** Those that are required, then those that come with them. */
  readonly registers: readonly RequiredRegister[]
  readonly #required: readonly RequiredRegister[]
  readonly #limits: ReadLimits
  readonly #layout: Layout
  readonly #maxSpanMs: number
  /** One value for each register; NaN if there is no reading. */
  readonly values: Float64Array
  readonly #reads: Read[]
  #next = 0
  #isBackwards = false
  /** Whether every read that was due has been answered. */
  #isComplete = true
  /** How often the reads of this round began anew, because the direction had changed. */
  #turns = 0
  /** Whether the device is asked without padding, for it is silent on longer reads. */
  isPlain: boolean
  /** Whether each of its reads brings registers of the map only, for it is silent on others. */
  isCut: boolean
  /** Whether a fixed register, a scale factor or a direction is not what it was, or could change and change back. */
  hasChanged = false
  /** When the first read of the power was sent, and when the last was answered. */
  powerFrom = FOREVER
  powerTo = 0 as MonotonicMs

  /** The cheapest reads of these registers. */
  constructor(registers: readonly RequiredRegister[], options: ReadPlanOptions) {
    const {
      limits,
      cost,
      maxSpanMs,
      map = [],
      beside = [],
      isPlain = false,
      isCut = false,
    } = options
    this.#required = registers
    // Copied, as the map is: `limits` may be the whole device.
    this.#limits = { maxRegisters: limits.maxRegisters, barriers: limits.barriers }
    this.#layout = layoutOf(map)
    this.#maxSpanMs = maxSpanMs
    this.isPlain = isPlain
    this.isCut = isCut
    this.#reads = []
    const blocks = blocksOf(registers, limits.maxRegisters)
    for (let start = 0; start < blocks.length; ) {
      const { code } = registers[blocks[start].first]
      let end = start + 1
      while (end < blocks.length && registers[blocks[end].first].code === code) end++
      const reads = planReads(blocks.slice(start, end), limits, cost)
      for (let i = 0; i < reads.length; i++) {
        const read = reads[i]
        const { first } = blocks[start + read.first]
        const { last } = blocks[start + read.last - 1]
        const planned = { ...read, first, last }
        const parts = isCut ? splitAtHoles(registers, planned) : [planned]
        for (let j = 0; j < parts.length; j++) this.#reads.push(this.#read(parts[j], undefined))
      }
      start = end
    }
    this.#reads.sort(compareReads)
    const read = this.#reads.find(({ bringsBeside }) => bringsBeside)
    this.registers = read ? withBeside(registers, map, beside, read) : registers
    this.values = new Float64Array(this.registers.length).fill(Number.NaN)
  }

  get request(): ReadRequest | undefined {
    return this.#reads[this.#next]
  }

  /** How many registers each read of a round takes. */
  get counts(): number[] {
    const counts: number[] = []
    for (let i = 0; i < this.#reads.length; i++) {
      const { scalesOthers, count } = this.#reads[i]
      counts.push(count)
      if (scalesOthers) counts.push(count)
    }
    return counts
  }

  begin(): void {
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#mended(i)
      read.isDueAgain = false
      if (read.isCopied) read.checksum = NO_CHECKSUM
      read.isCopied = false
      if (read.refusesAll) restorePaddings(read)
      // A fixed register has to be what it was.
      if (!read.isKnown) this.values.fill(Number.NaN, read.first, read.last)
    }
    const required = this.#required.length
    if (required < this.values.length) this.values.fill(Number.NaN, required)
    this.#isBackwards = this.hasChanged = false
    this.#turns = 0
    this.#isComplete = true
    this.#next = -1
    this.#advance()
  }

  /** The device was silent: it may be another one now, or set anew. */
  forget(): void {
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#reads[i]
      read.isKnown = false
      if (read.hasFixed) read.isDueAgain = true
    }
  }

  take(bytes: Uint8Array, start: number, sentAt: MonotonicMs, receivedAt: MonotonicMs): void {
    const read = this.#reads[this.#next]
    read.isKnown = read.fixed
    read.isDueAgain = read.scalesOthers
    if (this.#isBackwards && read.scalesOthers && receivedAt - read.sentAt > MAX_FACTOR_MS)
      this.hasChanged = true
    read.sentAt = sentAt
    read.receivedAt = receivedAt
    let hasTurned = false
    for (let i = read.first; i < read.last; i++) {
      const register = this.#required[i]
      const at = start + 2 * (register.at - read.address)
      const decoded = decodeNumber(bytes, at, register)
      const value = decoded ?? withoutReading(register)
      if (register.isScale && (register.fixed || read.scalesOthers)) {
        const before = this.values[i]
        if (before !== value && !Number.isNaN(before)) {
          // Of these only a direction is a part of the power that changes, and may at any time.
          if (register.power && !register.fixed && this.#turns < MAX_TURNS) hasTurned = true
          else this.hasChanged = true
        }
      }
      this.values[i] = value
      if (decoded === undefined) read.isKnown = false
    }
    if (read.bringsBeside)
      for (let i = this.#required.length; i < this.registers.length; i++) {
        const register = this.registers[i]
        const at = start + 2 * (register.at - read.address)
        this.values[i] = decodeNumber(bytes, at, register) ?? Number.NaN
      }
    read.hasAnswered = true
    read.suspectLength = false
    for (let whole = read.whole; whole; whole = whole.whole) whole.cutHelped = true
    // What else it told so far may have changed as well.
    if (this.hasChanged) this.forget()
    else if (hasTurned) this.#readAnew()
    this.#advance()
  }

  /** The direction has changed between its reads. */
  #readAnew(): void {
    for (let i = 0; i < this.#reads.length; i++) {
      const { isKnown, first, last } = this.#reads[i]
      if (!isKnown) this.values.fill(Number.NaN, first, last)
    }
    this.#turns++
    this.#isBackwards = false
    this.#next = -1
  }

  skip(why: ReadFailure): void {
    const read = this.#reads[this.#next]
    read.wasSkipped = true
    read.isKnown = false
    // What brought nothing dates nothing.
    read.sentAt = FOREVER
    read.receivedAt = 0 as MonotonicMs
    for (let i = read.first; i < read.last; i++) {
      // Only a refusal says that an input is not there: half a power is worse than none.
      const value = why === 'refused' ? withoutReading(this.#required[i]) : Number.NaN
      this.values[i] = value
      if (Number.isNaN(value)) this.#isComplete = false
    }
    this.#advance()
  }

  /** As learnPadding(), of the read that is due. */
  learnPadding(padding: number, result: Result): boolean {
    const read = this.#reads[this.#next]
    const wasPlain = isAskedPlain(read)
    const isRefused = learnPadding(read, padding, result)
    if (isSilentOnPadding(read)) this.#giveUpPadding()
    else if (padding > 0 && isAskedPlain(read)) this.#putOffPadding(read)
    else if (wasPlain && this.#triesLater(read)) askPlain(read)
    return isRefused
  }

  /**
   * Whether one before it that has still to try padding would be read again after a silence of this one: that has one length
   * then, and what it brings is like its own copy.
   */
  #triesLater({ paddingDoubts }: Read): boolean {
    if (!tellsPadding(paddingDoubts)) return false
    for (let i = 0; i < this.#next; i++) {
      const before = this.#reads[i]
      if (before.hasFixed && before.changes && tellsPadding(before.paddingDoubts)) return true
    }
    return false
  }

  /** One read tries padding at a time: of each that is silent on it a late reply takes a length from the others. */
  #putOffPadding(tried: Read): void {
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#reads[i]
      putOffPadding(read, tried)
      if (isAskedPlain(read)) this.#leaveLengths(read)
    }
  }

  /** What it tries is as long as no other read without padding: a late reply of that length would be in its way. */
  #leaveLengths(read: Read): void {
    for (let i = 0; i < this.#reads.length; i++) {
      const { code, count } = this.#reads[i]
      const padding = count - read.count
      if (code !== read.code || padding <= 0 || padding > MAX_PADDING) continue
      const left = read.paddings & ~(1 << padding)
      if ((left & ((2 << MAX_PADDING) - 2)) > 0) read.paddings = left
    }
  }

  /** What one read has shown of the device is true of the others that have not shown otherwise. */
  #giveUpPadding(): void {
    this.isPlain = true
    for (let i = 0; i < this.#reads.length; i++)
      if (tellsPadding(this.#reads[i].paddingDoubts)) giveUpPadding(this.#reads[i])
  }

  #advance(): void {
    const reads = this.#reads
    if (this.hasChanged) {
      this.#next = reads.length
      return
    }
    if (!this.#isBackwards) {
      if (++this.#next < reads.length) return
      this.#datePower()
      // What is not complete is no reading.
      if (!this.#isComplete || reads.length === 1) return
      this.#isBackwards = true
      this.#findOld()
    }
    do this.#next--
    while (this.#next >= 0 && !reads[this.#next].isDueAgain)
    if (this.#next < 0) this.#datePower()
  }

  #datePower(): void {
    let from = FOREVER
    let to = 0 as MonotonicMs
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#reads[i]
      if (!read.power) continue
      if (read.sentAt < from) from = read.sentAt
      if (read.receivedAt > to) to = read.receivedAt
    }
    this.powerFrom = from
    this.powerTo = to
  }

  /** What was read too long before the end of the power is read again, and a power that the rest came too long after. */
  #findOld(): void {
    let newest = this.powerTo
    for (let i = 0; i < this.#reads.length; i++)
      if (this.#reads[i].receivedAt > newest) newest = this.#reads[i].receivedAt
    const from = this.powerTo - this.#maxSpanMs
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#reads[i]
      if (read.power ? read.sentAt < newest - this.#maxSpanMs : read.hasFixed && read.sentAt < from)
        read.isDueAgain = true
    }
  }

  /** The device answers nothing, perhaps because of the length of the read that is due. */
  suspectLength(): void {
    const read = this.#reads[this.#next]
    if (read.hasAnswered) return
    read.suspectLength = true
    if (read.silences === 0) read.silences = 1
  }

  split(silent: boolean): boolean {
    // What was answered in this round is not too long.
    if (this.#isBackwards) return false
    const read = this.#reads[this.#next]
    if (silent) {
      if (read.hasAnswered) return false
      read.suspectLength = true
      if (++read.silences < MIN_SILENCES) return false
    }
    const parts = splitRead(this.#required, read)
    if (parts.length < 2) return false
    if (silent) this.#cutAtHoles()
    // The read that is due has no hole.
    if (this.request === read) this.#replace(this.#next, parts)
    // Its parts have one length: what may be a copy is told from a late reply once none can come.
    this.#reads[this.#next].awaitsClear = silent
    return true
  }

  /** The device is silent on registers that it does not have: this read, and those behind it that it has not answered. */
  #cutAtHoles(): void {
    this.isCut = true
    this.#giveUpPadding()
    for (let i = this.#reads.length - 1; i >= this.#next; i--) {
      if (this.#reads[i].hasAnswered) continue
      const parts = splitAtHoles(this.#required, this.#reads[i])
      if (parts.length > 1) this.#replace(i, parts)
    }
  }

  #replace(i: number, parts: readonly PlannedRead[]): void {
    const read = this.#reads[i]
    read.isKnown = false
    this.values.fill(Number.NaN, read.first, read.last)
    this.#reads.splice(i, 1, ...parts.map((part) => this.#read(part, read)).sort(compareReads))
  }

  /** The read at `i`, put together again if the cut did not help: a device that starts up may refuse everything. */
  #mended(i: number): Read {
    const reads = this.#reads
    for (let whole = reads[i].whole; whole && !whole.cutHelped; whole = whole.whole) {
      let end = i
      let missing = whole.last - whole.first
      for (; end < reads.length && reads[end].wasSkipped && isWithin(reads[end], whole); end++)
        missing -= reads[end].last - reads[end].first
      if (missing > 0) break
      reads.splice(i, end - i, whole)
      whole.wasSkipped = true
    }
    return reads[i]
  }

  #read(planned: PlannedRead, whole: Read | undefined): Read {
    const { code } = this.#required[planned.first]
    const paddings = this.isPlain ? 1 : paddingsOf(this.#layout, this.#limits, code, planned)
    return readOf(this.#required, planned, paddings, whole)
  }
}

/** What counts for a register without a reading: an input that is not there brings nothing. */
function withoutReading({ optional }: Register): number {
  return optional ? 0 : Number.NaN
}
