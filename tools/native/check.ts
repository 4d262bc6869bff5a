/**
 * npm run check:native: every C file of firmware/xs compiles without a warning, gcc's analyzer included, against
 * declarations of our own (include/), and runs on fake drivers under the address and undefined-behaviour sanitizers.
 * What the chip's compiler says, only a build for it can show.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { identityImage } from '../esp32/identity'
import { sealFactoryData } from '../factory/seal'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const XS = resolve(HERE, '../../firmware/xs')
const WARNINGS = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-fanalyzer', '-O1', '-g']
/** What depends on the chip is tested as for an ESP32, too, which has no USB. */
const OF_TWO_CHIPS = ['cable.c']
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

if (spawnSync('gcc', ['--version']).error) {
  console.error('check:native: gcc is missing: sudo apt-get install -y gcc')
  process.exit(1)
}
const build = mkdtempSync(join(tmpdir(), 'wattbeat-native-'))
try {
  process.exitCode = platforms().every(check) ? 0 : 1
} finally {
  rmSync(build, { recursive: true })
}

function platforms(): string[] {
  return readdirSync(XS).filter((name) => sources(join(XS, name)).length > 0)
}

/** One platform: all of its C, and a program for each test. */
function check(platform: string): boolean {
  const includes = ['include', '.', platform].map((folder) => `-I${join(HERE, folder)}`)
  mkdirSync(join(build, platform))
  const compile = (path: string, ...options: string[]): string => {
    const object = join(build, platform, `${basename(path)}${options.join('')}.o`)
    run('gcc', [...WARNINGS, ...SANITIZERS, ...includes, ...options, '-c', path, '-o', object])
    return object
  }
  try {
    const ours = new Map(sources(join(XS, platform)).map((path) => [basename(path), path]))
    const mine = sources(join(HERE, platform))
    const isTest = (path: string) => path.endsWith('.test.c')
    const fakes = [join(HERE, 'machine.c'), ...mine.filter((path) => !isTest(path))].map((path) =>
      compile(path),
    )
    for (const name of ours.keys())
      if (!mine.some((path) => basename(path) === name.replace('.c', '.test.c')))
        throw new Error(`firmware/xs/${platform}/${name}: no test in tools/native/${platform}`)
    for (const test of mine.filter(isTest)) {
      const subject = ours.get(basename(test).replace('.test.c', '.c'))
      if (!subject) throw new Error(`${test}: no such file in firmware/xs/${platform}`)
      const isOfTwo = OF_TWO_CHIPS.includes(basename(subject))
      for (const options of isOfTwo ? [[], ['-DNO_USB']] : [[]]) {
        const program = join(build, platform, basename(test, '.c'))
        const objects = [compile(test, ...options), compile(subject, ...options), ...fakes]
        run('gcc', [...SANITIZERS, '-Wl,--wrap=settimeofday', ...objects, '-o', program])
        run(
          program,
          basename(test) === 'host.test.c' && platform === 'esp32' ? [factoryImage()] : [],
        )
        console.log(
          `check:native: ${[`${platform}/${basename(test)}`, ...options].join(' ')}: passed`,
        )
      }
    }
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return false
  }
}

/** What the factory writes, and after it the record alone: the C has to find the one in the other. */
function factoryImage(): string {
  const serial = 'WB261100042'
  const labelSecret = Uint8Array.from({ length: 16 }, (_, i) => 240 + i)
  const path = join(build, 'fctry.bin')
  writeFileSync(
    path,
    Buffer.concat([identityImage(serial, labelSecret), sealFactoryData({ serial, labelSecret })]),
  )
  return path
}

function sources(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name))
}

function run(command: string, args: string[]): void {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(
      `${stdout}${stderr}${error ?? ''}\n${command} ${args.join(' ')}: ${signal ?? status}`,
    )
}
