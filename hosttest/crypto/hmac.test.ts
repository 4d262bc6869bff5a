import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../firmware/core/bytes'
import { hkdf } from '../../firmware/crypto/hkdf'
import { hmac } from '../../firmware/crypto/hmac'
import { prf } from '../../firmware/tls/keys'
import { fromHex } from '../tls/x509/vectors'
import { primitives } from './primitives'

const bytes = (from: number, to: number) =>
  Uint8Array.from({ length: to - from }, (_, i) => from + i)

describe('HMAC-SHA-256, RFC 4231', () => {
  test.each([
    [
      'case 1',
      new Uint8Array(20).fill(0x0b),
      utf8('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      'case 2, a key shorter than the digest',
      utf8('Jefe'),
      utf8('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'case 3, more than a block',
      new Uint8Array(20).fill(0xaa),
      new Uint8Array(50).fill(0xdd),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
  ])('%s', (_name, key, data, code) => {
    expect(toHex(hmac(primitives, key, data))).toBe(code)
    expect(toHex(hmac(primitives, key, data.subarray(0, 3), data.subarray(3)))).toBe(code)
  })
})

describe('HKDF-SHA-256, RFC 5869', () => {
  test.each([
    [
      'A.1',
      new Uint8Array(22).fill(0x0b),
      bytes(0x00, 0x0d),
      bytes(0xf0, 0xfa),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      'A.2, longer inputs and outputs',
      bytes(0x00, 0x50),
      // The one salt that is longer than a block; of it HMAC takes the digest.
      undefined,
      bytes(0xb0, 0x100),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    [
      'A.3, neither salt nor info',
      new Uint8Array(22).fill(0x0b),
      new Uint8Array(0),
      new Uint8Array(0),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('%s', (_name, secret, salt, info, keys) => {
    const length = keys.length / 2
    const digest = () => {
      const hash = primitives.sha256()
      hash.update(bytes(0x60, 0xb0))
      return hash.digest()
    }
    expect(toHex(hkdf(primitives, salt ?? digest(), secret, info, length))).toBe(keys)
  })
})

test('what is made of a secret on the way is wiped, and the secret itself left to its owner', () => {
  const digests: Uint8Array[] = []
  const watched = {
    sha256() {
      const hash = primitives.sha256()
      return {
        update: (some: Uint8Array) => hash.update(some),
        digest() {
          const made = hash.digest()
          digests.push(made)
          return made
        },
      }
    },
  }
  const secret = bytes(1, 33)
  hkdf(watched, secret, secret, new Uint8Array(0), 64)
  expect(toHex(secret)).toBe(toHex(bytes(1, 33)))
  // Inner digests, which lead to nothing without the outer key, stay; what stands for a key does not.
  const outer = digests.filter((_, i) => i % 2 === 1)
  expect(outer.map(toHex)).toEqual(Array(3).fill('00'.repeat(32)))
})

// https://www.ietf.org/mail-archive/web/tls/current/msg03416.html
test('the pseudorandom function of TLS 1.2 with SHA-256', () => {
  const drawn = prf(
    primitives,
    fromHex('9bbe436ba940f017b17652849a71db35'),
    'test label',
    fromHex('a0ba9f936cda311827a6f796ffd5198c'),
    100,
  )
  expect(toHex(drawn)).toBe(
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
  )
})
