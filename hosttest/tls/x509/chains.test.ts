import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../../firmware/core/time'
import type { VerifySignature } from '../../../firmware/crypto/primitives'
import { readAnchor } from '../../../firmware/tls/x509/anchor'
import { decodeCertificate } from '../../../firmware/tls/x509/decode'
import { namesHost } from '../../../firmware/tls/x509/names'
import { PathValidation } from '../../../firmware/tls/x509/path'
import {
  AUTHORITY,
  base64,
  CERT_SIGN,
  extension,
  forge,
  named,
  type Parts,
  rsaKey,
  time,
  tlv,
} from './forge'

const HOST = 'broker.example.org'
const NOW = Date.UTC(2030, 0, 1) as UnixMs

function pathLen(most: number): string {
  return extension('13', tlv('30', '0101ff', tlv('02', most.toString(16).padStart(2, '0'))), true)
}

function authority(subject: string, issuer: string, change: Partial<Parts> = {}): Uint8Array {
  return forge({ subject, issuer, extensions: [AUTHORITY, CERT_SIGN], ...change })
}

function server(issuer: string, change: Partial<Parts> = {}): Uint8Array {
  return forge({ subject: 'broker', issuer, extensions: [named(HOST)], ...change })
}

function validate(
  chain: Uint8Array[],
  anchors: Uint8Array[],
  verify: VerifySignature = () => true,
): string {
  const certificates = chain.map((bytes) => decodeCertificate(bytes)!)
  const check = new PathValidation(certificates, { host: HOST, anchors, utc: NOW })
  for (let steps = 0; steps < 50; steps++) {
    const result = check.step(verify)
    if (result) return result.kind === 'refused' ? result.why : 'trusted'
  }
  return 'hangs'
}

const root = authority('Root', 'Root')

describe('pathLen', () => {
  const low = authority('Low', 'High')
  const high = (most: number) =>
    authority('High', 'Root', { extensions: [pathLen(most), CERT_SIGN] })
  const top = (most: number) =>
    authority('Root', 'Root', { extensions: [pathLen(most), CERT_SIGN] })

  test.each([
    ['an intermediate with room', [high(1)], root, 'trusted'],
    ['an intermediate without', [high(0)], root, 'too many authorities below "High" (pathLen)'],
    ['an anchor with room', [high(9)], top(2), 'trusted'],
    ['an anchor without', [high(9)], top(1), 'too many authorities below "Root" (pathLen)'],
  ])('%s', (_name, highest, anchor, outcome) => {
    expect(validate([server('Low'), low, ...highest], [anchor])).toBe(outcome)
  })
})

describe('an anchor', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'that has expired',
      authority('Root', 'Root', { notAfter: time('291231235959Z') }),
      '"Root" expired on 2029-12-31',
    ],
    [
      'of tomorrow',
      authority('Root', 'Root', { notBefore: time('300102000000Z') }),
      '"Root" is not valid before 2030-01-02',
    ],
    [
      'that is no authority',
      authority('Root', 'Root', { extensions: [CERT_SIGN] }),
      '"Root" is not an authority',
    ],
    ['without keyUsage', authority('Root', 'Root', { extensions: [AUTHORITY] }), 'trusted'],
    [
      'whose keyUsage is another',
      authority('Root', 'Root', { extensions: [AUTHORITY, extension('0f', '03020780', true)] }),
      '"Root" may not sign certificates (keyUsage)',
    ],
    [
      'for clients',
      authority('Root', 'Root', {
        extensions: [AUTHORITY, CERT_SIGN, extension('25', tlv('30', '06082b06010505070302'))],
      }),
      '"Root" is not for servers',
    ],
    [
      'with name constraints',
      authority('Root', 'Root', { extensions: [AUTHORITY, CERT_SIGN, extension('1e', '3000')] }),
      '"Root" has an extension that is not understood: name constraints',
    ],
    [
      'with a weak key',
      authority('Root', 'Root', { key: rsaKey({ modulus: `00c1${'11'.repeat(127)}` }) }),
      '"Root" has an RSA key of 1024 bits',
    ],
    [
      'with another kind of key than signed',
      authority('Root', 'Root', { key: rsaKey() }),
      '"Root" has no key for its signature',
    ],
    ['that others issued', authority('Root', 'Elsewhere'), 'trusted'],
    [
      'of the last millisecond',
      authority('Root', 'Root', { notAfter: time('300101000000Z') }),
      'trusted',
    ],
  ])('%s', (_name, anchor, outcome) => {
    expect(validate([server('Root')], [anchor])).toBe(outcome)
  })

  test('that is the server itself must be an authority, too', () => {
    const self = server('broker')
    expect(validate([self], [self])).toBe('"broker" is not an authority')
    const both = server('broker', { extensions: [AUTHORITY, CERT_SIGN, named(HOST)] })
    expect(validate([both], [both])).toBe('the certificate is not for signatures (keyUsage)')
    const all = server('broker', {
      extensions: [AUTHORITY, extension('0f', '03020284', true), named(HOST)],
    })
    expect(validate([all], [all])).toBe('trusted')
    expect(validate([all], [root])).toBe('self-signed by "broker"')
  })
})

