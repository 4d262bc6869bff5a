import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../../firmware/core/time'
import type { VerifySignature } from '../../../firmware/crypto/primitives'
import { readAnchor } from '../../../firmware/tls/x509/anchor'
import type { Certificate } from '../../../firmware/tls/x509/certificate'
import { decodeCertificate } from '../../../firmware/tls/x509/decode'
import { PathValidation } from '../../../firmware/tls/x509/path'
import { ISRG_ROOT_X1, ISRG_ROOT_X2, LEAF, MID, ROOT } from './vectors'

const NOW = Date.UTC(2030, 0, 1) as UnixMs
const HOST = 'broker.example.org'
const leaf = decodeCertificate(LEAF)!
const mid = decodeCertificate(MID)!
const root = decodeCertificate(ROOT)!

/** The words of the refusal, or 'trusted', and how many signatures it took. */
function validate(
  chain: Certificate[],
  {
    anchors = [ROOT],
    host = HOST,
    utc = NOW,
    verify = () => true,
  }: {
    anchors?: Uint8Array[]
    host?: string
    utc?: UnixMs
    verify?: VerifySignature
  } = {},
): { outcome: string; signatures: number } {
  let signatures = 0
  const check = new PathValidation(chain, { host, anchors, utc })
  const counted: VerifySignature = (...what) => {
    signatures++
    return verify(...what)
  }
  for (let steps = 0; steps < 50; steps++) {
    const result = check.step(counted)
    if (result) return { outcome: result.kind === 'refused' ? result.why : 'trusted', signatures }
  }
  return { outcome: 'hangs', signatures }
}

describe('a path to an anchor', () => {
  test('leaf and intermediate, with two signatures, in any order and with others between', () => {
    const isrg = decodeCertificate(ISRG_ROOT_X1)!
    for (const chain of [
      [leaf, mid],
      [leaf, mid, root],
      [leaf, isrg, root, mid],
      [leaf, mid, mid],
    ]) {
      expect(validate(chain)).toEqual({ outcome: 'trusted', signatures: 2 })
    }
  })

  test('the leaf alone, if its issuer is the anchor', () => {
    expect(validate([leaf], { anchors: [ISRG_ROOT_X2, MID] })).toEqual({
      outcome: 'trusted',
      signatures: 1,
    })
  })

  test('the signature of the anchor is verified first', () => {
    const asked: string[] = []
    validate([leaf, mid], {
      verify: (_scheme, key) => {
        asked.push(key.kind)
        return true
      },
    })
    expect(asked).toEqual(['rsa', 'ec'])
  })

  test('is good until the first of its certificates expires', () => {
    const check = new PathValidation([{ ...leaf, notAfter: (NOW + 5) as UnixMs }, mid], {
      host: HOST,
      anchors: [ROOT],
      utc: NOW,
    })
    check.step(() => true)
    check.step(() => true)
    expect(check.step(() => true)).toEqual({ kind: 'trusted', until: NOW + 5 })
  })
})

