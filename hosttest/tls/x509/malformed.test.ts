import { describe, expect, test } from '@jest/globals'
import { ECDSA_SHA256, RSA_SHA256 } from '../../../firmware/crypto/primitives'
import { decodeCertificate } from '../../../firmware/tls/x509/decode'
import {
  AUTHORITY,
  ECDSA,
  ECDSA_SHA256_ID,
  ecKey,
  extension,
  forge,
  type Parts,
  RSA_SHA256_ID,
  rsaKey,
  time,
  tlv,
} from './forge'

const read = (change?: Partial<Parts>) => decodeCertificate(forge(change))

const RSA = tlv('30', RSA_SHA256_ID, '0500')

test('the forged certificate can be read', () => {
  expect(read()).toMatchObject({
    scheme: ECDSA_SHA256,
    keyKind: 'P-256',
    keyFault: '',
    notBefore: Date.UTC(2025, 0, 1),
    notAfter: Date.UTC(2035, 0, 1),
    isAuthority: false,
    usage: undefined,
    forServers: undefined,
    forbidding: '',
  })
})

describe('no certificate at all', () => {
  test.each<[string, Partial<Parts>]>([
    ['a byte behind it', { tail: '00' }],
    ['version 1, written out', { version: 'a003020100' }],
    ['version 4', { version: 'a003020103' }],
    ['version 1 with extensions', { version: '', extensions: [AUTHORITY] }],
    ['version 2 with extensions', { version: 'a003020101', extensions: [AUTHORITY] }],
    ['another algorithm outside than inside', { outer: RSA }],
    ['a serial number of no bytes', { serial: '0200' }],
    ['a signature that is not whole bytes', { signature: tlv('03', '04', '3006020101020110') }],
    ['a signature of no bytes', { signature: '030100' }],
    ['a time without Z', { notAfter: tlv('17', '333530313031303030303030', '30') }],
    ['a time without seconds', { notAfter: time('3501010000Z') }],
    ['a time of more than digits', { notAfter: time('35010100000:Z') }],
    ['a thirteenth month', { notAfter: time('351301000000Z') }],
    ['a month of none', { notAfter: time('350001000000Z') }],
    ['a day of none', { notAfter: time('350100000000Z') }],
    ['a 31st of April', { notAfter: time('350431000000Z') }],
    ['a 25th hour', { notAfter: time('350101240000Z') }],
    ['a 61st minute', { notAfter: time('350101006000Z') }],
    ['a 61st second', { notAfter: time('350101000060Z') }],
    ['a fraction of a second', { notAfter: time('20350101000000.5Z') }],
    ['no key', { key: tlv('30') }],
    ['a key of no whole bytes', { key: tlv('30', tlv('30', tlv('06', '2a03')), '03020140') }],
    ['an extension twice', { extensions: [AUTHORITY, AUTHORITY] }],
    [
      'an unknown extension twice',
      { extensions: [extension('24', '3000'), extension('24', '3000')] },
    ],
    ['a truth of 1', { extensions: [extension('13', tlv('30', '010101'))] }],
    ['a truth of two bytes', { extensions: [extension('13', tlv('30', '0102ffff'))] }],
    ['a negative pathLen', { extensions: [extension('13', tlv('30', '0101ff', '020180'))] }],
    ['a padded pathLen', { extensions: [extension('13', tlv('30', '0101ff', '02020001'))] }],
    ['more behind basicConstraints', { extensions: [extension('13', `${tlv('30')}0500`)] }],
    ['a keyUsage of no bits', { extensions: [extension('0f', '030100')] }],
    ['a keyUsage with nine spare bits', { extensions: [extension('0f', '03020984')] }],
    ['a keyUsage with bits in the spare', { extensions: [extension('0f', '03020784')] }],
    ['a purpose that is no identifier', { extensions: [extension('25', tlv('30', '0500'))] }],
    ['an extension without a value', { extensions: [tlv('30', '0603551d13')] }],
  ])('%s', (_name, change) => {
    expect(read(change)).toBeUndefined()
  })

  test('32 KB: beyond that no place can be told', () => {
    const filled = (bytes: number) =>
      read({ extensions: [extension('0e', tlv('04', '00'.repeat(bytes)))] })
    expect(filled(32_000)).toBeDefined()
    expect(filled(33_000)).toBeUndefined()
  })
})

describe('the signature algorithm is none of ours', () => {
  test.each([
    ['SHA-1 with RSA', tlv('30', tlv('06', '2a864886f70d010105'), '0500')],
    ['MD5 with RSA', tlv('30', tlv('06', '2a864886f70d010104'), '0500')],
    ['RSA-PSS', tlv('30', tlv('06', '2a864886f70d01010a'), '3000')],
    ['SHA-224 with RSA', tlv('30', tlv('06', '2a864886f70d01010e'), '0500')],
    ['RSA with a full NULL', tlv('30', RSA_SHA256_ID, '050100')],
    ['RSA with something else than NULL', tlv('30', RSA_SHA256_ID, '040100')],
    ['RSA with more than NULL', tlv('30', RSA_SHA256_ID, '05000500')],
    ['SHA-1 with ECDSA', tlv('30', tlv('06', '2a8648ce3d0401'))],
    ['SHA-224 with ECDSA', tlv('30', tlv('06', '2a8648ce3d040301'))],
    ['ECDSA with parameters', tlv('30', ECDSA_SHA256_ID, '0500')],
    ['an empty identifier', tlv('30', '0600')],
  ])('%s', (_name, inner) => {
    expect(read({ inner })?.scheme).toBe(0)
  })

  test('RSA may leave NULL out, ECDSA must', () => {
    expect(read({ inner: RSA })?.scheme).toBe(RSA_SHA256)
    expect(read({ inner: tlv('30', RSA_SHA256_ID) })?.scheme).toBe(RSA_SHA256)
    expect(read({ inner: ECDSA })?.scheme).toBe(ECDSA_SHA256)
  })
})

