import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { PACKED } from '../../firmware/devices/catalogue/packed'
import { packedModule } from '../../tools/catalogue/module'

test('packed.ts is what the packer writes', () => {
  const file = join(process.cwd(), 'firmware/devices/catalogue/packed.ts')
  expect(readFileSync(file, 'utf8')).toBe(packedModule(PACKED))
})
