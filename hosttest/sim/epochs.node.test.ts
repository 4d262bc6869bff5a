/** Lives around a leap second, around the end of NTP's first era, and around 2038: all faults, and the observer knows UTC. */
import { expect, test } from '@jest/globals'
import { EPOCH_NAMES, TrueTime } from '../../tools/sim/epochs'
import { live } from '../../tools/sim/lifetime'
import { loadValidate } from '../../tools/sim/observer/schema'
import { HOUR } from '../../tools/sim/world'

/** A site of three meters. */
const SEED = 3
const validate = loadValidate()

test('true UTC counts a leap second twice, or leaves one out, and goes on', () => {
  const around = (name: 'leap second' | 'second left out', atMs: number) =>
    [-1, 0, 999, 1000].map((ms) => new TrueTime(name).utc(3 * HOUR + atMs + ms))
  const newYear = Date.UTC(2027, 0, 1)
  expect(around('leap second', 0)).toEqual([-1, -1000, -1, 0].map((ms) => newYear + ms))
  expect(around('second left out', -1000)).toEqual([-1001, 0, 999, 1000].map((ms) => newYear + ms))
})

test('the counters of seconds end three hours after their epochs begin', () => {
  const dates = ([2036, 2038] as const).map((name) => new Date(new TrueTime(name).utc(3 * HOUR)))
  expect(dates.map((date) => date.toISOString())).toEqual([
    '2036-02-07T06:28:16.000Z',
    '2038-01-19T03:14:08.000Z',
  ])
})

// A fixed share would say how many faults a life draws; the same life in a common year says what an epoch costs.
const common = live({ seed: SEED, hours: 4, validate })

test.each(EPOCH_NAMES)(
  'a life in the epoch %s breaks no invariant, and is as healthy as in a common year',
  (epoch) => {
    const life = live({ seed: SEED, epoch, hours: 4, validate })
    expect(life.healthyTicks).toBeGreaterThan(0.95 * common.healthyTicks)
  },
)
