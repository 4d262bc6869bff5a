/**
 * The memory that XS is created with: what manifest.json asks for, held against what a build links. A board's manifest and
 * the SDK's have a `creation` too, and mcconfig merges them.
 */

/** Slots and bytes, as `creation` of a manifest; `nativeStack` is that of the task which runs XS. */
export interface Creation {
  chunk: { initial: number; incremental: number }
  heap: { initial: number; incremental: number }
  stack: number
  static: number
  nativeStack: number
}

/** The fields of txPreparation's creation, in the order of xsCreation (xs/includes/xs.h) in which xsl writes them. */
const FIELDS = [
  'chunk.initial',
  'chunk.incremental',
  'heap.initial',
  'heap.incremental',
  'stack',
  'keys.initial',
  'keys.incremental',
  'keys.name',
  'keys.symbol',
  'parser.buffer',
  'parser.table',
  'static',
  'nativeStack',
]

/** One line for each field that is not as wanted. `linked`: the C that xsl wrote. */
export function wrongCreation(linked: string, wanted: Creation): string[] {
  const numbers = /^\t\{ (\d+(?:, \d+){12})\},$/m.exec(linked)?.[1].split(', ').map(Number)
  if (!numbers) return [`creation: expected ${FIELDS.length} numbers in mc.xs.c, and found none`]
  const { chunk, heap } = wanted
  const expected: { [field: string]: number } = {
    'chunk.initial': chunk.initial,
    'chunk.incremental': chunk.incremental,
    'heap.initial': heap.initial,
    'heap.incremental': heap.incremental,
    stack: wanted.stack,
    static: wanted.static,
    nativeStack: wanted.nativeStack,
  }
  return Object.entries(expected)
    .map(([field, value]) => ({ field, value, found: numbers[FIELDS.indexOf(field)] }))
    .filter(({ value, found }) => found !== value)
    .map(
      ({ field, value, found }) =>
        `creation.${field}: expected ${value} as in manifest.json, found ${found}`,
    )
}
