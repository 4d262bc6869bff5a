/**
 * What lies in the device's flash and is never used: modules that main cannot reach, and functions, classes, methods and
 * constants that nothing reachable mentions. Types cost nothing and do not count. A name counts as used wherever it is mentioned,
 * so that what is found is unused, and not all that is unused is found.
 */
import type { Declaration, Source } from './mentions'

export interface Program {
  sources: readonly Source[]
  /** Paths of modules that are asked for from outside, with all that they export. */
  roots: readonly string[]
  /** Paths of the modules that the device's build takes in. */
  modules: readonly string[]
  /** The files that a name of no file stands for, one for each platform. */
  aliases: (name: string) => readonly string[]
}

export interface Finding {
  path: string
  /** Undefined if it is the whole module. */
  name?: string
  line?: number
}

export function unused(program: Program): Finding[] {
  const { modules } = program
  const used = new Reach(program)
  return modules.flatMap((path) => {
    const source = used.sourceOf(path)
    if (!source || (source.declarations.length === 0 && !source.hasEffects)) return []
    if (!used.loaded.has(path)) return [{ path }]
    const isRoot = program.roots.includes(path)
    return source.declarations.flatMap((declaration) => {
      const { names, line, members } = declaration
      if (!used.declarations.has(declaration)) return [{ path, name: names.join(', '), line }]
      return members
        .filter(({ name }) => !isRoot && !used.properties.has(`.${name}`))
        .map((member) => ({ path, name: `${names}.${member.name}`, line: member.line }))
    })
  })
}

/** Follows mentions from the roots on. */
class Reach {
  readonly loaded = new Set<string>()
  readonly declarations = new Set<Declaration>()
  readonly properties = new Set<string>()
  readonly #sources: ReadonlyMap<string, Source>
  readonly #aliases: Program['aliases']
  readonly #open: [Source, ReadonlySet<string>][] = []

  constructor({ sources, roots, aliases }: Program) {
    this.#sources = new Map(sources.map((source) => [source.path, source]))
    this.#aliases = aliases
    for (const root of roots) this.#use(root, '*')
    for (let next = this.#open.pop(); next; next = this.#open.pop())
      for (const name of next[1])
        if (name.startsWith('.')) this.properties.add(name)
        else this.#mention(next[0], name)
  }

  sourceOf(path: string): Source | undefined {
    return this.#sources.get(path)
  }

  /** Somebody uses `name` of a module, which loads it. */
  #use(path: string, name: string): void {
    const source = this.#sources.get(path)
    if (!source) return
    this.#load(source)
    const names = name === '*' ? source.exports.values() : [source.exports.get(name)]
    for (const own of names) if (own !== undefined) this.#mention(source, own)
  }

  #load(source: Source): void {
    if (this.loaded.has(source.path)) return
    this.loaded.add(source.path)
    this.#open.push([source, source.effects])
    for (const { to, isTypeOnly } of source.imports)
      if (!isTypeOnly) for (const path of this.#filesOf(to)) this.#use(path, '')
  }

  #mention(source: Source, name: string): void {
    for (const declaration of source.declarations)
      if (declaration.names.includes(name) && !this.declarations.has(declaration)) {
        this.declarations.add(declaration)
        this.#open.push([source, declaration.mentions])
      }
    for (const { to, names } of source.imports) {
      const there = names.get(name)
      if (there !== undefined) for (const path of this.#filesOf(to)) this.#use(path, there)
    }
  }

  #filesOf(to: string): readonly string[] {
    return this.#sources.has(to) ? [to] : this.#aliases(to)
  }
}

/** A line for each finding that is not kept, and for each kept one that is none. */
export function complaints(
  findings: readonly Finding[],
  kept: Readonly<Record<string, string>>,
): string[] {
  const idOf = ({ path, name }: Finding) => (name === undefined ? path : `${path}: ${name}`)
  const ids = new Set(findings.map(idOf))
  return [
    ...findings
      .filter((finding) => !(idOf(finding) in kept))
      .map(({ path, name, line }) =>
        name === undefined
          ? `${path}: lies in flash, and main cannot reach it`
          : `${path}:${line}: ${name} lies in flash, and nothing uses it`,
      ),
    ...Object.keys(kept)
      .filter((id) => !ids.has(id))
      .map((id) => `tools/moddable/kept.ts: ${id} is used, or is no more`),
  ]
}
