/** What `npm start` refuses, before anything runs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { SECRET, SETTINGS, settingsFile, start } from '../support/npm-start'
import { scratchForEachTest } from '../support/scratch'

const scratch = scratchForEachTest()

const begin = (...words: string[]) => start(scratch.path, ...words)

test.each([
  ['--fro 60', '--fro: no such option'],
  ['--settings no-such-file.json', 'no-such-file.json: ENOENT'],
  ['--settings package.json --broker mqtt://b:1883', 'without TLS'],
  ['--serial /dev/no-such-adapter', '--serial /dev/no-such-adapter: '],
  ['--trace /no-such-folder/trace.jsonl', '--trace /no-such-folder/trace.jsonl: ENOENT'],
])('%s', async (line, why) => {
  const { code, out, err } = await begin(...line.split(' ')).ended
  expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1])
  expect(err).toContain(why)
})

test('settings with wrong fields: each by its name, and no secret', async () => {
  const { code, err } = await begin(
    '--settings',
    settingsFile(scratch.path, { ...SETTINGS, site: 'home', line: { baud: 9601 } }),
  ).ended
  expect(code).toBe(2)
  expect(err).toMatch(/site\.json: site: expected a UUID .*, found a text of 4 characters/)
  expect(err).toMatch(/site\.json: line\.baud: expected one of .*, found 9601/)
  expect(err).not.toContain(SECRET)
})

test('settings that are no JSON', async () => {
  const path = join(scratch.path, 'broken.json')
  writeFileSync(path, `{\n  "secret": "${SECRET}" oops`)
  const { code, err } = await begin('--settings', path).ended
  expect([code, err.trimEnd()]).toEqual([
    2,
    `--settings ${path}: is no JSON: line 2, column 36: expected a comma or }`,
  ])
})

test.each<[string, string, string]>([
  ['is far too long', ' '.repeat(65_537), 'is longer than 65536 bytes, which no settings are'],
  ['nests without end', '['.repeat(65_536), 'is no JSON: line 1, column 65: expected no more than'],
  ['never ends a text', `{"a":"${'a'.repeat(65_000)}`, 'is no JSON: line 1, column 65007: '],
])('a settings file that %s', async (_, text, why) => {
  const path = join(scratch.path, 'hostile.json')
  writeFileSync(path, text)
  const { code, err } = await begin('--settings', path).ended
  expect([code, err.trimEnd().split('\n').length]).toEqual([2, 1])
  expect(err).toContain(`--settings ${path}: ${why}`)
})

test('of thousands of wrong fields the first are shown, and how many there are besides', async () => {
  const fields = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`x${i}`, i]))
  const { err } = await begin('--settings', settingsFile(scratch.path, { ...SETTINGS, ...fields }))
    .ended
  expect(err.trimEnd().split('\n')).toHaveLength(21)
  expect(err).toMatch(/: and 2980 more\n$/)
})

test('a byte order mark, with which some editors begin a file, is no fault', async () => {
  const path = join(scratch.path, 'marked.json')
  writeFileSync(path, '\ufeff{}')
  expect((await begin('--settings', path).ended).err).toContain('site: expected a UUID')
})

test('a model that has no simulated meter', async () => {
  const devices = [{ model: 'eastron-sdm230', unit: 1, role: 'site' }]
  const { code, err } = await begin(
    '--settings',
    settingsFile(scratch.path, { ...SETTINGS, devices }),
  ).ended
  expect(code).toBe(2)
  expect(err).toMatch(/devices\[0\]\.model: .*eastron-sdm230.*--serial DEVICE/)
})
