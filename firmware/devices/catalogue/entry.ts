/** The catalogue as people write it, in the makers' own words and units; docs/devices.md shows how. */

import type { Device, FactoryLine, Flow, IdentificationRule, Quantity, ReadCode } from '../model'
import type { NumberType, WordOrder } from '../value'

export interface RegisterEntry {
  what: Quantity
  /** Counted from 0, as on the wire; three addresses for three phases. */
  at: number | readonly number[]
  /** The same of further inputs, in their order: those that the device does not have count as nothing. */
  also?: readonly number[]
  type: NumberType
  /** value = raw * scale + offset, in `unit`. */
  scale?: number
  offset?: number
  unit?: string
  order?: WordOrder
  code?: ReadCode
  mask?: number
  sentinels?: readonly number[]
  fixed?: boolean
}

export type IdentificationRuleEntry = Omit<IdentificationRule, 'ranges' | 'text'> &
  Partial<Pick<IdentificationRule, 'ranges' | 'text'>>

export interface Entry {
  id: string
  name: string
  kind: Device['kind']
  line: Partial<FactoryLine>
  code: ReadCode
  order: WordOrder
  /** Not known: left out, and 125 is tried first. */
  maxRegisters?: number
  barriers?: readonly number[]
  quietMs?: number
  timeoutMs?: number
  /** The most that a meter measures, or that a battery or an inverter gives or takes: hundreds of W. */
  ratedW?: number
  registers: readonly RegisterEntry[]
  /** What the raw sign of the powers means, in words; the flows below follow it. */
  sign: string
  power?: Partial<Flow>
  battery?: Partial<Flow>
  pv?: Partial<Flow>
  identification?: readonly IdentificationRuleEntry[]
  confidence: 'high' | 'medium'
  sources: readonly string[]
}
