/** The manifests of firmware/mqtt as a library: they name every module that it needs, and the dongle's has what the dongle uses. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize, posix } from 'node:path'
import { expect, test } from '@jest/globals'
import { deviceModules } from '../../tools/moddable/preload'

const FOLDER = 'firmware/mqtt'

interface Manifest {
  modules: Record<string, string>
  preload: string[]
}

const manifest = (path: string): Manifest =>
  JSON.parse(readFileSync(join(FOLDER, path, 'manifest.json'), 'utf8'))

/** By name: the source of each module that a manifest takes in. */
function modulesOf(path: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, source] of Object.entries(manifest(path).modules)) {
    const from = normalize(join(FOLDER, path, source))
    if (!key.endsWith('/*')) found.set(key, `${from}.ts`)
    else
      for (const file of readdirSync(from.slice(0, -2)))
        if (file.endsWith('.ts'))
          found.set(key.slice(0, -1) + file.slice(0, -3), from.slice(0, -1) + file)
  }
  return found
}

/** The names of the modules that `source` imports with a relative path, types left aside. */
function importsOf(name: string, source: string): string[] {
  const text = readFileSync(source, 'utf8')
  return [...text.matchAll(/^import (?!type)[^;]*?from '(\.[^']+)'/gms)].map(([, path]) =>
    posix.join(posix.dirname(name), path),
  )
}

test.each([
  ['the client', ['.']],
  ['the client with its Moddable part', ['.', 'moddable']],
  ['the client with persistence', ['.', 'persistence']],
])('%s: every import is in the manifest, and nothing in it is superfluous', (_, paths) => {
  const modules = new Map(paths.flatMap((path) => [...modulesOf(path)]))
  const imports = new Set([...modules].flatMap(([name, source]) => importsOf(name, source)))
  expect([...imports].filter((name) => !modules.has(name))).toEqual([])
  const core = [...modules.keys()].filter((name) => name.startsWith('core/'))
  expect(core.filter((name) => !imports.has(name))).toEqual([])
})

test.each(['.', 'moddable', 'persistence'])('%s: every module is laid out in flash', (path) => {
  expect(manifest(path).preload.slice().sort()).toEqual([...modulesOf(path).keys()].sort())
})

test('the dongle has neither the Moddable part nor persistence', () => {
  const paths = deviceModules('.').map((module) => module.path)
  expect(paths.filter((path) => path.startsWith(`${FOLDER}/`))).not.toEqual([])
  for (const part of ['moddable', 'persistence'])
    expect(paths.filter((path) => path.startsWith(`${FOLDER}/${part}/`))).toEqual([])
})
