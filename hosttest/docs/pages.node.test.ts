import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { PAGES, renew } from '../../tools/docs/pages'

test.each(Object.keys(PAGES))('%s is up to date (npx tsx tools/docs/pages.ts)', (path) => {
  const text = readFileSync(path, 'utf8')
  expect(renew(path, text)).toBe(text)
})

test('a page that has lost a generated part is an error', () => {
  const text = readFileSync('docs/devices.md', 'utf8')
  expect(() => renew('docs/devices.md', text.replace('<!-- end of models -->', ''))).toThrow(
    'models',
  )
})
