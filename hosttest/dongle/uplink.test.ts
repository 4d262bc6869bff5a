import { expect, test } from '@jest/globals'
import type { MonotonicMs, Timescale, UnixMs } from '../../firmware/core/time'
import { Uplink } from '../../firmware/dongle/uplink'
import { settingsOf } from '../../tools/bench/world'
import { random } from '../../tools/sim/random'

const NOW = 5000 as MonotonicMs
const NOON = 1_800_000_000_000 as UnixMs

test('TLS is given the best estimate of the time, also when it is too unsure for samples', () => {
  const time: Timescale = { utc: () => undefined, monotonic: () => NOW, estimate: () => NOON }
  const uplink = new Uplink({ settings: settingsOf(1), serial: 'WB1', entropy: random(1), time })
  expect(uplink.poll(NOW)).toMatchObject({ kind: 'wait' })
  uplink.start(NOW)
  expect(uplink.poll(NOW)).toEqual({
    kind: 'connect',
    to: { host: 'broker', port: 8883 },
    utc: NOON,
  })
})
