import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { readPartitions } from '../../tools/esp32/partitions'
import { mergeParts, readParts } from '../../tools/esp32/parts'

/**
 * As ESP-IDF's build writes it, with this project's offsets; not recorded.
 * https://github.com/espressif/esp-idf/blob/v6.0/components/esptool_py/flasher_args.json.in
 */
const FLASHER_ARGS = JSON.stringify({
  write_flash_args: ['--flash_mode', 'dio', '--flash_size', '4MB', '--flash_freq', '40m'],
  flash_settings: { flash_mode: 'dio', flash_size: '4MB', flash_freq: '40m' },
  flash_files: {
    '0x20000': 'xs_esp32.bin',
    '0x1000': 'bootloader/bootloader.bin',
    '0x10000': 'partition_table/partition-table.bin',
    '0x17000': 'ota_data_initial.bin',
  },
  app: { offset: '0x20000', file: 'xs_esp32.bin', encrypted: 'false' },
  extra_esptool_args: { chip: 'esp32', stub: true },
})

test('the parts are in the order of their offsets, which are those of the partition table', () => {
  const parts = readParts(FLASHER_ARGS)
  expect(parts).toEqual([
    { offset: 0x1000, path: 'bootloader/bootloader.bin' },
    { offset: 0x10000, path: 'partition_table/partition-table.bin' },
    { offset: 0x17000, path: 'ota_data_initial.bin' },
    { offset: 0x20000, path: 'xs_esp32.bin' },
  ])
  const table = readPartitions(readFileSync('firmware/xs/esp32/partitions.csv', 'utf8'))
  const offsets = table.map(({ offset }) => offset)
  expect(parts.slice(2).every(({ offset }) => offsets.includes(offset))).toBe(true)
})

test('merged, each is at its offset, and between them is erased flash', () => {
  const merged = mergeParts([
    { offset: 2, bytes: Uint8Array.of(1, 2) },
    { offset: 4, bytes: Uint8Array.of(3) },
    { offset: 7, bytes: Uint8Array.of(4, 5) },
  ])
  expect([...merged]).toEqual([255, 255, 1, 2, 3, 255, 255, 4, 5])
})

test('a part that lies over the next is an error with both addresses', () => {
  const parts = [
    { offset: 0x1000, bytes: new Uint8Array(0xf001) },
    { offset: 0x10000, bytes: new Uint8Array(1) },
  ]
  expect(() => mergeParts(parts)).toThrow(
    'the part at 0x10000 lies over the one before it, which ends at 0x10001',
  )
})
