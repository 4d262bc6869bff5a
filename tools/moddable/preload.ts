/**
 * firmware/preload.json: the names of all modules of ours, which xsl then lays out in flash. mcconfig 8.2 takes no
 * wildcards for TypeScript here (they match JavaScript alone, silently), so the list is kept by machine.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folders below firmware/, as manifest.json has them; a platform's own folder goes by another name. */
const PLATFORMS = ['lin', 'esp32']

/** Writes the list where it is out of date. True if it was. */
export function keepPreload(root: string): boolean {
  const file = join(root, 'firmware/preload.json')
  const names = moduleNames(root)
  const text = `${JSON.stringify({ preload: names }, null, 2)}\n`
  if (readFileSync(file, 'utf8') === text) return false
  writeFileSync(file, text)
  return true
}

function moduleNames(root: string): string[] {
  const { modules } = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8'))
  const names = new Set<string>()
  for (const [key, source] of Object.entries(modules)) {
    if (typeof source !== 'string' || !source.startsWith('./firmware/')) continue
    if (source.includes('/types/')) continue
    if (!key.endsWith('/*')) names.add(key)
    else
      for (const name of inFolder(join(root, source.slice(0, -1))))
        names.add(key.slice(0, -1) + name)
  }
  for (const platform of PLATFORMS) {
    for (const name of inFolder(join(root, 'firmware/xs', platform)))
      names.add(`xs/platform/${name}`)
  }
  return [...names].sort()
}

function inFolder(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => name.slice(0, -3))
}
