import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { Grid } from '../../firmware/telemetry/grid'

test('the next tick is always ahead', () => {
  const grid = new Grid(1234)
  for (const utc of [0, 1233, 1234, 1235, 5233, 5234, 1_700_000_000_123]) {
    const due = grid.due(grid.next(utc as UnixMs))
    expect(due).toBeGreaterThan(utc)
    expect(due - utc).toBeLessThanOrEqual(4000)
  }
})
