/** One read of a device: which registers it brings and what is known of it. */
import type { MonotonicMs } from '../../core/time'
import { NO_CHECKSUM } from '../../modbus/exchange'
import type { PlannedRead } from '../../modbus/plan'
import type { ReadRequest } from '../query'
import { doubtsOf, type Padded } from './padding'
import type { RequiredRegister } from './required'

/** A read of a device and what is known of it. */
export interface Read extends PlannedRead, ReadRequest, Padded {
  paddings: number
  paddingDoubts: number
  /** All its registers are fixed. */
  readonly fixed: boolean
  readonly hasFixed: boolean
  /** Scales a value that another read brings, or says its direction: read before and behind it. */
  readonly scalesOthers: boolean
  /** Whether it brings the whole power and, as it was not cut, what lies beside. */
  readonly bringsBeside: boolean
  /** Fixed, and read since the device was last silent. */
  isKnown: boolean
  /** Read again at the end of the round. */
  isDueAgain: boolean
  sentAt: MonotonicMs
  receivedAt: MonotonicMs
  hasAnswered: boolean
  suspectLength: boolean
  silences: number
  /** The longer read that it was cut from. */
  readonly whole: Read | undefined
  /** Whether a part of it has been answered since it was cut: then its length was at fault. */
  cutHelped: boolean
  /** Whether a round went on without its answer. */
  wasSkipped: boolean
}

/** A read that has not been asked yet. `whole`: the longer read that it is cut from. */
export function readOf(
  registers: readonly RequiredRegister[],
  planned: PlannedRead,
  paddings: number,
  whole: Read | undefined,
): Read {
  const { first, last } = planned
  const { code, width } = registers[first]
  let fixed = true
  let hasFixed = false
  let power = false
  let bringsBeside = true
  let scalesOthers = false
  for (let i = 0; i < registers.length; i++) {
    const register = registers[i]
    if (i < first || i >= last) {
      const { factor, direction } = register
      scalesOthers ||=
        (factor >= first && factor < last) || (direction >= first && direction < last)
      if (register.power && !register.fixed) bringsBeside = false
      continue
    }
    fixed &&= register.fixed
    hasFixed ||= register.fixed
    power ||= register.power && !register.fixed
  }
  return {
    ...planned,
    code,
    fixed,
    hasFixed,
    scalesOthers,
    power,
    bringsBeside: bringsBeside && power && whole === undefined,
    paddings,
    paddingsBefore: 0,
    refusesAll: false,
    paddingDoubts: doubtsOf(paddings),
    minCount: width,
    checksum: NO_CHECKSUM,
    isCopied: false,
    changes: power || scalesOthers,
    awaitsClear: false,
    isKnown: false,
    isDueAgain: false,
    sentAt: 0 as MonotonicMs,
    receivedAt: 0 as MonotonicMs,
    hasAnswered: false,
    suspectLength: false,
    silences: 0,
    whole,
    cutHelped: false,
    wasSkipped: false,
    plainAnswers: 0,
  }
}

/** What others are scaled by comes first, then the power, then the rest of the energy. */
export function compareReads(a: Read, b: Read): number {
  return order(a) - order(b)
}

function order({ fixed, scalesOthers, power }: Read): number {
  return fixed || scalesOthers ? 0 : power ? 1 : 2
}

export function isWithin(part: Read, whole: Read): boolean {
  return part.first >= whole.first && part.last <= whole.last
}
