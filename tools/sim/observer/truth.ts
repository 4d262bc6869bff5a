/** Holds a sample against what the meters of its stream truly showed. */
import { BATTERY } from '../site/signal'
import type { StreamPart } from '../site/site'

export interface SampleItem {
  value: number
  soc?: number
  time: number
}

/** Rounding, and what a product of single floats loses. */
const ROUNDING_W = 0.51
/** A battery tells its energy by charge and voltage, which sags under load. */
const MAX_ENERGY_ERROR_WH = 0.012 * BATTERY.capacityWh

/** Why the meters did not show `item` within a second of its time; undefined if they did. */
export function untruth(
  parts: readonly StreamPart[],
  { value, soc, time }: SampleItem,
): string | undefined {
  const shown = parts.map(({ meter, factor }) =>
    meter.powersAround(time).map((powerW) => powerW * factor),
  )
  if (!isSum(value, shown, 0))
    return `${value} W at ${time}, but the meters showed ${shown.join(' + ')} W`
  const storedWh = parts[0].meter.storedWh(time)
  const isTrue =
    soc === undefined || storedWh === undefined
      ? soc === storedWh
      : Math.abs(soc - storedWh) <= MAX_ENERGY_ERROR_WH
  if (isTrue) return undefined
  return `a state of charge of ${soc} Wh at ${time}, but the battery held ${storedWh} Wh`
}

function isSum(value: number, shown: readonly number[][], from: number): boolean {
  if (from === shown.length) return Math.abs(value) <= ROUNDING_W
  return shown[from].some((powerW) => isSum(value - powerW, shown, from + 1))
}
