/**
 * firmware/preload.json: the names of all modules of ours, which xsl then lays out in flash. mcconfig 8.2 takes no
 * wildcards for TypeScript here (they match JavaScript alone, silently), so the list is kept by machine.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, normalize } from 'node:path'

/** The folders below firmware/, as manifest.json has them; a platform's own folder goes by another name. */
export const PLATFORMS = ['lin', 'esp32']

/** Writes the list if it is out of date. True if it was. */
export function keepPreload(root: string): boolean {
  const file = join(root, 'firmware/preload.json')
  const names = [...new Set(moduleNames(root))]
  const text = `${JSON.stringify({ preload: names }, null, 2)}\n`
  if (readFileSync(file, 'utf8') === text) return false
  writeFileSync(file, text)
  return true
}

function moduleNames(root: string): string[] {
  return deviceModules(root)
    .map(({ name }) => name)
    .sort()
}

export interface DeviceModule {
  /** On XS. */
  name: string
  /** Its source's, from the root. */
  path: string
}

/** Our modules that the device's build takes in, but for main; those of both platforms. */
export function deviceModules(root: string): DeviceModule[] {
  const { modules } = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8'))
  const left: string[] = modules['~']
    .filter((source: string) => source.startsWith('./'))
    .map((source: string) => `${normalize(source)}.ts`)
  const lost = left.find((path) => !existsSync(join(root, path)))
  if (lost) throw new Error(`manifest.json leaves ${lost} out, which is not there`)
  const found = Object.entries(modules).flatMap(([key, source]) =>
    typeof source !== 'string' || !source.startsWith('./firmware/') || source.includes('/types/')
      ? []
      : key.endsWith('/*')
        ? inFolder(root, normalize(source.slice(0, -2)), key.slice(0, -1))
        : [{ name: key, path: `${normalize(source)}.ts` }],
  )
  for (const platform of PLATFORMS)
    found.push(...inFolder(root, `firmware/xs/${platform}`, 'xs/platform/'))
  return found.filter(({ path }) => !left.includes(path))
}

function inFolder(root: string, folder: string, prefix: string): DeviceModule[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => ({ name: prefix + file.slice(0, -3), path: `${folder}/${file}` }))
}
