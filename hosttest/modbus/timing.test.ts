import { expect, test } from '@jest/globals'
import { LineTiming } from '../../firmware/modbus/timing'
import type { LineSettings } from '../../firmware/ports/bytestream'

test.each<[LineSettings['parity'], LineSettings['stopBits'], number]>([
  ['none', 1, 10],
  ['even', 1, 11],
  ['odd', 1, 11],
  ['none', 2, 11],
  ['even', 2, 12],
])('a character with parity %s and %d stop bits takes %d bits', (parity, stopBits, bits) => {
  expect(new LineTiming({ baud: 1000, parity, stopBits }).frameMs(1)).toBe(bits)
})
