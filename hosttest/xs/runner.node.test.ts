/** The runner of the suites on XS, on suites that must fail: in a folder of their own, with this project's tools. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Scratch, scratchFolder } from '../../tools/peers/peer'

let scratch: Scratch

beforeEach(() => {
  scratch = scratchFolder()
  mkdirSync(join(scratch.path, 'hosttest'))
  for (const part of ['tools', 'firmware', 'node_modules', 'tsconfig.json'])
    symlinkSync(resolve(part), join(scratch.path, part))
})

afterEach(() => {
  scratch.remove()
})

/** Part of the path of every suite here: only a run of all suites asks jest too. */
const ALL = '.test.ts'

function run(suites: Record<string, string>, filter = ALL): { code: number | null; out: string } {
  for (const [name, body] of Object.entries(suites)) {
    const text = `import { describe, expect, test } from '@jest/globals'\n${body}\n`
    writeFileSync(join(scratch.path, 'hosttest', `${name}.test.ts`), text)
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'tools/xs/test.ts', filter],
    { cwd: scratch.path, encoding: 'utf8' },
  )
  return { code: status, out: `${stdout}${stderr}` }
}

const GOOD = "test('good', () => expect(1).toBe(1))"

test('what passes, passes, each row of a table by its name', () => {
  const rows = "test.each([[1, 'one'], [NaN, 'none']])('%d is %s', (n) => expect(n).toBe(n))"
  const { code, out } = run({ good: `describe('a', () => { ${GOOD}; ${rows} })` })
  expect(out).toContain('✓ a › good')
  expect(out).toContain('✓ a › 1 is one')
  expect(out).toContain('✓ a › NaN is none')
  expect(out).toMatch(/XS: 1 suites, 3 tests, 0 failed/)
  expect(code).toBe(0)
})

test('a failure fails the run, by its name and line, and all others still run', () => {
  const bad: [suite: string, body: string, why: string][] = [
    ['different', 'expect({ a: 1 }).toEqual({ a: 2 })', 'toEqual({ a: 2 })'],
    ['throws', 'undefined.x', 'cannot coerce undefined'],
    ['matcher', 'expect(1).toSatisfy(1)', "no matcher 'toSatisfy'"],
    ['promise', 'return Promise.resolve()', 'a pure suite is synchronous'],
    ['dies', '(function f() { f(); f() })()', 'XS died: stack overflow'],
  ]
  const suites = bad.map(([name, body]) => [name, `test('bad', () => { ${body} })\n${GOOD}`])
  const { code, out } = run(Object.fromEntries(suites))
  expect(code).toBe(1)
  for (const [name, , why] of bad) {
    const [, told] = out.split(`FAIL hosttest/${name}.test.ts`)
    expect(told.slice(0, told.indexOf('✓ good'))).toContain('✗ bad')
    expect(told.slice(0, told.indexOf('✓ good'))).toContain(why)
  }
  for (const name of ['different', 'throws', 'matcher'])
    expect(out).toContain(`hosttest/${name}.test.ts:2`)
  expect(out).toMatch(/XS: 5 suites, 10 tests, 5 failed/)
})

test('what does not run is a failure', () => {
  const { code, out } = run({
    callback: "test('callback', (done) => {})",
    empty: '',
    broken: `throw new Error('broken')`,
  })
  expect(code).toBe(1)
  expect(out).toContain('no callback says when a test is done')
  expect(out).toContain('there is no test in this suite')
  expect(out).toMatch(/✗ \(loading\)\n +.*broken/)
  expect(out).toMatch(/XS: 3 suites, 3 tests, 3 failed/)
})

test('what the runner lacks cannot be imported', () => {
  const { code, out } = run({
    bad: "import { afterAll } from '@jest/globals'\nafterAll(() => {})",
  })
  expect(code).toBe(1)
  expect(out).toContain('afterAll')
})

test('a name that no suite has', () => {
  const { code, out } = run({ good: GOOD }, 'goood')
  expect(code).toBe(1)
  expect(out).toContain('goood: in the path of no suite that runs on XS')
})
