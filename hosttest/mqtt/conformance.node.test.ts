/** docs/mqtt-conformance.md lists every statement of the standard, and each that it lists has the test that it names. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const FOLDER = 'hosttest/mqtt'
const lines = readFileSync('docs/mqtt-conformance.md', 'utf8').split('\n')
const rows = lines
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
/** "- 3.1.2: 2, 5" for what binds servers only. */
const serversOnly = lines
  .filter((line) => /^- \d[\d.]*: \d/.test(line))
  .flatMap((line) => {
    const [section, numbers] = line.slice(2).split(': ')
    return numbers.split(', ').map((number) => `${section}-${number}`)
  })
const sources = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(`${FOLDER}/${file}`, 'utf8')]),
)

/** How many statements appendix B has of each section; 2.2.1 has no first. */
const APPENDIX_B: readonly [section: string, statements: number, first?: number][] = [
  ...section('1.5', [4, 3], [5, 1], [7, 1]),
  ...section('2.1', [3, 1]),
  ['2.2.1', 6, 2],
  ['2.2.2', 1],
  ...section('3.1', [0, 2], [2, 30], [3, 12], [4, 6]),
  ...section('3.2', [0, 2], [2, 22]),
  ...section('3.3', [1, 13], [2, 20], [4, 10]),
  ...section('3.4', [2, 3]),
  ...section('3.5', [2, 3]),
  ...section('3.6', [1, 1], [2, 3]),
  ...section('3.7', [2, 3]),
  ...section('3.8', [1, 1], [3, 5], [4, 8]),
  ...section('3.9', [2, 2], [3, 2]),
  ...section('3.10', [1, 1], [3, 2], [4, 6]),
  ...section('3.11', [2, 2], [3, 2]),
  ...section('3.12', [4, 1]),
  ...section('3.14', [0, 1], [1, 1], [2, 4], [4, 3]),
  ...section('3.15', [1, 1], [2, 3]),
  ...section('4.1', [0, 2]),
  ...section('4.2', [0, 1]),
  ...section('4.3', [1, 1], [2, 5], [3, 13]),
  ...section('4.4', [0, 2]),
  ...section('4.5', [0, 2]),
  ...section('4.6', [0, 6]),
  ...section('4.7', [0, 1], [1, 2], [2, 1], [3, 4]),
  ...section('4.8', [2, 6]),
  ...section('4.9', [0, 3]),
  ...section('4.12', [0, 7], [1, 2]),
  ...section('4.13', [1, 1], [2, 1]),
]

function section(number: string, ...parts: [part: number, statements: number][]) {
  return parts.map(([part, statements]): [string, number] => [`${number}.${part}`, statements])
}

test('every statement of appendix B is in the table, or is said to bind servers only', () => {
  const all = APPENDIX_B.flatMap(([name, statements, first = 1]) =>
    Array.from({ length: statements + 1 - first }, (_, i) => `${name}-${first + i}`),
  )
  expect(all).toHaveLength(247)
  expect([...rows.map(([id]) => id), ...serversOnly].sort()).toEqual(all.sort())
})

test('every row has its test, by file and name', () => {
  const missing = rows.filter(([id, , where]) => {
    const [file, name] = where.split(/: (.*)/s)
    const source = sources.get(file) ?? ''
    return !source.split('\n').some((line) => line.includes(name) && line.includes(`[MQTT-${id}]`))
  })
  expect(missing).toEqual([])
})

test('every statement that a test names is listed', () => {
  const named = new Set<string>()
  for (const source of sources.values())
    for (const [, id] of source.matchAll(/\[MQTT-(\d[\d.]*-\d+)\]/g)) named.add(id)
  for (const [id] of rows) named.delete(id)
  // The order of user properties binds servers; a test shows that we keep it too.
  expect([...named]).toEqual(['3.3.2-18'])
})
