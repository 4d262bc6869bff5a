import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Meters } from '../../firmware/dongle/meters'
import { streams } from '../../firmware/telemetry/site'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'

const SEED = 3

test('a line that cannot be opened is tried again and again, 30 s apart at most', () => {
  const { settings } = drawSite(SEED)
  const owed = streams(settings.site, settings.devices)
  const meters = new Meters({ settings, streams: owed, entropy: random(SEED) })
  const tries: number[] = []
  for (let now = 0; now < 3_600_000; now += 100) {
    const output = meters.poll(now as MonotonicMs)
    if (output.kind !== 'open line') continue
    tries.push(now)
    meters.closed('no such device', now as MonotonicMs)
  }
  const gaps = tries.slice(1).map((at, i) => at - tries[i])
  expect(Math.max(...gaps)).toBeLessThanOrEqual(30_100)
  expect(Math.max(...gaps)).toBeGreaterThan(25_000)
})
