/**
 * Stands in for @jest/globals inside XS: collects a suite's tests while it loads, then runs the one that Node names.
 * No skip, no only, no promise: a pure suite needs none of them.
 */
import { decode, encode, host, serve } from './host'

export { expect } from './expect'

type Body = (...values: never[]) => unknown
interface Scope {
  name: string
  before: Body[]
  outer?: Scope
}
interface Case {
  name: string
  scope: Scope
  body: Body
  values: unknown[]
}

/** Node asks for the list of names, then for each test by its number. */
export type TestCommand = { kind: 'list' } | { kind: 'run'; test: number }
export type TestReply = { names: string[] } | { failure?: string }

const cases: Case[] = []
let scope: Scope = { name: '', before: [] }

export const describe = withEach((name, body, values) => {
  scope = { name: scope.name ? `${scope.name} › ${name}` : name, before: [], outer: scope }
  body(...(values as never[]))
  scope = scope.outer!
})

export const test = withEach((name, body, values) => {
  cases.push({ name: scope.name ? `${scope.name} › ${name}` : name, scope, body, values })
})

export const it = test

export function beforeEach(body: Body): void {
  scope.before.push(body)
}

type Define = (name: string, body: Body, values: unknown[]) => void

function withEach(define: Define) {
  const once = (name: string, body: Body) => define(name, body, [])
  const each = (table: unknown[]) => (name: string, body: Body) => {
    for (const [i, row] of table.entries()) {
      const values = Array.isArray(row) ? row : [row]
      define(title(name, values, i), body, values)
    }
  }
  return Object.assign(once, { each })
}

/** jest's titles: %s and its kin take the values in order, %# the row, $name a property of the first. */
function title(pattern: string, values: unknown[], row: number): string {
  let next = 0
  return pattern
    .replace(/%[sdifjop#%]/g, (place) => {
      if (place === '%%') return '%'
      if (place === '%#') return String(row)
      if (next >= values.length) return place
      const value = values[next++]
      if (typeof value === 'number') return String(value)
      return typeof value === 'string' && place !== '%p' && place !== '%j'
        ? value
        : (JSON.stringify(value) ?? String(value))
    })
    .replace(/\$([A-Za-z_]\w*)/g, (place, key) => {
      const first = values[0] as Record<string, unknown>
      if (typeof first !== 'object' || first === null || !(key in first)) return place
      return typeof first[key] === 'string' ? first[key] : JSON.stringify(first[key])
    })
}

function runBefore({ outer, before }: Scope): void {
  if (outer) runBefore(outer)
  for (const body of before) body()
}

function run({ scope, body, values }: Case): TestReply {
  try {
    if (body.length > values.length) {
      throw new Error('a pure suite is synchronous: no callback says when a test is done')
    }
    runBefore(scope)
    if (body(...(values as never[])) instanceof Promise) {
      throw new Error('a pure suite is synchronous: name the file *.node.test.ts')
    }
    return {}
  } catch (error) {
    return { failure: error instanceof Error ? error.stack! : String(error) }
  }
}

/** Suites print their seeds. */
globalThis.console ??= { log: host.print } as Console

serve((bytes) => {
  const command = decode<TestCommand>(bytes)
  return encode(
    command.kind === 'list' ? { names: cases.map(({ name }) => name) } : run(cases[command.test]),
  )
})
