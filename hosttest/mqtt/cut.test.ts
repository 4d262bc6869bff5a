/** The connection cut after every byte of QoS 1 and QoS 2 exchanges, in both directions. */
import { describe, expect, test } from '@jest/globals'
import { COUNT, check, cutAtRandom, exchange, never, wanted } from './cut'

for (const qos of [1, 2]) {
  describe(`QoS ${qos}, cut once`, () => {
    const whole = exchange(COUNT, () => qos, 2, never, never, 1)

    test('not at all, is exact', () => {
      check(whole, COUNT, true, 'whole')
      expect(whole.taken).toEqual(wanted('u', COUNT))
    })

    test('after every byte from the client', () => {
      for (let cut = 0; cut <= whole.bytes; cut++) {
        const at = (connection: number): number => (connection === 0 ? cut : never())
        check(
          exchange(COUNT, () => qos, 2, at, never, cut),
          COUNT,
          qos === 2,
          `cut ${cut}`,
        )
      }
    })

    test('after every byte from the server', () => {
      for (let cut = 14; cut <= 90; cut++) {
        const at = (connection: number): number => (connection === 0 ? cut : never())
        check(
          exchange(COUNT, () => qos, 2, never, at, cut),
          COUNT,
          qos === 2,
          `cut ${cut}`,
        )
      }
    })
  })
}

test('cut again and again, at random, with both QoS mixed: seeds 1 to 200', () => {
  cutAtRandom(1, 200)
})
