import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { codeBytes, sizesByWing } from '../../tools/esp32/sizes'

function atom(type: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(8 + content.length)
  header.write(type, 4, 'latin1')
  return Buffer.concat([header, content])
}

const xsb = (code: number) =>
  atom('XS_B', Buffer.concat([atom('VERS', Buffer.alloc(4)), atom('CODE', Buffer.alloc(code))]))

test('the bytecode of a module is its CODE atom', () => {
  expect(codeBytes(xsb(429))).toBe(429)
  expect(codeBytes(atom('XS_B', atom('VERS', Buffer.alloc(4))))).toBe(0)
  expect(codeBytes(atom('XS_B', Buffer.alloc(12)))).toBe(0)
})

test('modules are summed by wing, and those that are not ours are the SDK’s', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wattbeat-sizes-'))
  try {
    for (const [path, code] of Object.entries({
      'core/bytes': 100,
      'core/ring': 20,
      'tls/x509/path': 7,
      main: 3,
      'ssl/prf': 50,
      timer: 6,
    })) {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, `${path}.xsb`), xsb(code))
    }
    // Of an earlier build.
    writeFileSync(join(folder, 'core/gone.xsb'), xsb(1000))
    const linked = ['core/bytes', 'core/ring', 'tls/x509/path', 'main', 'ssl/prf', 'timer']
      .map((name) => `\t{ NULL, NULL, 0, NULL, 0, NULL, 0, "${name}", { XS_MAJOR_VERSION, 0 } },\n`)
      .join('')
    const ours = ['core/bytes', 'core/ring', 'tls/x509/path', 'main']
    expect(Object.fromEntries(sizesByWing(folder, linked, ours))).toEqual({
      core: 120,
      tls: 7,
      main: 3,
      SDK: 56,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
