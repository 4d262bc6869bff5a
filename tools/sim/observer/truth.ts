/** Holds a sample against what the meters of its stream truly showed. */
import type { StreamPart } from '../site/site'

export interface SampleItem {
  value: number
  soc?: number
  time: number
}

/** Rounding, and what a product of single floats loses. */
const ROUNDING_W = 0.51
/** A battery tells its energy by charge and voltage, which sags under load: of the full one. */
const MAX_ENERGY_ERROR = 0.012

/** A sum's time is the mean of its meters' (firmware/telemetry/round.ts). */
const MAX_FROM_MEAN_MS = 500

/**
 * Why the meters did not show `item` in the second of its time, or when they were read for it if the dongle's clock is up to
 * `clockMs` off; undefined if they did. If that is undefined, a second more or less is no matter.
 */
export function untruth(
  parts: readonly StreamPart[],
  { value, soc, time }: SampleItem,
  clockMs?: number,
): string | undefined {
  const meanMs = parts.length > 1 ? MAX_FROM_MEAN_MS : 0
  const offMs = clockMs === undefined ? undefined : clockMs + meanMs
  let toleranceW = ROUNDING_W
  const shown: number[][] = []
  for (const part of parts) {
    const { meter, factor } = part
    toleranceW += meter.toleranceW(time, part) * Math.abs(factor)
    shown.push(meter.powersAround(time, part, offMs).map((powerW) => powerW * factor))
  }
  if (!isSum(value, shown, 0, toleranceW))
    return `${value} W at ${time}, but the meters showed ${shown.join(' + ')} W (${inWords(parts)})`
  const stored = parts[0].meter.storedAround(time, parts[0])
  const isTrue =
    soc === undefined
      ? stored.length === 0
      : stored.some(({ storedWh, fullWh }) => Math.abs(soc - storedWh) <= MAX_ENERGY_ERROR * fullWh)
  if (isTrue) return undefined
  const heldWh = stored.map(({ storedWh }) => storedWh).join(' or ')
  return `a state of charge of ${soc} Wh at ${time}, but the battery held ${heldWh} Wh (${inWords(parts)})`
}

function inWords(parts: readonly StreamPart[]): string {
  return parts
    .map(({ meter, model }) =>
      meter.model === model ? model : `${meter.model ?? 'nothing'} in place of ${model}`,
    )
    .join(', ')
}

function isSum(
  value: number,
  shown: readonly number[][],
  from: number,
  toleranceW: number,
): boolean {
  if (from === shown.length) return Math.abs(value) <= toleranceW
  return shown[from].some((powerW) => isSum(value - powerW, shown, from + 1, toleranceW))
}
