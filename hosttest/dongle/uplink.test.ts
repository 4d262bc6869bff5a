import { expect, test } from '@jest/globals'
import type { MonotonicMs, Timescale, UnixMs } from '../../firmware/core/time'
import { Uplink } from '../../firmware/dongle/uplink'
import type { SecureLayer } from '../../firmware/ports/secure'
import { settingsOf } from '../../tools/bench/board'
import { plainLayer } from '../../tools/sim/plain'
import { random } from '../../tools/sim/random'

const NOW = 5000 as MonotonicMs
const NOON = 1_800_000_000_000 as UnixMs

test('TLS is given the best estimate of the time, also when it is too unsure for samples', () => {
  const time: Timescale = { utc: () => undefined, monotonic: () => NOW, estimate: () => NOON }
  const asked: unknown[] = []
  const secureLayer: SecureLayer = {
    client(...options) {
      asked.push(...options)
      return plainLayer.client(...options)
    },
  }
  const settings = settingsOf(1)
  const uplink = new Uplink({ settings, serial: 'WB1', entropy: random(1), secureLayer, time })
  expect(uplink.poll(NOW)).toMatchObject({ kind: 'wait' })
  uplink.start(NOW)
  expect(uplink.poll(NOW)).toEqual({ kind: 'resolve', host: 'broker' })
  uplink.resolved('broker', '192.0.2.1', '')
  expect(uplink.poll(NOW)).toEqual({ kind: 'connect', address: '192.0.2.1', port: 8883 })
  uplink.tcpOpened()
  expect(uplink.poll(NOW)).toMatchObject({ kind: 'send' })
  expect(asked).toEqual([{ host: 'broker', port: 8883 }, NOON, NOW + 30_000])
})
