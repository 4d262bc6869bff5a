/** What a round of one device comes to: W and Wh, or why there is no reading. */
import type { MonotonicMs } from '../../core/time'
import type { DeviceReport, MeasuredReport } from '../query'
import type { Stage } from './stage'

/** `why`: of the last read that brought nothing; '' if all did. `maxSpanMs`: the longest that its power may take to read. */
export function reportOf(
  { sequence, formula, gates }: Stage & { kind: 'reading' },
  device: number,
  why: string,
  maxSpanMs: number,
): DeviceReport {
  const { values, hasChanged, powerFrom, powerTo } = sequence
  if (hasChanged)
    return failed(device, 'a ratio, a rating, a scale factor or a direction may have changed')
  const powerW = formula.powerW(values)
  const energyWh = formula.stateOfChargeWh(values)
  // The platform takes a battery's power only with its state of charge (docs/platform.md).
  if (Number.isNaN(powerW) || Number.isNaN(energyWh))
    return failed(device, why || 'no reading (sentinel)')
  if (powerTo - powerFrom > maxSpanMs)
    return failed(device, `its power took ${Math.round(powerTo - powerFrom)} ms to read`)
  const at = ((powerFrom + powerTo) / 2) as MonotonicMs
  const refused = gates.check(values, powerW, energyWh, at)
  if (refused) return failed(device, refused)
  const report: MeasuredReport = { kind: 'measured', device, powerW, at }
  if (energyWh !== undefined) report.stateOfChargeWh = energyWh
  if (gates.note) report.note = gates.note
  return report
}

function failed(device: number, why: string): DeviceReport {
  return { kind: 'failed', device, why }
}
