import { expect, test } from '@jest/globals'
import { type Entropy, random, uniform } from '../../firmware/core/entropy'

const always = (byte: number): Entropy => ({ fill: (bytes) => void bytes.fill(byte) })

test('uniform covers [0, 1), both ends as they should be', () => {
  expect(uniform(always(0))).toBe(0)
  expect(uniform(always(0x80))).toBe(0x80808080 / 2 ** 32)
  expect(uniform(always(0xff))).toBe(1 - 2 ** -32)
})

test('random bytes are as many as asked for, each from the source', () => {
  expect(random(always(7), 3)).toEqual(new Uint8Array([7, 7, 7]))
  expect(random(always(7), 0)).toHaveLength(0)
})
