/** Imports that go against the house's directions (rules.cjs). */
import type { Import, Source } from './graph'

/** One line of rules.cjs: an import from such a file to such a file is forbidden. */
export interface Rule {
  name: string
  comment?: string
  from: { path?: string; pathNot?: string }
  to: {
    path?: string
    pathNot?: string
    /** The imported file leads back here. */
    circular?: true
    couldNotResolve?: true
    /** Modules of Node. */
    isCore?: true
    /** Only imports of which something is left when types are erased. */
    isValue?: true
  }
}

const KEYS = ['path', 'pathNot', 'circular', 'couldNotResolve', 'isCore', 'isValue']

/** A line for each import that a rule forbids. Throws on a rule that says what nobody here understands. */
export function violations(rules: readonly Rule[], sources: readonly Source[]): string[] {
  for (const { name, from, to } of rules)
    for (const key of [...Object.keys(from), ...Object.keys(to)])
      if (!KEYS.includes(key)) throw new Error(`${name}: ${key} is no condition`)
  const circles = circlesOf(sources)
  const forbids = ({ from, to }: Rule, source: Source, edge: Import) =>
    matches(from, source.path) &&
    matches(to, edge.to) &&
    (!to.couldNotResolve || edge.kind === 'unknown') &&
    (!to.isCore || edge.kind === 'core') &&
    (!to.isValue || !edge.isTypeOnly) &&
    (!to.circular || circles.get(edge.to)?.has(source.path) === true)
  const lines = new Set<string>()
  for (const rule of rules)
    for (const source of sources)
      for (const edge of source.imports)
        if (forbids(rule, source, edge)) lines.add(`${rule.name}: ${source.path} → ${edge.to}`)
  return [...lines]
}

function matches({ path, pathNot }: { path?: string; pathNot?: string }, file: string): boolean {
  return (
    (path === undefined || new RegExp(path).test(file)) &&
    (pathNot === undefined || !new RegExp(pathNot).test(file))
  )
}

/** Of each file those that it leads to. */
function circlesOf(sources: readonly Source[]): Map<string, ReadonlySet<string>> {
  const next = new Map(sources.map(({ path, imports }) => [path, imports.map(({ to }) => to)]))
  return new Map(
    sources.map(({ path }) => {
      const seen = new Set<string>()
      const open = [path]
      for (let at = open.pop(); at !== undefined; at = open.pop())
        for (const to of next.get(at) ?? [])
          if (!seen.has(to)) {
            seen.add(to)
            open.push(to)
          }
      return [path, seen]
    }),
  )
}