describe('what the server offers as issuers', () => {
  test('a self-issued certificate is no step upwards', () => {
    const self = authority('Mid', 'Mid')
    expect(validate([server('Mid'), self], [root])).toBe('unknown issuer "Mid"')
    let asked = 0
    const never: VerifySignature = () => ++asked < 0
    validate([server('Mid'), self, authority('Mid', 'Root')], [root], never)
    expect(asked).toBe(1)
  })

  test('two that issue each other end in a refusal', () => {
    const ring = [authority('One', 'Two'), authority('Two', 'One')]
    expect(validate([server('One'), ...ring], [root])).toMatch(/^unknown issuer/)
  })

  test('the first issuer that is refused is named', () => {
    const expired = authority('Mid', 'Root', { notAfter: time('291231235959Z') })
    const none = authority('Mid', 'Root', { extensions: [CERT_SIGN] })
    const why = ['"Mid" expired on 2029-12-31', '"Mid" is not an authority']
    expect(validate([server('Mid'), expired, none], [root])).toBe(why[0])
    expect(validate([server('Mid'), none, expired], [root])).toBe(why[1])
  })

  test('of several issuers of a name up to three are tried', () => {
    const mid = (mark: string) => authority('Mid', 'Root', { serial: `0201${mark}` })
    const [one, two, three, four] = ['01', '02', '03', '04'].map(mid)
    let tries = 0
    expect(validate([server('Mid'), one, two, three], [root], () => ++tries >= 3)).toBe('trusted')
    expect(tries).toBe(4)
    let asked = 0
    const never: VerifySignature = () => ++asked < 0
    expect(validate([server('Mid'), one, two, three, four], [root], never)).toBe(
      'bad signature of "Root" on "Mid"',
    )
    expect(asked).toBe(3)
  })

  test('three paths at most, though every anchor has the name', () => {
    let asked = 0
    const never: VerifySignature = () => ++asked < 0
    const anchors = Array.from({ length: 6 }, () => root)
    expect(validate([server('Root')], anchors, never)).toBe('bad signature of "Root" on "broker"')
    expect(asked).toBe(3)
  })

  test('another key identifier is another issuer', () => {
    const keyId = (bytes: string) => extension('0e', tlv('04', bytes))
    const issuerKeyId = extension('23', tlv('30', tlv('80', 'abcd')))
    const mid = (id: string) =>
      authority('Mid', 'Root', { extensions: [AUTHORITY, CERT_SIGN, keyId(id)] })
    const one = server('Mid', { extensions: [named(HOST), issuerKeyId] })
    expect(validate([one, mid('abcd')], [root])).toBe('trusted')
    expect(validate([one, mid('abce')], [root])).toMatch(/^unknown issuer/)
  })
})

describe('names', () => {
  test.each([
    ['*.example.org', 'trusted'],
    ['*.org', `host ${HOST} is not in *.org`],
    ['*', `host ${HOST} is not in *`],
    ['*.*.org', `host ${HOST} is not in *.*.org`],
    ['b*.example.org', `host ${HOST} is not in b*.example.org`],
    ['*roker.example.org', `host ${HOST} is not in *roker.example.org`],
    ['broker.*.org', `host ${HOST} is not in broker.*.org`],
    ['', `host ${HOST} is not in `],
    [`${HOST}\0`, `host ${HOST} is not in ${HOST}?`],
    [`${HOST}\0.evil.org`, `host ${HOST} is not in ${HOST}?.evil.org`],
    [` ${HOST}`, `host ${HOST} is not in  ${HOST}`],
  ])('%j', (name, outcome) => {
    const one = server('Root', { extensions: [named(name)] })
    expect(validate([one], [root])).toBe(outcome)
  })

  test.each([
    ['*.com', 'example.com'],
    ['*.*.org', 'a.*.org'],
    ['a b.example.org', 'a b.example.org'],
    ['\xe4.example.org', '\xe4.example.org'],
    ['a\0.example.org', 'a\0.example.org'],
    ['', ''],
  ])('%j in a certificate does not match, not even %j', (name, host) => {
    const one = decodeCertificate(server('Root', { extensions: [named(name)] }))!
    expect(namesHost(one, host)).toBe(false)
  })

  test('an address is not a DNS name, nor the other way round', () => {
    const check = (extensions: string[], host: string) =>
      new PathValidation([decodeCertificate(server('Root', { extensions }))!], {
        host,
        anchors: [root],
        utc: NOW,
      }).step(() => true)
    expect(check([named('192.0.2.7')], '192.0.2.7')).toMatchObject({ kind: 'refused' })
    expect(check([named('*.0.2.7')], '192.0.2.7')).toMatchObject({ kind: 'refused' })
    const text = tlv('87', '312e312e312e31')
    expect(check([extension('11', tlv('30', text))], '1.1.1.1')).toMatchObject({ kind: 'refused' })
    const address = extension('11', tlv('30', tlv('87', 'c0000207')))
    expect(check([address], '192.0.2.7')).toBeUndefined()
  })
})

describe('what an installer sets', () => {
  const pem = (...all: Uint8Array[]) =>
    all
      .map((der) => `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`)
      .join('')

  test('PEM, with text around it', () => {
    expect(readAnchor(`Our root:\r\n${pem(root)}`, NOW)).toMatchObject({
      kind: 'anchor',
      name: '"Root"',
      der: root,
      expires: Date.UTC(2035, 0, 1),
    })
  })

  test.each<[string, string | Uint8Array, string]>([
    ['two at once', pem(root, root), 'not a certificate in PEM or DER'],
    [
      'more than 4 KB',
      authority('Root', 'Root', {
        extensions: [AUTHORITY, CERT_SIGN, extension('2a03', '00'.repeat(4096))],
      }),
      'not a certificate in PEM or DER',
    ],
    [
      'not yet valid',
      authority('Root', 'Root', { notBefore: time('310101000000Z') }),
      '"Root" is not valid before 2031-01-01',
    ],
    [
      'a weak one',
      authority('Root', 'Root', { key: rsaKey({ modulus: `00c1${'11'.repeat(127)}` }) }),
      '"Root" has an RSA key of 1024 bits',
    ],
  ])('%s', (_name, given, why) => {
    expect(readAnchor(given, NOW)).toEqual({ kind: 'refused', why })
  })
})
