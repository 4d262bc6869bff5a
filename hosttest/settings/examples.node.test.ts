import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { validateSettings } from '../../firmware/dongle/validate'
import { CHIPS } from '../../firmware/settings/pins'
import { listExamples } from '../../tools/settings/examples'

const EXAMPLES = listExamples()

test('every file in examples/ is listed', () => {
  expect(
    readdirSync('examples')
      .map((name) => `examples/${name}`)
      .sort(),
  ).toEqual(EXAMPLES.map(({ path }) => path).sort())
})

describe.each(EXAMPLES)('$path', ({ text }) => {
  const utc = Date.UTC(2026, 0) as UnixMs

  test.each([undefined, ...Object.keys(CHIPS)])('is accepted (chip: %s)', (chip) => {
    expect(validateSettings(JSON.parse(text), utc, { chip })).toHaveProperty('settings')
  })

  test('has ids and credentials that nobody takes for real ones', () => {
    const parsed = validateSettings(JSON.parse(text), utc)
    if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong))
    const { site, credentials, wifi, devices } = parsed.settings
    const ids = [site, ...devices.flatMap(({ resource = [] }) => resource)]
    expect(ids.filter((id) => !/^[0-]+[1-9]$/.test(id))).toEqual([])
    const names = [credentials.key, credentials.secret, ...(wifi ? Object.values(wifi) : [])]
    expect(names.filter((name) => !/^(KEY|SECRET|NAME|PASSWORD)(-[A-Z]+)+$/.test(name))).toEqual([])
  })
})

test('npm start -- --help prints them', () => {
  const words = ['--import', 'tsx', 'tools/cli/start.ts', '--help']
  const help = execFileSync(process.execPath, words, { encoding: 'utf8' })
  for (const { path, text } of EXAMPLES) {
    expect(help).toContain(path)
    expect(help).toContain(text)
  }
}, 60_000)
