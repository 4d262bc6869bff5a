import { describe, expect, test } from '@jest/globals'
import {
  planReads,
  type ReadCost,
  type ReadLimits,
  type Span,
  splitRead,
} from '../../firmware/modbus/plan'
import { cheapest, costOf } from '../../tools/bench/modbus/exhaustive'
import { random } from '../../tools/sim/random'

const cost: ReadCost = { turnaroundMs: 70, registerMs: 2 }
const limits: ReadLimits = { maxRegisters: 125, barriers: [] }
const spans = (...at: number[]): Span[] => at.map((address) => ({ at: address, width: 2 }))
const shape = (wanted: Span[], with_ = limits): number[][] =>
  planReads(wanted, with_, cost).map(({ address, count }) => [address, count])

describe('a read plan', () => {
  test('reads a hole that costs less than a turnaround', () => {
    expect(shape(spans(0, 30))).toEqual([[0, 32]])
    expect(shape(spans(0, 40))).toEqual([
      [0, 2],
      [40, 2],
    ])
  })

  test('keeps within what the device answers at once', () => {
    expect(shape(spans(0, 2, 4, 6), { maxRegisters: 4, barriers: [] })).toEqual([
      [0, 4],
      [4, 4],
    ])
  })

  test('never crosses a barrier', () => {
    expect(shape(spans(0, 2, 4), { maxRegisters: 125, barriers: [4] })).toEqual([
      [0, 4],
      [4, 2],
    ])
  })

  test('of no registers has no reads', () => {
    expect(shape([])).toEqual([])
  })

  test('a refused read is cut at its widest hole, else in the middle', () => {
    const wanted = spans(0, 2, 20, 22)
    const [whole] = planReads(wanted, limits, cost)
    const cut = splitRead(wanted, whole)
    expect(cut.map(({ address, count }) => [address, count])).toEqual([
      [0, 4],
      [20, 4],
    ])
    expect(splitRead(wanted, cut[0]).map(({ address, count }) => [address, count])).toEqual([
      [0, 2],
      [2, 2],
    ])
    expect(splitRead(wanted, splitRead(wanted, cut[0])[0])).toHaveLength(1)
  })

  test('is as cheap as the cheapest of all, on 500 random maps', () => {
    const draw = random(20)
    let worse = 0
    for (let map = 0; map < 500; map++) {
      const wanted: Span[] = []
      for (let at = draw.below(10); wanted.length < 1 + draw.below(8); ) {
        const width = 1 + draw.below(4)
        wanted.push({ at, width })
        at += width + draw.below(60)
      }
      const last = wanted[wanted.length - 1].at
      const within: ReadLimits = {
        maxRegisters: 4 + draw.below(100),
        barriers: draw.chance(0.5) ? [wanted[draw.below(wanted.length)].at, last] : [],
      }
      const ours = costOf(planReads(wanted, within, cost), cost)
      if (Math.abs(ours - cheapest(wanted, within, cost)) > 1e-6) worse++
    }
    expect(worse).toBe(0)
  })
})
