import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { readPartitions, wrongImage, wrongPartitions } from '../../tools/esp32/partitions'

const FLASH = 4 * 1024 * 1024
const TABLE = 0x10000
const csv = readFileSync('firmware/xs/esp32/partitions.csv', 'utf8')
const faults = (text: string, flash = FLASH) => wrongPartitions(readPartitions(text), TABLE, flash)

test('the table of the image fits: two slots of 1,920 KB, and an identity that NVS has no part in', () => {
  expect(faults(csv)).toEqual([])
  const table = readPartitions(csv)
  const sizes = Object.fromEntries(table.map(({ name, size }) => [name, size / 1024]))
  expect(sizes).toEqual({
    nvs: 24,
    otadata: 8,
    phy_init: 4,
    nvs_keys: 4,
    fctry: 12,
    ota_0: 1920,
    ota_1: 1920,
  })
  expect(csv).toMatch(/^fctry,.*encrypted:readonly$/m)
})

test.each<[string, (text: string) => string, string]>([
  [
    'lies over another',
    (text) => text.replace('0x17000', '0x16000'),
    'otadata: begins at 0x16000, but nvs ends at 0x17000: move it',
  ],
  [
    'lies over the table',
    (text) => text.replace('0x11000', '0x10000'),
    'nvs: begins at 0x10000, but the table itself ends at 0x11000: move it',
  ],
  [
    'is a slot off its pages of 64 KB',
    (text) => text.replace('0x20000,', '0x1F000,').replace('0x3000,', '0x2000,'),
    'ota_0: 0x1F000 of 0x1E0000 bytes: expected multiples of 0x10000, and a size of 0x1000',
  ],
  [
    'has no size',
    (text) => text.replace('0x2000,', ','),
    'otadata: offset and size are expected as numbers, K or M',
  ],
  [
    'is a slot smaller than the other',
    (text) => text.replace('0x200000, 0x1E0000', '0x200000, 1856K'),
    'ota_0 0x1E0000, ota_1 0x1D0000: expected two slots of one size, for an update must fit either',
  ],
])('a partition that %s is told with its numbers', (_, change, expected) => {
  const changed = change(csv)
  expect(changed).not.toBe(csv)
  expect(faults(changed)).toEqual([expected])
})

test('a flash that is smaller than the table is told', () => {
  expect(faults(csv, 2 * 1024 * 1024)).toEqual([
    'ota_1: ends at 0x3E0000, but the flash at 0x200000: make it smaller',
  ])
})

test('an image leaves a tenth of its slot free', () => {
  const table = readPartitions(csv)
  expect(wrongImage(table, 1_769_472)).toBeUndefined()
  expect(wrongImage(table, 1_769_473)).toContain('expected at most 1769472 of a slot of 1966080')
})
