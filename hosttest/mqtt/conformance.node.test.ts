/** docs/mqtt-conformance.md names a test for each statement; here it is held to that. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const FOLDER = 'hosttest/mqtt'
const rows = readFileSync('docs/mqtt-conformance.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
const sources = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(`${FOLDER}/${file}`, 'utf8')]),
)

test('every statement has its test, by file and name', () => {
  const missing = rows.filter(([id, , where]) => {
    const [file, name] = where.split(/: (.*)/s)
    const source = sources.get(file) ?? ''
    return !source.split('\n').some((line) => line.includes(name) && line.includes(`[MQTT-${id}]`))
  })
  expect(missing).toEqual([])
  expect(rows.length).toBeGreaterThan(130)
})

test('every statement that a test names is listed, but those that bind servers', () => {
  const named = new Set<string>()
  for (const source of sources.values())
    for (const [, id] of source.matchAll(/\[MQTT-(\d[\d.]*-\d+)\]/g)) named.add(id)
  for (const [id] of rows) named.delete(id)
  expect([...named].sort()).toEqual(['2.2.1-4', '3.3.2-18'])
})
