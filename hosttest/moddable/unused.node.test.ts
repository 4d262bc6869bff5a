/** What lies in flash unused (npm run check:imports), on programs of a few lines. */
import { describe, expect, test } from '@jest/globals'
import { parseSource, type Source } from '../../tools/moddable/mentions'
import { complaints, unused } from '../../tools/moddable/unused'

function program(files: Record<string, string>): Source[] {
  const isFile = (path: string) => path in files || path === 'node_modules/mqtt'
  return Object.entries(files).map(([path, text]) => parseSource(path, text, isFile))
}

describe('what nothing uses', () => {
  const found = (
    files: Record<string, string>,
    roots = ['main.ts'],
    kept: Record<string, string> = {},
  ) => {
    const findings = unused({
      sources: program(files),
      roots,
      modules: Object.keys(files).filter((path) => path !== 'main.ts'),
      aliases: (name) => (name === 'platform/line' ? ['lin/line.ts', 'esp32/line.ts'] : []),
    })
    return complaints(findings, kept).map((line) => line.replace(/ lies in flash, and/, ''))
  }

  test('modules that are imported for their types alone; those that hold nothing else are free', () => {
    expect(
      found({
        'main.ts': "import type { A } from './a'\nimport type { B } from './b'",
        'a.ts': 'export interface A {}\nexport const a = 1',
        'b.ts': 'export type B = number',
        'c.ts': "import { a } from './a'\nexport const c = a",
      }),
    ).toEqual(['a.ts: main cannot reach it', 'c.ts: main cannot reach it'])
  })

  test('a function that only an unused one calls, and one whose type alone is wanted', () => {
    expect(
      found({
        'main.ts': "import { a } from './a'\na()",
        'a.ts': [
          "import { type Later, run } from './b'",
          'const table = [1]',
          'export function a() { return run(table) }',
          'export function b() { return c() }',
          'function c(): Later | undefined { return undefined }',
        ].join('\n'),
        'b.ts': 'export class Later {}\nexport const run = (list: number[]) => list',
      }),
    ).toEqual([
      'a.ts:4: b nothing uses it',
      'a.ts:5: c nothing uses it',
      'b.ts:1: Later nothing uses it',
    ])
  })

  test('what is named otherwise where it is used: default, as, export from, *', () => {
    expect(
      found({
        'main.ts': "import A, { b as one } from './a'\nimport * as c from './c'\none(c, new A())",
        'a.ts': "export { bee as b } from './b'\nexport default class {}",
        'b.ts': 'export const bee = 1\nexport const wasp = 2',
        'c.ts': 'export const d = 1',
      }),
    ).toEqual(['b.ts:2: wasp nothing uses it'])
  })

  test('a method or accessor that nobody reads', () => {
    expect(
      found({
        'main.ts': "import { A } from './a'\nconst { size } = new A()\nnew A().b(size)",
        'a.ts':
          'export class A {\n  b() {}\n  get size() { return 1 }\n  c() {}\n  get d() { return 1 }\n}',
      }),
    ).toEqual(['a.ts:4: A.c nothing uses it', 'a.ts:5: A.d nothing uses it'])
  })

  test('what runs when a module is loaded uses; each platform is one', () => {
    expect(
      found({
        'main.ts': "import { Line } from 'platform/line'\nnew Line()",
        'lin/line.ts': "import { a } from '../a'\na()\nexport class Line {}",
        'esp32/line.ts': "import { b } from '../a'\nexport class Line extends b {}",
        'a.ts': 'export function a() {}\nexport class b {}\nexport function c() {}',
      }),
    ).toEqual(['a.ts:3: c nothing uses it'])
  })

  test('all that a module exports which somebody else asks for is used', () => {
    const files = { 'main.ts': '', 'rng.ts': 'export default { get() {} }\nconst old = 1' }
    expect(found(files, ['main.ts', 'rng.ts'])).toEqual(['rng.ts:2: old nothing uses it'])
  })

  test('what is kept is no complaint, and has to be a finding', () => {
    const files = { 'main.ts': "import './a'", 'a.ts': 'export const a = 1\nexport const b = 2' }
    const kept = { 'a.ts: a': 'a reason', 'a.ts: c': 'a reason', 'd.ts': 'a reason' }
    expect(found(files, ['main.ts'], kept)).toEqual([
      'a.ts:2: b nothing uses it',
      'tools/moddable/kept.ts: a.ts: c is used, or is no more',
      'tools/moddable/kept.ts: d.ts is used, or is no more',
    ])
  })
})
