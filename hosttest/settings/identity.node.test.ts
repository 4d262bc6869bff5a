/** The image of identity that the factory writes; the C that reads it has its test in tools/native/esp32/host.test.c. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readFactoryData } from '../../firmware/settings/factory'
import { FCTRY_BYTES } from '../../tools/esp32/identity'
import { sealFactoryData } from '../../tools/factory/seal'

const SECRET = 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'
const labelSecret = Uint8Array.from(Buffer.from(SECRET, 'hex'))

function identity(serial: string, input: string) {
  const folder = mkdtempSync(join(tmpdir(), 'wattbeat-identity-'))
  const path = join(folder, 'fctry.bin')
  try {
    const command = ['--import', 'tsx', 'tools/esp32/identity.ts', serial, path]
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      input,
      encoding: 'utf8',
    })
    return { status, said: stdout + stderr, image: status === 0 ? readFileSync(path) : undefined }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the image is as large as its partition, and holds the record that the firmware reads', () => {
  const { status, said, image } = identity('WB261100042', `${SECRET}\n`)
  expect([status, said, image?.length]).toEqual([0, '', FCTRY_BYTES])
  const { length } = sealFactoryData({ serial: 'WB261100042', labelSecret })
  const record = Uint8Array.from(image!.subarray(0, length))
  expect(readFactoryData(record)).toEqual({ serial: 'WB261100042', labelSecret })
  expect(image!.subarray(length).every((byte) => byte === 0xff)).toBe(true)
})

test('the partition table has a place of that size, which no program can write', () => {
  const table = readFileSync('firmware/xs/esp32/partitions.csv', 'utf8')
  const [, size, flags] = /^fctry,.*?,.*?,.*?,\s*(0x[0-9A-Fa-f]+),\s*(\S+)/m.exec(table)!
  expect([Number(size), flags.split(':').includes('readonly')]).toEqual([FCTRY_BYTES, true])
})

test.each([
  [
    'WB 1',
    SECRET,
    'identity: serial: expected 1 to 15 letters and digits, found a text of 4 characters\n',
  ],
  ['WB1', SECRET.slice(1), 'identity: secret: expected 32 hexadecimal digits\n'],
])('what is wrong is named, and the secret is not repeated: %s', (serial, secret, said) => {
  expect(identity(serial, secret)).toEqual({ status: 1, said, image: undefined })
})
