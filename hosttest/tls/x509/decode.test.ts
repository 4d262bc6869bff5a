import { describe, expect, test } from '@jest/globals'
import { ECDSA_SHA256, RSA_SHA256 } from '../../../firmware/crypto/primitives'
import { keyOf, part } from '../../../firmware/tls/x509/certificate'
import { decodeCertificate } from '../../../firmware/tls/x509/decode'
import { nameInWords } from '../../../firmware/tls/x509/names'
import { random } from '../../../tools/sim/random'
import { ISRG_ROOT_X1, ISRG_ROOT_X2, LEAF, MID, ROOT } from './vectors'

describe('X.509', () => {
  test('ISRG Root X1: RSA-4096, an authority for certificates, until 2035', () => {
    const root = decodeCertificate(ISRG_ROOT_X1)!
    expect(nameInWords(root, root.subject)).toBe('"ISRG Root X1"')
    expect(root.keyFault).toBe('')
    expect(root.scheme).toBe(RSA_SHA256)
    expect(root.isAuthority).toBe(true)
    expect(root.pathLength).toBe(Number.POSITIVE_INFINITY)
    expect(root.usage).toBe(0x06)
    expect(root.notBefore).toBe(Date.UTC(2015, 5, 4, 11, 4, 38))
    expect(root.notAfter).toBe(Date.UTC(2035, 5, 4, 11, 4, 38))
    const key = keyOf(root)
    expect(key.kind === 'rsa' && key.modulus.length).toBe(512)
    expect(key.kind === 'rsa' && [...key.exponent]).toEqual([1, 0, 1])
  })

  test('ISRG Root X2: P-384', () => {
    const root = decodeCertificate(ISRG_ROOT_X2)!
    expect(nameInWords(root, root.subject)).toBe('"ISRG Root X2"')
    const key = keyOf(root)
    expect(key.kind === 'ec' && key.curve).toBe('P-384')
    expect(key.kind === 'ec' && key.point.length).toBe(97)
  })

  test('a leaf and its issuers name each other', () => {
    const [root, mid, leaf] = [ROOT, MID, LEAF].map((bytes) => decodeCertificate(bytes)!)
    expect(part(leaf, leaf.issuer)).toEqual(part(mid, mid.subject))
    expect(part(mid, mid.issuer)).toEqual(part(root, root.subject))
    expect(part(leaf, leaf.issuerKeyId)).toEqual(part(mid, mid.keyId))
    expect(leaf.isAuthority).toBe(false)
    expect(leaf.forServers).toBe(true)
    expect(leaf.scheme).toBe(ECDSA_SHA256)
    expect(mid.pathLength).toBe(0)
    expect(mid.scheme).toBe(RSA_SHA256)
    expect(mid.forServers).toBeUndefined()
    expect(part(leaf, leaf.signed).length + part(leaf, leaf.signature).length).toBeLessThan(
      LEAF.length,
    )
  })

  test('every truncation and every byte more is refused', () => {
    for (let length = 0; length < LEAF.length; length++) {
      expect(decodeCertificate(LEAF.subarray(0, length))).toBeUndefined()
    }
    const longer = new Uint8Array(LEAF.length + 1)
    longer.set(LEAF)
    expect(decodeCertificate(longer)).toBeUndefined()
  })

  test('bit flips make values or nothing, never a throw', () => {
    const seed = random(20_261_122)
    let refused = 0
    for (let i = 0; i < 5000; i++) {
      const bytes = LEAF.slice()
      bytes[seed.below(bytes.length)] ^= 1 << seed.below(8)
      if (!decodeCertificate(bytes)) refused++
    }
    expect(refused).toBeGreaterThan(500)
  })
})