describe('the key', () => {
  const odd = '11'.repeat(255)
  test.each([
    ['of RSA-2048', rsaKey(), ''],
    ['of RSA-4096', rsaKey({ modulus: `0081${'11'.repeat(511)}` }), ''],
    ['with exponent 3', rsaKey({ exponent: '03' }), ''],
    ['of 2047 bits', rsaKey({ modulus: `41${odd}` }), 'an RSA key of 2047 bits'],
    ['of 4097 bits', rsaKey({ modulus: `01${'11'.repeat(512)}` }), 'an RSA key of 4097 bits'],
    ['even', rsaKey({ modulus: `00c1${'10'.repeat(255)}` }), 'a malformed RSA key'],
    ['negative', rsaKey({ modulus: `c1${odd}` }), 'a malformed RSA key'],
    ['padded', rsaKey({ modulus: `000041${odd}` }), 'a malformed RSA key'],
    ['with exponent 1', rsaKey({ exponent: '01' }), 'a malformed RSA key'],
    ['with exponent 2', rsaKey({ exponent: '02' }), 'a malformed RSA key'],
    ['with exponent 65536', rsaKey({ exponent: '010000' }), 'a malformed RSA key'],
    ['with a long exponent', rsaKey({ exponent: '0100000001' }), 'a malformed RSA key'],
    ['with more behind it', rsaKey({ tail: '00' }), 'a malformed RSA key'],
    ['without NULL', rsaKey({ parameters: '' }), 'a malformed RSA key'],
    ['with other parameters', rsaKey({ parameters: '040100' }), 'a malformed RSA key'],
    ['of P-384', ecKey('2b81040022', `04${'11'.repeat(96)}`), ''],
    ['of P-521', ecKey('2b81040023'), 'a key on the unknown curve 1.3.132.0.35'],
    ['compressed', ecKey(undefined, `02${'11'.repeat(32)}`), 'a malformed EC key'],
    ['hybrid', ecKey(undefined, `06${'11'.repeat(64)}`), 'a malformed EC key'],
    ['a byte short', ecKey(undefined, `04${'11'.repeat(63)}`), 'a malformed EC key'],
    ['at infinity', ecKey(undefined, '00'), 'a malformed EC key'],
    ['of P-384, as long as P-256', ecKey('2b81040022'), 'a malformed EC key'],
    [
      'Ed25519',
      tlv('30', tlv('30', tlv('06', '2b6570')), tlv('03', '00', odd)),
      'a key of the unknown kind 1.3.101.112',
    ],
  ])('%s', (_name, key, fault) => {
    expect(read({ key })?.keyFault).toBe(fault)
  })
})

describe('extensions', () => {
  test.each<[string, string, object]>([
    ['no authority by default', extension('13', tlv('30')), { isAuthority: false }],
    ['no authority, written out', extension('13', tlv('30', '010100')), { isAuthority: false }],
    [
      'an authority with nobody below',
      extension('13', tlv('30', '0101ff', '020100')),
      { isAuthority: true, pathLength: 0 },
    ],
    ['pathLen 200', extension('13', tlv('30', '0101ff', '020200c8')), { pathLength: 200 }],
    ['signs certificates', extension('0f', '03020204'), { usage: 0x04 }],
    ['keyUsage of two bytes', extension('0f', '0303078080'), { usage: 0x80 }],
    ['no purpose', extension('25', tlv('30')), { forServers: false }],
    ['clients', extension('25', tlv('30', '06082b06010505070302')), { forServers: false }],
    [
      'clients and servers',
      extension('25', tlv('30', '06082b06010505070302', '06082b06010505070301')),
      { forServers: true },
    ],
    ['any purpose', extension('25', tlv('30', '0604551d2500')), { forServers: true }],
    ['critical policies', extension('20', '3000', true), { forbidding: '' }],
    ['unknown', extension('2a0304', '0500'), { forbidding: '' }],
    ['unknown and critical', extension('2a0304', '0500', true), { forbidding: '1.2.3.4' }],
    ['critical policy constraints', extension('24', '3000', true), { forbidding: '2.5.29.36' }],
    ['name constraints', extension('1e', '3000', true), { forbidding: 'name constraints' }],
    ['name constraints, not critical', extension('1e', '3000'), { forbidding: 'name constraints' }],
  ])('%s', (_name, one, found) => {
    expect(read({ extensions: [one] })).toMatchObject(found)
  })

  test('one that is not understood is not forgotten over the next', () => {
    const extensions = [extension('2a0304', '0500', true), AUTHORITY]
    expect(read({ extensions })).toMatchObject({ forbidding: '1.2.3.4', isAuthority: true })
  })
})

test('two digits of a year begin with 1950', () => {
  expect(read({ notBefore: time('500101000000Z') })?.notBefore).toBe(Date.UTC(1950, 0, 1))
  expect(read({ notAfter: time('491231235959Z') })?.notAfter).toBe(
    Date.UTC(2049, 11, 31, 23, 59, 59),
  )
  expect(read({ notAfter: time('99991231235959Z') })?.notAfter).toBe(
    Date.UTC(9999, 11, 31, 23, 59, 59),
  )
  expect(read({ notAfter: time('20240229000000Z') })?.notAfter).toBe(Date.UTC(2024, 1, 29))
})
