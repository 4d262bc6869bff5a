import { describe, expect, test } from '@jest/globals'
import { readPem } from '../../firmware/core/pem'

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

describe('certificates in text', () => {
  test('are read in their order, whatever stands between them', () => {
    const text = `subject=one\n${BEGIN}\nMAM=\n${END}\nsubject=two\r\n${BEGIN}\r\nMA\r\nMC\r\n${END}\r\n`
    expect(readPem(text)).toEqual([new Uint8Array([0x30, 3]), new Uint8Array([0x30, 3, 2])])
  })
  test.each([
    ['there is none', 'text'],
    ['one is empty', `${BEGIN}\n${END}`],
    ['one is no base64', `${BEGIN}\n!!!!\n${END}`],
    ['one is cut short', `${BEGIN}\nMAMC`],
    ['the second is cut short', `${BEGIN}\nMAMC\n${END}\n${BEGIN}\nMAMC`],
    ['one swallows the next', `${BEGIN}\nMAMC\n${BEGIN}\nMAMC\n${END}`],
  ])('are refused if %s', (_, text) => {
    expect(readPem(text)).toBeUndefined()
  })
})
