/** Bundles TypeScript into one script for XS, and finds the way back from a line of that script to its source. */
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

/** Kept whole for XS's stacks: a script that throws while it loads leaves its own stack here. */
const CATCH = {
  banner: { js: 'try {' },
  footer: { js: '} catch (error) { print(error.stack ?? error); throw error }' },
}

/** One script for each entry, and a `.map` beside it for mapStack: XS reads maps only of a single source. */
export async function bundle(options: BuildOptions): Promise<void> {
  await build({
    bundle: true,
    format: 'iife',
    target: 'es2022',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    ...CATCH,
    ...options,
  })
}

/** Rewrites `path/bundle.js:123` in XS's stack to the source's own file and line. */
export function mapStack(stack: string, script: string): string {
  if (!stack.includes(script)) return stack
  const map = new SourceMap(JSON.parse(readFileSync(`${script}.map`, 'utf8')))
  return stack.replaceAll(`${script}:`, '\0').replaceAll(/\0(\d+)/g, (_, line) => {
    // XS knows lines, not columns; the last mapping of a line is never that of the line before.
    const entry = map.findEntry(Number(line) - 1, Number.MAX_SAFE_INTEGER)
    if (!('originalSource' in entry)) return `${script}:${line}`
    const source = relative('.', resolve(dirname(script), entry.originalSource))
    return `${source}:${entry.originalLine + 1}`
  })
}
