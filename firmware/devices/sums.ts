/** Several devices that are one: the site behind two meters, a battery of many packs. All of it or nothing. */
import type { MonotonicMs } from '../core/time'
import type { DeviceSetup } from './setup'
import type { Measured, Report } from './station'

interface Sum {
  readonly members: number
  reports: Report[]
}

export class Sums {
  /** For each device the sum that it belongs to, if it belongs to one. */
  readonly #sums: (Sum | undefined)[]
  readonly #wholes: number[]

  constructor(devices: readonly DeviceSetup[]) {
    this.#wholes = devices.map(({ addTo }, index) => addTo ?? index)
    const sums = devices.map((_, whole): Sum | undefined => {
      const members = this.#wholes.filter((other) => other === whole).length
      return members > 1 ? { members, reports: [] } : undefined
    })
    this.#sums = this.#wholes.map((whole) => sums[whole])
  }

  /** The report to pass on: this one, the whole that it completes, or none yet. */
  take(report: Report): Report | undefined {
    const sum = this.#sums[report.device]
    if (!sum) return report
    sum.reports.push(report)
    if (sum.reports.length < sum.members) return undefined
    const whole = add(sum.reports, this.#wholes[report.device])
    sum.reports = []
    return whole
  }
}

function add(reports: readonly Report[], device: number): Report {
  const total: Measured = { kind: 'measured', device, powerW: 0, at: 0 as MonotonicMs }
  let energyWh = 0
  for (const report of reports) {
    if (report.kind === 'failed')
      return { kind: 'failed', device, why: `part ${report.device}: ${report.why}` }
    total.powerW += report.powerW
    total.at = (total.at + report.at / reports.length) as MonotonicMs
    energyWh += report.stateOfChargeWh ?? Number.NaN
    if (report.estimated) total.estimated = true
  }
  if (!Number.isNaN(energyWh)) total.stateOfChargeWh = energyWh
  return total
}
