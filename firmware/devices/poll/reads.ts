/** Which registers of a device are needed, and by which reads a round brings them. */
import {
  type PlannedRead,
  planReads,
  type ReadCost,
  type ReadLimits,
  splitRead,
} from '../../modbus/plan'
import { type DeviceConfig, ENERGY_RULES, type EnergyRule } from '../config'
import type { Device, Flow, Quantity, Register } from '../model'
import type { ReadRequest, ReadSequence } from '../query'
import { decodeNumber, widthOf } from '../value'

/** So often a read has to meet silence, from a device that answers others, before it counts as refused. */
const MIN_SILENCES = 2

/** What is set for a device's life is read again after so many rounds: a quarter of an hour at 4 s. */
const FIXED_ROUNDS = 225

export interface RequiredRegister extends Register {
  readonly width: number
  /** Whether the power is made of it. */
  readonly power: boolean
}

/** The registers that the power and the energy follow from, with their scale factors; sorted, none twice. */
export function requiredRegisters(
  device: Device,
  flow: Flow,
  energy: EnergyRule | undefined,
  { phases }: DeviceConfig,
): RequiredRegister[] {
  const byPhase = phases && flow.phases
  const power = new Set<Quantity>(flow.times)
  if (flow.sign) power.add(flow.sign.what)
  if (byPhase) power.add(byPhase)
  else for (const what of [...flow.plus, ...flow.minus]) power.add(what)
  const quantities = new Set<Quantity>([...power, ...(energy ? ENERGY_RULES[energy] : [])])
  const required: RequiredRegister[] = []
  for (const register of device.registers) {
    const { what, phase, factorAt } = register
    if (!quantities.has(what)) continue
    if (what === byPhase && !phases?.some((chosen) => chosen === phase)) continue
    add(required, register, power.has(what))
    if (factorAt !== undefined) add(required, factorRegister(register, factorAt), false)
  }
  return required.sort(
    (a, b) => Number(a.fixed) - Number(b.fixed) || a.code - b.code || a.at - b.at,
  )
}

/** Registers of these quantities that are not required, with their scale factors: read only if they cost nothing. */
export function registersBeside(
  { registers }: Device,
  required: readonly RequiredRegister[],
  quantities: readonly Quantity[],
): RequiredRegister[] {
  const beside = [...required]
  for (const register of registers) {
    if (!quantities.includes(register.what)) continue
    add(beside, register, false)
    if (register.factorAt !== undefined)
      add(beside, factorRegister(register, register.factorAt), false)
  }
  return beside.slice(required.length)
}

function add(required: RequiredRegister[], register: Register, power: boolean): void {
  if (required.some(({ code, at }) => code === register.code && at === register.at)) return
  required.push({ ...register, width: widthOf(register.type), power })
}

function factorRegister({ code, order }: Register, at: number): Register {
  return {
    what: 'status',
    phase: 0,
    at,
    code,
    type: 's16',
    order,
    exponent: 0,
    offset: 0,
    mask: undefined,
    sentinels: undefined,
    fixed: false,
  }
}

interface Read extends PlannedRead, ReadRequest {
  readonly fixed: boolean
  /** Fixed and known: not read again until it is old. */
  isKnown: boolean
  hasAnswered: boolean
  suspectLength: boolean
  silences: number
  /** The longer read that it was cut from. */
  readonly whole: Read | undefined
  /** Whether a part of it has been answered since it was cut: then its length was at fault. */
  cutHelped: boolean
  /** Whether a round went on without its answer. */
  wasSkipped: boolean
  /** Whether it brings the whole power, and with it what lies beside. */
  readonly bringsBeside: boolean
}

export class ReadPlan implements ReadSequence {
  /** Those that are required, then those that come with them. */
  readonly registers: readonly RequiredRegister[]
  readonly #required: number
  /** One value for each register; NaN if there is no reading. */
  readonly values: Float64Array
  readonly #reads: Read[]
  #next = 0
  #fixedAge = FIXED_ROUNDS

