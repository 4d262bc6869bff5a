/** jest's expect for XS: the matchers that the pure suites use, and a plain refusal of every other. */
import { equal, matches, show } from './equal'

type Matcher = (actual: never, ...expected: never[]) => boolean

const MATCHERS: Record<string, Matcher> = {
  toBe: (actual: unknown, expected: unknown) => Object.is(actual, expected),
  toEqual: equal,
  toMatchObject: matches,
  toBeUndefined: (actual: unknown) => actual === undefined,
  toBeDefined: (actual: unknown) => actual !== undefined,
  toBeNull: (actual: unknown) => actual === null,
  toBeNaN: (actual: unknown) => Number.isNaN(actual),
  toBeTruthy: (actual: unknown) => Boolean(actual),
  toBeFalsy: (actual: unknown) => !actual,
  toBeCloseTo: (actual: number, expected: number, digits = 2) =>
    actual === expected || Math.abs(actual - expected) < 10 ** -digits / 2,
  toBeGreaterThan: (actual: number, least: number) => actual > least,
  toBeGreaterThanOrEqual: (actual: number, least: number) => actual >= least,
  toBeLessThan: (actual: number, most: number) => actual < most,
  toBeLessThanOrEqual: (actual: number, most: number) => actual <= most,
  toBeInstanceOf: (actual: unknown, kind: () => void) => actual instanceof kind,
  toContain: (actual: string & Iterable<unknown>, item: string) =>
    typeof actual === 'string'
      ? actual.includes(item)
      : [...(actual as Iterable<unknown>)].includes(item),
  toContainEqual: (actual: Iterable<unknown>, item: unknown) =>
    [...actual].some((each) => equal(each, item)),
  toHaveLength: (actual: ArrayLike<unknown>, length: number) => actual.length === length,
  toMatch: (actual: string, expected: string | RegExp) => isIn(actual, expected),
  toThrow: throws,
}

export function expect(actual: unknown): object {
  return expectation(actual, false)
}

function expectation(actual: unknown, negated: boolean): object {
  return new Proxy(MATCHERS, {
    get(_, name: string) {
      if (name === 'not') return expectation(actual, !negated)
      const matcher = MATCHERS[name] as ((...values: unknown[]) => boolean) | undefined
      if (!matcher) throw new Error(`tools/xs/expect.ts has no matcher '${name}'`)
      return (...expected: unknown[]) => {
        if (matcher(actual, ...expected) !== negated) return
        const not = negated ? 'not.' : ''
        throw new Error(
          `expect(${show(actual)}).${not}${name}(${expected.map((each) => show(each)).join(', ')})`,
        )
      }
    },
  })
}

function throws(
  run: () => unknown,
  expected?: string | RegExp | Error | (new () => Error),
): boolean {
  try {
    run()
  } catch (error) {
    if (expected === undefined) return true
    if (typeof expected === 'function') return error instanceof expected
    const { message } = error as Error
    return expected instanceof Error ? message === expected.message : isIn(message, expected)
  }
  return false
}

function isIn(text: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? text.includes(expected) : expected.test(text)
}
