/**
 * The factory's image of the partition `fctry` (firmware/xs/esp32/partitions.csv), for esptool:
 *
 *     node --import tsx tools/esp32/identity.ts SERIAL IMAGE <SECRET
 *
 * SECRET is the label's, 32 hexadecimal digits, on standard input: arguments can be seen by every user.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { LABEL_SECRET_BYTES } from '../../firmware/settings/factory'
import { sealFactoryData } from '../factory/seal'

export const FCTRY_BYTES = 0x3000

/** The record, and erased flash. Throws if a field is not valid. */
export function identityImage(serial: string, labelSecret: Uint8Array): Uint8Array {
  const image = new Uint8Array(FCTRY_BYTES).fill(0xff)
  image.set(sealFactoryData({ serial, labelSecret }))
  return image
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const [serial, path] = process.argv.slice(2)
    if (!path) throw new Error('expected SERIAL IMAGE, and the secret on standard input')
    const text = readFileSync(0, 'utf8').trim()
    if (!/^[0-9a-fA-F]*$/.test(text) || text.length !== 2 * LABEL_SECRET_BYTES)
      throw new Error(`secret: expected ${2 * LABEL_SECRET_BYTES} hexadecimal digits`)
    writeFileSync(path, identityImage(serial, Buffer.from(text, 'hex')), { mode: 0o600 })
  } catch (error) {
    console.error(`identity: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}
