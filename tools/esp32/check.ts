/**
 * npm run check:esp32: every module compiles, resolves, links and preloads for each ESP32 target. Needs no ESP-IDF,
 * so the C of ours is not compiled here (see docs/moddable.md).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BUILD,
  checkTypes,
  findSdk,
  folders,
  mcconfig,
  type Project,
  run,
  type Sdk,
  unfrozen,
} from '../moddable/sdk'
import { TARGETS, type Target } from './targets'

/** A slot on ESP32; in ROM and in RAM. */
const SLOT_BYTES = 16
const POINTER_BYTES = 4

const sdk = findSdk()
const idf = standInForIdf(sdk)
const loose = new Set<string>()
for (const [name, target] of Object.entries(TARGETS)) check(name, target)
if (loose.size) console.warn(`warning: not frozen: ${[...loose].sort().join(', ')}`)

function check(name: string, { board, chip }: Target): void {
  const project: Project = {
    sdk: { ...sdk, env: { ...sdk.env, IDF_PATH: idf } },
    platform: `esp32/${board}`,
    debug: false,
  }
  mcconfig(project)
  if (name === Object.keys(TARGETS)[0]) checkTypes(project)
  const { tmp } = folders(project)
  // The makefile asks for what ESP-IDF's configuration would have made.
  const config = join(tmp, `xsProj-${chip}/build/config`)
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, 'sdkconfig.h'), '')
  const linked = join(tmp, 'mc.xs.c')
  // Linked anew each time: xsl's warnings are part of what is checked.
  rmSync(linked, { force: true })
  const output = run('make', ['-f', join(tmp, 'makefile'), linked], project.sdk.env)
  console.log(`${name}: ${figures(readFileSync(linked, 'utf8'))}`)
  for (const name of unfrozen(output)) loose.add(name)
}

/** What xsl laid out in the C that it wrote: all of it goes to flash, but for the pointers to what is not frozen. */
function figures(linked: string): string {
  const count = (name: string) => Number(linked.match(`#define mx${name}Count (\\d+)`)?.[1] ?? 0)
  const slots = count('Heap') + count('Stack')
  const pointers = count('Keys') + count('Names') + count('Symbols')
  let bytecode = 0
  let texts = 0
  for (const line of linked.split('\n')) {
    const array = /^static const txU1 gx\w+\[(\d+)\];/.exec(line)
    if (array) bytecode += Number(array[1])
    else if (line.includes('XS_CODE_X_KIND')) bytecode += literalBytes(line)
    else texts += literalBytes(line)
  }
  const rom = slots * SLOT_BYTES + pointers * POINTER_BYTES + bytecode + texts
  return (
    `${rom} ROM bytes (${slots} preloaded slots of ${SLOT_BYTES} bytes, ${bytecode} bytes of bytecode, ` +
    `${texts} of texts and tables, ${pointers} keys); ` +
    `${count('Alias') * POINTER_BYTES} RAM bytes for what is not frozen`
  )
}

/** Of C's string literals, whose bytes are mostly written \\xNN. */
function literalBytes(line: string): number {
  let bytes = 0
  for (const [, text] of line.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
    bytes += text.replace(/\\x[0-9a-fA-F]{2}|\\./g, '.').length + 1
  }
  return bytes
}

/** mcconfig only wants a git repository with a tag there. */
function standInForIdf({ env }: Sdk): string {
  const folder = join(BUILD, 'idf-stand-in')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const git = (...args: string[]) => run('git', args, env, folder)
  git('init', '-q')
  git(
    '-c',
    'user.name=check',
    '-c',
    'user.email=check@localhost',
    'commit',
    '-q',
    '--allow-empty',
    '-m',
    'stand-in',
  )
  git('tag', 'v6.0')
  return folder
}
