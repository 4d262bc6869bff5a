import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readPem } from '../../firmware/core/pem'
import { decodeCertificate } from '../../firmware/tls/x509/decode'

const ANCHORS = 'firmware/xs/tls/anchors'
const DEBIAN = '/usr/share/ca-certificates/mozilla'

describe("the device's own trust anchors", () => {
  // As letsencrypt.org/certificates publishes them.
  test.each([
    ['isrg-root-x1.der', '96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6'],
    ['isrg-root-x2.der', '69729b8e15a86efc177a57afb7171dfc64add28c2fca8cf1507e34453ccb1470'],
  ])('%s has the published fingerprint', (file, fingerprint) => {
    const der = readFileSync(join(ANCHORS, file))
    expect(createHash('sha256').update(der).digest('hex')).toBe(fingerprint)
  })

  test.each([
    ['isrg-root-x1.der', 'ISRG_Root_X1.crt'],
    ['isrg-root-x2.der', 'ISRG_Root_X2.crt'],
  ])("%s is Debian's, byte by byte", (file, debian) => {
    const path = join(DEBIAN, debian)
    // A system without the package has nothing to compare with; the fingerprint above still holds.
    if (!existsSync(path)) return console.log(`no ${path}`)
    const [der, ...others] = readPem(readFileSync(path, 'latin1'))!
    expect(others).toEqual([])
    expect(Buffer.from(der).equals(readFileSync(join(ANCHORS, file)))).toBe(true)
  })

  test('nothing else lies beside them', () => {
    expect(readdirSync(ANCHORS).sort()).toEqual(['isrg-root-x1.der', 'isrg-root-x2.der'])
  })
})

describe('what manifests put into an image', () => {
  test.each(['manifest.json', 'tools/tls/xs/manifest.json', 'tools/tls/bench-xs/manifest.json'])(
    '%s: certificates alone, each by its full name',
    (path) => {
      const files = filesOf(JSON.parse(readFileSync(path, 'utf8')))
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) {
        // Without its ending a name stands for every file that begins so: a ca.key beside ca.der.
        expect(file).toMatch(/^[^*$]+\.der$/)
        const bytes = new Uint8Array(readFileSync(resolve(path, '..', file)))
        expect(decodeCertificate(bytes)).toBeDefined()
      }
    },
  )

  test('no private key lies in the firmware', () => {
    const names = readdirSync('firmware', { recursive: true, encoding: 'utf8' })
    expect(names.filter((name) => /\.(key|pem|p8|p12|pfx)$/.test(name))).toEqual([])
  })
})

/** Everything that becomes a resource, of all platforms. */
function filesOf(manifest: unknown): string[] {
  if (typeof manifest !== 'object' || manifest === null) return []
  return Object.entries(manifest).flatMap(([key, value]) =>
    key === 'data' || key === 'resources' ? Object.values(value as object).flat() : filesOf(value),
  )
}
