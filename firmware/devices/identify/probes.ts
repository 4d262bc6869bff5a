/**
 * The reads that find out whether a device answers at a unit. Most devices refuse what they do not have, which is an
 * answer; some are silent. So a unit is asked for registers that the models have which may be there.
 */
import { u16 } from '../../core/bytes'
import type { LineSettings } from '../../ports/bytestream'
import { PROBES, SHIPPED } from '../catalogue/probes'
import { PARITIES } from '../catalogue/unpack'
import type { Device, ReadCode } from '../model'
import { widthOf } from '../value'

export interface Probe {
  readonly code: ReadCode
  readonly at: number
  readonly count: number
}

/** In PROBES: the function, the address, how many registers. Those that find the most models are first. */
const PROBE_BYTES = 4
const PROBE_COUNT = PROBES.length / PROBE_BYTES
/** In SHIPPED: the number of a probe, the unit, baud / 100, parity, stop bits of a model that answers it; 0: unknown. */
const SHIPPED_BYTES = 6
/** The first of PROBES are asked of every unit: most models answer them. */
const COMMON_PROBES = 2
/** What installers choose. */
const USUAL_UNITS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
/** Of a model that the catalogue does not know it of. Serial Line V1.02, 3.2.1: these rates are required. */
const USUAL_BAUDS: readonly number[] = [9600, 19_200]

/** Any one value or text that a device of the model surely has, read alone. */
export function probesOf({ registers, identification }: Device): Probe[] {
  const probes: Probe[] = []
  // Of several rules the first: a SunSpec map is at one of three addresses, as a rule at that.
  const [rule] = identification
  if (rule) probes.push({ code: rule.code, at: rule.at, count: rule.length })
  for (const { code, at, type, optional } of registers)
    if (!optional) probes.push({ code, at, count: widthOf(type) })
  return probes
}

/** Whether the model has all registers that are read, be they one value, a part of one, or parts of two. */
export function coversProbe(device: Device, { code, at, count }: Probe): boolean {
  const values = probesOf(device)
  for (let one = at; one < at + count; one++)
    if (!values.some((own) => own.code === code && own.at <= one && one < own.at + own.count))
      return false
  return true
}

export interface ProbeOptions {
  /** Only these; by default what installers choose, and the unit of each model as shipped. */
  readonly units?: readonly number[] | undefined
  /** Ask each unit for what any model has, not only for what most have and what is shipped with it. */
  readonly thorough?: boolean | undefined
}

/** What is asked on one line, one after the other. */
export class LineProbes {
  readonly #units: readonly number[]
  /** How many of PROBES each unit is asked for. */
  readonly #perUnit: number
  /** What is asked beyond that: each the number of the probe * 256 + the unit. */
  readonly #further: number[] = []

  constructor(line: LineSettings, { units, thorough }: ProbeOptions) {
    this.#units = units ?? USUAL_UNITS
    this.#perUnit = thorough ? PROBE_COUNT : COMMON_PROBES
    for (let row = 0; row < SHIPPED.length; row += SHIPPED_BYTES) {
      const unit = SHIPPED[row + 1]
      if (isShippedWith(row, line) && (!units || units.includes(unit)))
        this.#ask(SHIPPED[row], unit)
    }
  }

  get length(): number {
    return this.#units.length * this.#perUnit + this.#further.length
  }

  unitOf(index: number): number {
    const { length } = this.#units
    const further = index - length * this.#perUnit
    return further < 0 ? this.#units[index % length] : this.#further[further] & 0xff
  }

  probe(index: number): Probe {
    const { length } = this.#units
    const further = index - length * this.#perUnit
    return probeAt(further < 0 ? Math.floor(index / length) : this.#further[further] >> 8)
  }

  /** What one device has answered may be there at other units too. */
  repeat(index: number): void {
    const { length } = this.#units
    if (index < length * this.#perUnit) return
    const probe = this.#further[index - length * this.#perUnit] >> 8
    for (const unit of this.#units) this.#ask(probe, unit)
  }

  #ask(probe: number, unit: number): void {
    const key = probe * 256 + unit
    const isAsked = probe < this.#perUnit && this.#units.includes(unit)
    if (!isAsked && !this.#further.includes(key)) this.#further.push(key)
  }
}

function probeAt(probe: number): Probe {
  const at = PROBE_BYTES * probe
  return { code: PROBES[at] as ReadCode, at: u16(PROBES, at + 1), count: PROBES[at + 3] }
}

/** Two stop bits are no hindrance: a device that has them also hears a line with one. */
function isShippedWith(row: number, line: LineSettings): boolean {
  const baud = 100 * u16(SHIPPED, row + 2)
  const parity = PARITIES[SHIPPED[row + 4]]
  const stopBits = SHIPPED[row + 5]
  const isBaud = baud === 0 ? USUAL_BAUDS.includes(line.baud) : baud === line.baud
  const isParity = parity === undefined || parity === line.parity
  return isBaud && isParity && (stopBits === 0 || line.stopBits <= stopBits)
}
