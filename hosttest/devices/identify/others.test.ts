/** The other devices on a line, while one or many are being identified. */
import { describe, expect, test } from '@jest/globals'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { grid, sdm120 as pvMeter, sdm630 } from '../poll/rounds'
import { auto, exception, PERIOD_MS, play, sdm120 } from './play'

describe('the others on the line', () => {
  test.each([2400, 9600])('are read in time at %d baud while ten are being identified', (baud) => {
    const unlisteds: DeviceConfig[] = []
    for (let unit = 20; unit < 30; unit++) unlisteds.push({ ...auto, unit, role: 'resource' })
    const slaves = unlisteds.map(({ unit }, i) =>
      i % 2 ? { ...sdm120(), unit } : { ...sdm120(), unit, mute: i % 4 === 0, latencyMs: 180 },
    )
    const { line, log, machine } = play({
      devices: [...unlisteds, grid, { ...grid, model: 'eastron-sdm120', unit: 2 }],
      slaves: [...slaves, sdm630(900), pvMeter(30)],
      count: 30,
      baud,
    })
    for (const device of [10, 11]) {
      const read = log.filter(([, one, what]) => one === device && typeof what === 'number')
      expect(read).toHaveLength(30)
    }
    // In the first two rounds, whose length is not known, a read may still be under way when the next begins.
    for (let round = 2; round < 30; round++) {
      const first = line.sent.find(({ at }) => at >= round * PERIOD_MS)
      expect((first?.at ?? 0) - round * PERIOD_MS).toBeLessThan(20)
    }
    expect(machine.roundMs).toBeLessThan(PERIOD_MS)
  })

  test('that are busy are asked again before the next read of an identification', () => {
    let busy = 0
    const { line } = play({
      devices: [auto, { ...grid, model: 'eastron-sdm120', unit: 2 }],
      slaves: [sdm120(), pvMeter(30)],
      count: 2,
      through: (respond) => (frame, now) => {
        const replies = respond(frame, now)
        if (frame[0] !== 2 || busy++ > 0) return replies
        return replies.map(({ afterMs, bytes }) => ({ afterMs, bytes: exception(bytes, 6) }))
      },
    })
    expect(line.sent.slice(0, 3).map(({ bytes }) => bytes[0])).toEqual([2, 2, 5])
  })
})
