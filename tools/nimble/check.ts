/**
 * npm run check:nimble: gatt.c of firmware/xs/esp32 with the real NimBLE, on Linux: its host from Apache, a virtual controller and
 * a phone from Google's Bumble (phone.py, cases.py). There are stand-ins for ESP-IDF's spinlocks and its start and stop of NimBLE (dongle.c),
 * and for XS, as in check:native. Not part of npm test: it takes a minute and needs what is not in this repository.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GATT_SERVICE, radioName } from '../../firmware/provisioning/gatt'

const NEEDS = `check:nimble needs
  gcc and g++
  NIMBLE=FOLDER   a copy of https://github.com/apache/mynewt-nimble
  BUMBLE=FOLDER   a copy of https://github.com/google/bumble
  PYTHON=PROGRAM  a Python with pyee, cryptography and typing_extensions, as Bumble wants them (python3 by default):
                  python3 -m venv FOLDER && FOLDER/bin/pip install pyee cryptography typing_extensions`
const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = resolve(HERE, '../..')
const { NIMBLE = '', BUMBLE = '', PYTHON = 'python3' } = process.env
/**
 * NimBLE's options, if not as in its example for Linux: no pairing, and memory as on ESP32, C3 and S3, by firmware/xs/esp32/sdkconfig
 * and ESP-IDF's defaults (components/bt/host/nimble/Kconfig.in).
 */
const OPTIONS = {
  BLE_SOCK_TYPE__linux_blue: 0,
  BLE_SOCK_TYPE__linux_tcp: 1,
  BLE_SM_LEGACY: 0,
  BLE_SM_SC: 0,
  BLE_ROLE_CENTRAL: 0,
  BLE_ROLE_OBSERVER: 0,
  BLE_MAX_CONNECTIONS: 1,
  BLE_ATT_PREFERRED_MTU: 256,
  BLE_ATT_SVR_MAX_PREP_ENTRIES: 16,
  BLE_TRANSPORT_ACL_FROM_LL_COUNT: 24,
  MSYS_1_BLOCK_COUNT: 12,
  MSYS_1_BLOCK_SIZE: 256,
  MSYS_2_BLOCK_COUNT: 24,
  MSYS_2_BLOCK_SIZE: 320,
}
const INCLUDES = [
  'porting/examples/linux/include',
  'porting/npl/linux/include',
  'porting/nimble/include',
  'nimble/include',
  'nimble/host/include',
  'nimble/host/services/gap/include',
  'nimble/host/services/gatt/include',
  'nimble/host/store/config/include',
  'nimble/host/util/include',
  'nimble/transport/include',
  'nimble/transport/socket/include',
]
const FOLDERS = [
  'porting/nimble/src',
  'porting/npl/linux/src',
  'nimble/host/src',
  'nimble/host/services/gap/src',
  'nimble/host/services/gatt/src',
  'nimble/host/store/config/src',
  'nimble/host/util/src',
  'nimble/transport/src',
  'nimble/transport/socket/src',
]
/** They are for hardware. */
const LEFT_OUT = ['hal_timer.c', 'os_cputime.c', 'os_cputime_pwr2.c']
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

const isThere = [
  join(NIMBLE, INCLUDES[0], 'syscfg/syscfg.h'),
  join(BUMBLE, 'bumble/controller.py'),
].every(existsSync)
const python = { ...process.env, PYTHONPATH: BUMBLE, PYTHONDONTWRITEBYTECODE: '1' }
const tries = [
  ['gcc', '--version'],
  ['g++', '--version'],
  [PYTHON, '-c', 'import bumble.device'],
]
if (!NIMBLE || !BUMBLE || !isThere || !tries.every(works)) {
  console.error(NEEDS)
  process.exit(1)
}

const build = mkdtempSync(join(tmpdir(), 'wattbeat-nimble-'))
try {
  const program = join(build, 'dongle')
  run('g++', [...SANITIZERS, ...theirs(), ...ours(), '-lpthread', '-lrt', '-o', program])
  const { service, requests, answers } = GATT_SERVICE
  const words = [program, radioName('WB261100042'), service, requests, answers]
  const options = { env: python, stdio: 'inherit' } as const
  process.exitCode = spawnSync(PYTHON, [join(HERE, 'cases.py'), ...words], options).status ?? 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(build, { recursive: true })
}

/** NimBLE's objects. Its warnings are not ours. */
function theirs(): string[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(NIMBLE, folder))
      .filter((name) => /\.cc?$/.test(name) && !LEFT_OUT.includes(name))
      .map((name) => join(NIMBLE, folder, name)),
  )
  return files.map((path) => {
    const object = join(build, `${basename(path)}.o`)
    const compiler = path.endsWith('.cc') ? 'g++' : 'gcc'
    run(compiler, ['-w', '-g', '-O1', ...nimbleOptions(), '-c', path, '-o', object])
    return object
  })
}

function ours(): string[] {
  const native = join(ROOT, 'tools/native')
  const compile = (path: string, ...options: string[]): string => {
    const object = join(build, `ours-${basename(path)}.o`)
    run('gcc', [
      ...['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-g', '-O1', ...SANITIZERS],
      ...[`-I${join(HERE, 'include')}`, ...nimbleOptions(), `-I${native}`],
      // What is in none of the others: XS, and the rest of ESP-IDF.
      ...['-idirafter', join(native, 'include'), ...options, '-c', path, '-o', object],
    ])
    return object
  }
  return [
    // The queue of check:native's machine is for one thread.
    compile(
      join(ROOT, 'firmware/xs/esp32/gatt.c'),
      '-DmodMessagePostToMachineFromISR=postToMachine',
    ),
    compile(join(HERE, 'dongle.c')),
    compile(join(native, 'machine.c')),
  ]
}

function nimbleOptions(): string[] {
  return [
    '-D_GNU_SOURCE',
    ...Object.entries(OPTIONS).map(([name, value]) => `-DMYNEWT_VAL_${name}=${value}`),
    ...INCLUDES.map((folder) => `-I${join(NIMBLE, folder)}`),
  ]
}

function works([command, ...words]: string[]): boolean {
  return spawnSync(command, words, { env: python }).status === 0
}

function run(command: string, words: string[]): void {
  const { status, signal, stdout, stderr, error } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(
      `${stdout}${stderr}${error ?? ''}\n${command} ${words.join(' ')}: ${signal ?? status}`,
    )
}
