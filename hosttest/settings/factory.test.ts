import { describe, expect, test } from '@jest/globals'
import { seal } from '../../firmware/core/sealed'
import { readFactoryData } from '../../firmware/settings/factory'
import { sealFactoryData } from '../../tools/factory/seal'

const labelSecret = Uint8Array.from({ length: 16 }, (_, i) => 240 + i)
const FACTORY = { serial: 'WB261100042', labelSecret }

describe('the identity from the factory', () => {
  test('is read as it was sealed', () => {
    expect(readFactoryData(sealFactoryData(FACTORY))).toEqual(FACTORY)
  })

  test('is none if nothing was stored, any bit of it has changed, or it is cut short', () => {
    expect(readFactoryData(undefined)).toBeUndefined()
    const blob = sealFactoryData(FACTORY)
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const changed = blob.slice()
      changed[bit >> 3] ^= 1 << (bit & 7)
      expect(readFactoryData(changed)).toBeUndefined()
    }
    for (let length = 0; length < blob.length; length++)
      expect(readFactoryData(blob.slice(0, length))).toBeUndefined()
  })

  test.each([
    ['another version', 2, 'WB-1'],
    ['no serial', 1, ''],
    ['a serial that no label has', 1, 'WB-1'],
  ])('whole, but with %s: none', (_which, version, serial) => {
    const payload = new Uint8Array([...labelSecret, ...[...serial].map((c) => c.charCodeAt(0))])
    expect(readFactoryData(seal({ version, sequence: 0, payload }))).toBeUndefined()
  })

  test('cannot be sealed with a wrong field, which is named; the secret is not repeated', () => {
    expect(() => sealFactoryData({ ...FACTORY, serial: 'WB 1' })).toThrow(
      'serial: expected 1 to 15 letters and digits, found a text of 4 characters',
    )
    expect(() => sealFactoryData({ ...FACTORY, labelSecret: labelSecret.slice(1) })).toThrow(
      'labelSecret: expected 16 bytes, found 15 bytes',
    )
  })
})
