import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { page } from '../../tools/settings/page'

test('docs/settings.md says what the schema says (npx tsx tools/settings/page.ts)', () => {
  expect(readFileSync('docs/settings.md', 'utf8')).toBe(page())
})
