/** Equality as jest's toEqual and toMatchObject have it, and values as text for a failure's message. */

/** Recursive; a property that is undefined equals one that is missing. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || kindOf(a) !== kindOf(b)) return false
  if (a instanceof RegExp) return String(a) === String(b)
  if (a instanceof Error) return a.message === b['message'] && a.name === b['name']
  if (a instanceof Date) return Object.is(a.getTime(), (b as never as Date).getTime())
  if (a instanceof ArrayBuffer)
    return equal(new Uint8Array(a), new Uint8Array(b as never as ArrayBuffer))
  if (a instanceof Map || a instanceof Set)
    return equal([...a], [...(b as never as Iterable<unknown>)])
  if (isList(a)) return equalItems(a, b as List, equal)
  // Nothing of its value is in its properties: everything of its kind would be equal.
  if (kindOf(a) !== 'Object') throw new Error(`tools/xs/equal.ts cannot compare a ${kindOf(a)}`)
  return within(a, b, equal) && within(b, a, equal)
}

/** Every property that `expected` has, `actual` has too; lists are as long as each other. */
export function matches(actual: unknown, expected: unknown): boolean {
  if (!isObject(actual) || !isObject(expected) || isTyped(expected)) return equal(actual, expected)
  if (isList(expected)) return isList(actual) && equalItems(actual, expected, matches)
  for (const key in expected) {
    if (!(key in actual) || !matches(actual[key], expected[key])) return false
  }
  return true
}

export function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return `[function ${value.name}]`
  if (Object.is(value, -0)) return '-0'
  if (!isObject(value)) return String(value)
  if (value instanceof Error) return `[${value}]`
  if (value instanceof RegExp) return String(value)
  if (depth > 6) return '…'
  if (value instanceof Map || value instanceof Set) {
    return `${kindOf(value)} ${show([...value], depth)}`
  }
  if (isTyped(value)) return `${kindOf(value)} [${Array.prototype.join.call(value, ' ')}]`
  if (isList(value)) {
    return `[${Array.prototype.map.call(value, (item) => show(item, depth + 1)).join(', ')}]`
  }
  const properties = Object.keys(value).map((key) => `${key}: ${show(value[key], depth + 1)}`)
  return properties.length ? `{ ${properties.join(', ')} }` : '{}'
}

type Properties = Record<string, unknown>
type List = ArrayLike<unknown> & Properties
type Compare = (a: unknown, b: unknown) => boolean

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null
}

function isTyped(value: object): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

function isList(value: Properties): value is List {
  return Array.isArray(value) || isTyped(value)
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

function equalItems(a: List, b: List, compare: Compare): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!compare(a[i], b[i])) return false
  return true
}

function within(a: Properties, b: Properties, compare: Compare): boolean {
  for (const key of Object.keys(a)) if (!compare(a[key], b[key])) return false
  return true
}
