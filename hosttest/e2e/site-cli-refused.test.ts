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

test('a model that has no simulated meter', async () => {
  const devices = [{ model: 'eastron-sdm230', unit: 1, role: 'site' }]
  const { code, err } = await begin(
    '--settings',
    settingsFile(scratch.path, { ...SETTINGS, devices }),
  ).ended
  expect(code).toBe(2)
  expect(err).toMatch(/devices\[0\]\.model: .*eastron-sdm230.*--serial DEVICE/)
})
