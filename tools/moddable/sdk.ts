/** The Moddable SDK's tools on this project: generate makefiles, check types, compile, link. Needs MODDABLE; never changes it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepPreload } from './preload'

export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..')
export const BUILD = join(ROOT, 'build')
const OUT = join(BUILD, 'moddable')
const ESBUILD = join(ROOT, 'node_modules/esbuild/bin/esbuild')

export interface Sdk {
  home: string
  /** For everything that is run with the SDK. */
  env: NodeJS.ProcessEnv
}

/** Ends the process with one line if the SDK is missing. */
export function findSdk(): Sdk {
  const home = process.env.MODDABLE
  const tools = home && join(home, 'build/bin/lin/release')
  if (!home || !existsSync(join(tools as string, 'mcconfig'))) {
    fail('MODDABLE: expected the path of a built Moddable SDK 8.2 (see docs/moddable.md)')
  }
  return {
    home,
    env: {
      ...process.env,
      PATH: `${tools}:${process.env.PATH}`,
      TSC: join(ROOT, 'tools/moddable/transpile.sh'),
      ESBUILD,
    },
  }
}

export function fail(line: string): never {
  console.error(line)
  process.exit(1)
}

/** The standard output and error of a command that must succeed. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv, cwd = ROOT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  const output = `${stdout}${stderr}`
  if (status !== 0) fail(`${error ?? output}\n${command} ${args.join(' ')}: failed`)
  return output
}

export interface Project {
  sdk: Sdk
  /** As mcconfig names it: lin, esp32:./boards/t-rsc3, … */
  platform: string
  debug: boolean
  /** In place of the project's own; from its root. */
  manifest?: string
}

/** Where mcconfig puts what it generates and what it builds. */
export function folders({ platform, debug, manifest }: Project): { tmp: string; bin: string } {
  const [name, ...path] = platform.split(/[:/]/)
  const variant = path.pop() ?? 'mc'
  const below = join(
    name,
    variant,
    debug ? 'debug' : 'release',
    basename(manifest ? dirname(manifest) : ROOT),
  )
  return { tmp: join(OUT, 'tmp', below), bin: join(OUT, 'bin', below) }
}

/** Runs mcconfig: without further arguments it only writes the makefile. */
export function mcconfig({ sdk, platform, debug, manifest }: Project, ...args: string[]): string {
  mkdirSync(OUT, { recursive: true })
  if (keepPreload(ROOT)) {
    if (process.env.CI) fail('firmware/preload.json is out of date: run npm run check:esp32')
    console.warn('firmware/preload.json was out of date, and is written anew')
  }
  const builtAt = `builtAt=${Math.floor(Date.now() / 1000)}`
  return run(
    'mcconfig',
    [
      ...(debug ? ['-d'] : []),
      '-p',
      platform,
      '-o',
      OUT,
      ...args,
      ...(manifest ? [join(ROOT, manifest)] : []),
      builtAt,
    ],
    sdk.env,
  )
}

/** All types of this platform at once, by the paths that mcconfig derived from the manifest. */
export function checkTypes(project: Project): void {
  const { tmp } = folders(project)
  const config = join(tmp, 'modules/types.json')
  const base = join(tmp, 'modules/tsconfig-base.json')
  const { compilerOptions } = JSON.parse(readFileSync(base, 'utf8'))
  writeFileSync(
    config,
    JSON.stringify({
      extends: base,
      compilerOptions: { ...compilerOptions, noEmit: true, skipLibCheck: true },
      files: [join(ROOT, 'firmware/main.ts')],
    }),
  )
  run(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config],
    project.sdk.env,
  )
}

/**
 * The bindings of `modules`, ours, that xsl could not freeze: each costs pointers in RAM, and could keep state though none
 * may be kept. A table is told once, not element by element. xsl names the module by which it found the binding, not the
 * one that has it.
 */
export function unfrozen(linkOutput: string, modules = ourModules()): string[] {
  const found = new Set<string>()
  for (const [, module, path] of linkOutput.matchAll(
    /^### warning: (\S+?): (.*): (?:not frozen|no const)$/gm,
  )) {
    if (!modules.includes(module)) continue
    const [name] = (path.split(' ').pop() as string).split(/[.[]/)
    found.add(name)
  }
  return [...found].sort()
}

export function ourModules(): string[] {
  return JSON.parse(readFileSync(join(ROOT, 'firmware/preload.json'), 'utf8')).preload
}