describe('refusals cost no signature unless one is bad', () => {
  const fake = { names: leaf.names }
  test.each<[string, Certificate[], string]>([
    [
      'wrong host',
      [{ ...leaf, names: 0 }, mid],
      'host broker.example.org is not in a certificate without names',
    ],
    [
      'expired',
      [{ ...leaf, notAfter: (NOW - 1) as UnixMs }, mid],
      '"vector" expired on 2029-12-31',
    ],
    [
      'not yet',
      [{ ...leaf, notBefore: (NOW + 86_400_000) as UnixMs }, mid],
      '"vector" is not valid before 2030-01-02',
    ],
    [
      'expired issuer',
      [leaf, { ...mid, notAfter: (NOW - 1) as UnixMs }],
      '"Vector Mid" expired on 2029-12-31',
    ],
    [
      'not for servers',
      [{ ...leaf, forServers: false }, mid],
      'the certificate is not for servers',
    ],
    [
      'not for signatures',
      [{ ...leaf, usage: 0x20 }, mid],
      'the certificate is not for signatures (keyUsage)',
    ],
    [
      'critical',
      [{ ...leaf, forbidding: '1.2.3' }, mid],
      '"vector" has an extension that is not understood: 1.2.3',
    ],
    ['no authority', [leaf, { ...mid, isAuthority: false }], '"Vector Mid" is not an authority'],
    [
      'keyUsage absent',
      [leaf, { ...mid, usage: undefined }],
      '"Vector Mid" may not sign certificates (keyUsage)',
    ],
    [
      'keyUsage without',
      [leaf, { ...mid, usage: 0x82 }],
      '"Vector Mid" may not sign certificates (keyUsage)',
    ],
    [
      'issuer for clients',
      [leaf, { ...mid, forServers: false }],
      '"Vector Mid" is not for servers',
    ],
    [
      'constraints',
      [leaf, { ...mid, forbidding: 'name constraints' }],
      '"Vector Mid" has an extension that is not understood: name constraints',
    ],
    [
      'weak key',
      [leaf, { ...mid, keyFault: 'an RSA key of 1024 bits' }],
      '"Vector Mid" has an RSA key of 1024 bits',
    ],
    [
      'unknown scheme',
      [{ ...leaf, scheme: 0 }, mid],
      'unknown signature algorithm 1.2.840.10045.4.3.2',
    ],
    [
      'other key',
      [leaf, { ...mid, keyKind: 'rsa' as const }],
      '"Vector Mid" has no key for its signature',
    ],
    ['nobody', [leaf], 'unknown issuer "Vector Mid"'],
    [
      'self-signed',
      [{ ...root, ...fake, bytes: root.bytes, names: 0 }],
      'host broker.example.org is not in a certificate without names',
    ],
  ])('%s', (_name, chain, why) => {
    expect(validate(chain)).toEqual({ outcome: why, signatures: 0 })
  })

  test('a bad signature is named, and no other is tried', () => {
    expect(validate([leaf, mid], { verify: () => false })).toEqual({
      outcome: 'bad signature of "Vector Root" on "Vector Mid"',
      signatures: 1,
    })
  })

  test('pathLen counts the authorities between', () => {
    expect(validate([leaf, mid]).outcome).toBe('trusted')
    expect(validate([leaf, { ...mid, pathLength: 0 }]).outcome).toBe('trusted')
  })

  test('without anchors nothing is trusted', () => {
    expect(validate([leaf, mid], { anchors: [] }).outcome).toBe('unknown issuer "Vector Root"')
    expect(validate([leaf, mid], { anchors: [new Uint8Array(9)] }).outcome).toBe(
      'unknown issuer "Vector Root"',
    )
  })

  test('a ring of issuers ends', () => {
    const a = { ...mid, issuer: mid.issuer, keyId: 0, issuerKeyId: 0 }
    const many = [leaf, a, { ...a }, { ...a }, { ...a }, { ...a }]
    expect(validate(many, { verify: () => false }).signatures).toBeLessThan(4)
  })
})

describe('an authority that an installer sets', () => {
  test('DER', () => {
    expect(readAnchor(ISRG_ROOT_X2, NOW)).toMatchObject({
      kind: 'anchor',
      name: '"ISRG Root X2"',
      expires: Date.UTC(2040, 8, 17, 16, 0, 0),
    })
  })

  test.each<[string, string | Uint8Array, string]>([
    ['text', 'hello', 'not a certificate in PEM or DER'],
    ['junk', new Uint8Array(100), 'not a certificate in PEM or DER'],
    ['a leaf', LEAF, '"vector" is not an authority'],
    [
      'a private key',
      '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n',
      'not a certificate in PEM or DER',
    ],
    [
      'broken base64',
      '-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n',
      'not a certificate in PEM or DER',
    ],
  ])('%s is refused', (_name, given, why) => {
    expect(readAnchor(given, NOW)).toEqual({ kind: 'refused', why })
  })

  test('an expired one is refused with its date', () => {
    expect(readAnchor(ISRG_ROOT_X1, Date.UTC(2036, 0, 1) as UnixMs)).toEqual({
      kind: 'refused',
      why: '"ISRG Root X1" expired on 2035-06-04',
    })
  })
})
