import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { Grid } from '../../firmware/telemetry/grid'
import { streams } from '../../firmware/telemetry/site'

test('the site comes first, whichever device it is, and devices with the same id are one stream', () => {
  expect(
    streams('S', [
      { role: 'resource', resource: 'A' },
      { role: 'site' },
      { role: 'resource', resource: 'B' },
      { role: 'resource', resource: 'A' },
    ]),
  ).toEqual([
    { topic: 'site/S/data', devices: [1] },
    { topic: 'resource/A/data', devices: [0, 3] },
    { topic: 'resource/B/data', devices: [2] },
  ])
})

test('the next tick is always ahead', () => {
  const grid = new Grid({ periodMs: 4000, phaseMs: 1234 })
  for (const utc of [0, 1233, 1234, 1235, 5233, 5234, 1_700_000_000_123]) {
    const due = grid.due(grid.next(utc as UnixMs))
    expect(due).toBeGreaterThan(utc)
    expect(due - utc).toBeLessThanOrEqual(4000)
  }
})
