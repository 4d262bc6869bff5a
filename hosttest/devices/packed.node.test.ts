import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findDevice, listDevices } from '../../firmware/devices/catalogue/find'
import { PACKED } from '../../firmware/devices/catalogue/packed'
import type { Device } from '../../firmware/devices/model'
import { cover, packProbes, packShipped } from '../../tools/catalogue/cover'
import { packedModule, probesModule } from '../../tools/catalogue/module'

function read(name: string): string {
  return readFileSync(join(process.cwd(), 'firmware/devices/catalogue', name), 'utf8')
}

test('packed.ts is what the packer writes', () => {
  expect(read('packed.ts')).toBe(packedModule(PACKED))
})

test('probes.ts has the reads that find the devices of packed.ts', () => {
  const devices = listDevices().map((id) => findDevice(id) as Device)
  const probes = cover(devices)
  const expected = probesModule(packProbes(probes), packShipped(devices, probes))
  expect(read('probes.ts')).toBe(expected)
})