  /**
   * The cheapest reads of these registers: first what is fixed, then the power, then the rest of the energy. Of those
   * `beside` it takes what lies within the one read that brings the power.
   */
  constructor(
    registers: readonly RequiredRegister[],
    limits: ReadLimits,
    cost: ReadCost,
    beside: readonly RequiredRegister[] = [],
  ) {
    this.registers = registers
    this.#required = registers.length
    this.#reads = []
    for (let start = 0; start < registers.length; ) {
      let end = start + 1
      while (end < registers.length && areTogether(registers[start], registers[end])) end++
      for (const read of planReads(registers.slice(start, end), limits, cost))
        this.#reads.push(
          this.#read({ ...read, first: read.first + start, last: read.last + start }, undefined),
        )
      start = end
    }
    this.#reads.sort((a, b) => order(a) - order(b))
    const read = this.#reads.find(({ bringsBeside }) => bringsBeside)
    if (read) this.registers = [...registers, ...beside.filter((one) => isInside(one, read))]
    this.values = new Float64Array(this.registers.length).fill(Number.NaN)
  }

  get request(): ReadRequest | undefined {
    return this.#reads[this.#next]
  }

  /** How many registers each read of a round takes; fixed registers are read seldom and left out. */
  get counts(): number[] {
    return this.#reads.filter(({ fixed }) => !fixed).map(({ count }) => count)
  }

  begin(): void {
    const refresh = ++this.#fixedAge > FIXED_ROUNDS
    if (refresh) this.#fixedAge = 0
    for (let i = 0; i < this.#reads.length; i++) {
      const read = this.#mended(i)
      if (refresh) read.isKnown = false
      if (!read.fixed) this.values.fill(Number.NaN, read.first, read.last)
    }
    if (this.#required < this.values.length) this.values.fill(Number.NaN, this.#required)
    this.#next = -1
    this.#advance()
  }

  take(bytes: Uint8Array, start: number): void {
    const read = this.#reads[this.#next]
    read.isKnown = read.fixed
    for (let i = read.first; i < read.last; i++) {
      const register = this.registers[i]
      const at = start + 2 * (register.at - read.address)
      const value = decodeNumber(bytes, at, register)
      this.values[i] = value ?? Number.NaN
      if (value === undefined) read.isKnown = false
    }
    if (read.bringsBeside)
      for (let i = this.#required; i < this.registers.length; i++) {
        const register = this.registers[i]
        if (!isInside(register, read)) continue
        const at = start + 2 * (register.at - read.address)
        this.values[i] = decodeNumber(bytes, at, register) ?? Number.NaN
      }
    read.hasAnswered = true
    read.suspectLength = false
    for (let whole = read.whole; whole; whole = whole.whole) whole.cutHelped = true
    this.#advance()
  }

  skip(): void {
    this.#reads[this.#next].wasSkipped = true
    this.#advance()
  }

  #advance(): void {
    this.#next++
    while (this.#next < this.#reads.length && this.#reads[this.#next].isKnown) this.#next++
  }

  split(silent: boolean): boolean {
    const read = this.#reads[this.#next]
    if (silent) {
      if (read.hasAnswered) return false
      read.suspectLength = true
      if (++read.silences < MIN_SILENCES) return false
    }
    const parts = splitRead(this.registers, read)
    if (parts.length < 2) return false
    this.#reads.splice(this.#next, 1, ...parts.map((part) => this.#read(part, read)))
    return true
  }

  /** The read at `i`, put together again if the cut did not help: a device that starts up may refuse everything. */
  #mended(i: number): Read {
    const reads = this.#reads
    for (let whole = reads[i].whole; whole && !whole.cutHelped; whole = whole.whole) {
      let end = i
      while (end < reads.length && reads[end].wasSkipped && isWithin(reads[end], whole)) end++
      if (end === i || reads[end - 1].last < whole.last) break
      reads.splice(i, end - i, whole)
      whole.wasSkipped = true
    }
    return reads[i]
  }

  #read(planned: PlannedRead, whole: Read | undefined): Read {
    const { code, fixed, width } = this.registers[planned.first]
    const isPower = ({ power, fixed }: RequiredRegister): boolean => power && !fixed
    const brought = this.registers.slice(planned.first, planned.last).filter(isPower).length
    const power = brought > 0
    const bringsBeside = power && brought === this.registers.filter(isPower).length
    return {
      ...planned,
      code,
      fixed,
      power,
      minCount: width,
      isKnown: false,
      hasAnswered: false,
      suspectLength: false,
      silences: 0,
      whole,
      cutHelped: false,
      wasSkipped: false,
      bringsBeside,
    }
  }
}

function areTogether(a: Register, b: Register): boolean {
  return a.code === b.code && a.fixed === b.fixed
}

function order({ fixed, power }: Read): number {
  return fixed ? 0 : power ? 1 : 2
}

function isInside({ at, width, code }: RequiredRegister, read: Read): boolean {
  return code === read.code && at >= read.address && at + width <= read.address + read.count
}

function isWithin(part: Read, whole: Read): boolean {
  return part.first >= whole.first && part.last <= whole.last
}
