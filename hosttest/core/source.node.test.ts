/** What the firmware must not do anywhere, found in its source. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const FILES = readdirSync('firmware', { recursive: true })
  .map((name) => join('firmware', String(name)))
  .filter((name) => /\.(ts|c)$/.test(name) && !/\.d\.ts$/.test(name))
  // The MQTT client as a library for other firmware.
  .filter((name) => !name.startsWith('firmware/mqtt/moddable'))

function filesWith(pattern: RegExp): string[] {
  return FILES.filter((name) => pattern.test(readFileSync(name, 'utf8')))
}

test('random numbers come from the chip by one function, and never from the engine', () => {
  expect(filesWith(/\bMath\.random\(/)).toEqual([])
  expect(filesWith(/\besp_random\(/)).toEqual([])
  expect(filesWith(/\besp_fill_random\(/)).toEqual(['firmware/xs/esp32/host.c'])
})

test('nothing listens for connections', () => {
  expect(filesWith(/socket\/listener|\bListener\b|\blisten\(/)).toEqual([])
})
