import { describe, expect, test } from '@jest/globals'
import { decodeCertificate } from '../../../firmware/tls/x509/decode'
import { namesHost, namesInWords, readAddress } from '../../../firmware/tls/x509/names'
import { ISRG_ROOT_X1, LEAF } from './vectors'

const leaf = decodeCertificate(LEAF)!

describe('the host', () => {
  test.each([
    ['broker.example.org', true],
    ['BROKER.example.ORG', true],
    ['broker.example.org.', true],
    ['any.wild.example.org', true],
    ['wild.example.org', false],
    ['two.labels.wild.example.org', false],
    ['.wild.example.org', false],
    ['example.org', false],
    ['xbroker.example.org', false],
    ['', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['192.0.2.007', false],
    ['2001:db8::7', true],
    ['2001:DB8:0:0:0:0:0:7', true],
    ['2001:db8::192.0.2.7', false],
    ['2001:db8::8', false],
  ])('%s: %s', (host, named) => {
    expect(namesHost(leaf, host)).toBe(named)
  })

  test('a certificate without names names nobody, whatever its common name', () => {
    const root = decodeCertificate(ISRG_ROOT_X1)!
    expect(namesHost(root, 'ISRG Root X1')).toBe(false)
    expect(namesInWords(root)).toBe('a certificate without names')
  })

  test('names for a message', () => {
    expect(namesInWords(leaf)).toBe(
      'broker.example.org, *.wild.example.org, 192.0.2.7, 2001:db8:0:0:0:0:0:7',
    )
  })
})

describe('addresses', () => {
  test.each([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['fe80::1:2', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]],
    ['::ffff:192.0.2.1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ])('%s', (text, bytes) => {
    expect([...readAddress(text)!]).toEqual(bytes)
  })

  test.each([
    ['256.0.0.1'],
    ['1.2.3'],
    ['1.2.3.4.5'],
    ['1..2.3'],
    ['a.b.c.d'],
    ['::1::'],
    ['1:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7:8:9'],
    ['1::2:3:4:5:6:7:8'],
    ['12345::'],
    ['fe80::1%eth0'],
    ['g::'],
    ['broker.example.org'],
  ])('%s is none', (text) => {
    expect(readAddress(text)).toBeUndefined()
  })
})
