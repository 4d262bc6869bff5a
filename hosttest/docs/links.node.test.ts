/** Every relative link of the pages leads to a file that is there, and to one of its headings if it names one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync('docs').map((name) => join('docs', name)),
].filter((path) => path.endsWith('.md'))

/** The links of the page at `path` that lead nowhere. */
function brokenLinks(path: string, text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, text, target))
}

function leadsSomewhere(path: string, text: string, target: string): boolean {
  const [file, anchor] = target.split('#')
  const to = join(dirname(path), file)
  if (file && !existsSync(to)) return false
  return anchor === undefined || anchors(file ? readFileSync(to, 'utf8') : text).includes(anchor)
}

/** As GitHub makes them of headings. */
function anchors(text: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count ? `${anchor}-${count}` : anchor
  })
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, '')
}

function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

test.each(PAGES)('%s has no link that leads nowhere', (path) => {
  expect(brokenLinks(path, readFileSync(path, 'utf8'))).toEqual([])
})

test('a missing file, a missing heading and code are told apart', () => {
  const text =
    '# One, `two`\n[a](gone.md) [b](#one-two) [c](#three) [d](../README.md#gone) `[e](f)`\n'
  expect(brokenLinks('docs/page.md', text)).toEqual(['gone.md', '#three', '../README.md#gone'])
})
