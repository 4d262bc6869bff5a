import { describe, expect, test } from '@jest/globals'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { widthOf } from '../../firmware/devices/value'
import { planReads, type ReadCost, type Span } from '../../firmware/modbus/plan'
import { cheapest, costOf } from '../../tools/bench/modbus/exhaustive'
import { expand } from '../../tools/catalogue/expand'

/** Lines from slow to fast, latencies from quick to slow. */
const COSTS: ReadCost[] = [2400, 9600, 115_200].flatMap((baud) =>
  [5, 50, 500].map((latencyMs) => ({
    turnaroundMs: (20 * 10_000) / baud + latencyMs,
    registerMs: 20_000 / baud,
  })),
)
/** Nine registers have 21,147 partitions, all of which are tried; larger maps in overlapping windows of nine. */
const WINDOW = 9

describe('the plan is minimal on the whole catalogue', () => {
  test.each(
    ENTRIES.filter(({ registers }) => registers.length > 0).map((one) => [one.id, one] as const),
  )('%s', (_, entry) => {
    const device = expand(entry)
    const limits = { maxRegisters: device.maxRegisters, barriers: device.barriers }
    const all: Span[] = device.registers.map(({ at, type }) => ({ at, width: widthOf(type) }))
    const worse: unknown[] = []
    for (let first = 0; first === 0 || first + WINDOW <= all.length; first++) {
      const wanted = all.slice(first, first + WINDOW)
      const cost = COSTS[first % COSTS.length]
      const reads = planReads(wanted, limits, cost)
      const best = cheapest(wanted, limits, cost)
      if (Math.abs(costOf(reads, cost) - best) > 1e-6) worse.push({ first, cost, reads, best })
    }
    expect(worse).toEqual([])
  })
})
