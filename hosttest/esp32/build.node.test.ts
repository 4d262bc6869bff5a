import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

function build(
  args: string[],
  idf?: string,
): { status: number | null; stdout: string; stderr: string } {
  const { IDF_PATH: _, ...env } = process.env
  return spawnSync(process.execPath, ['--import', 'tsx', 'tools/esp32/build.ts', ...args], {
    env: idf === undefined ? env : { ...env, IDF_PATH: idf },
    encoding: 'utf8',
  })
}

test.each<[string, string[], string | undefined, RegExp]>([
  [
    'no ESP-IDF',
    ['t-rsc3'],
    undefined,
    /^IDF_PATH: is not set; expected .*: \. ~\/esp\/esp-idf\/export\.sh\n$/,
  ],
  [
    'another folder as ESP-IDF',
    ['t-rsc3'],
    'hosttest',
    /^IDF_PATH: .* found no tools\/idf\.py in hosttest\n$/,
  ],
  [
    'no name',
    [],
    undefined,
    /^build: expected the name of a board: one of esp32, .*; found none\n$/,
  ],
  ['a name that is not known', ['nodemcu'], undefined, /^build: .*; found nodemcu\n$/],
  [
    'production to be flashed',
    ['t-rsc3', '--production', '--flash'],
    undefined,
    /^build: --production is not flashed/,
  ],
])('with %s it ends with one line and exit code 1', (_, args, idf, line) => {
  const { status, stdout, stderr } = build(args, idf)
  expect(stderr).toMatch(line)
  expect(stderr.split('\n').length).toBe(2)
  expect(stdout).toBe('')
  expect(status).toBe(1)
})
