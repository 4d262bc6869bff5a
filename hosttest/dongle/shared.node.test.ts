/** What a dongle says of another master on its line. */
import { expect, test } from '@jest/globals'
import { plan } from '../../tools/sim/faults/faults'
import { loadValidate } from '../../tools/sim/observer/schema'
import { MINUTE, World } from '../../tools/sim/world'

test('another master on the line is in its health, and in its log once', () => {
  const logged: string[] = []
  const world = new World({
    seed: 3,
    validate: loadValidate(),
    onReport: (report) => {
      if (report.kind === 'log') logged.push(report.text)
    },
  })
  plan(world, [
    { kind: 'second master', atMs: MINUTE, lastsMs: MINUTE },
    { kind: 'second master', atMs: 3 * MINUTE, lastsMs: MINUTE },
  ])
  expect(world.run(MINUTE / 2)).toBeUndefined()
  expect(world.dongle.health?.line.otherMaster.requests).toBe(0)
  expect(logged.filter((text) => text.includes('master'))).toEqual([])
  expect(world.run(5 * MINUTE)).toBeUndefined()
  const { requests, unit, waits } = world.dongle.health!.line.otherMaster
  expect(requests).toBeGreaterThan(50)
  expect(waits).toBeGreaterThan(0)
  expect(world.site.meters.map((meter) => meter.unit)).toContain(unit)
  const told = logged.filter((text) => text.startsWith('another master on the line'))
  expect(told).toHaveLength(1)
  expect(told[0]).toMatch(
    /^another master on the line: it asked unit \d+ for register \d+ \(docs\/modbus\.md\)$/,
  )
})
