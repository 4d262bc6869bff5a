/**
 * The programs that the end-to-end tests speak to. Missing ones are installed if that is allowed (root on Debian);
 * if not, the run ends with the command that installs them. A missing peer is never a skipped test.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const PEERS: { debian: string; provides: string }[] = [
  { debian: 'mosquitto', provides: 'mosquitto' },
  { debian: 'mosquitto-clients', provides: 'mosquitto_sub' },
  { debian: 'chrony', provides: 'chronyd' },
  { debian: 'socat', provides: 'socat' },
  { debian: 'openssl', provides: 'openssl' },
  // Of Web Bluetooth: the page that provisions by radio.
  { debian: 'chromium', provides: 'chromium' },
  // Not gcc alone, which comes without the C library's headers.
  { debian: 'build-essential', provides: 'cc' },
  { debian: 'libmodbus-dev', provides: '/usr/include/modbus/modbus.h' },
]

/** Debian puts daemons where users' PATH may not look. */
const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

function isThere(provides: string): boolean {
  return provides.startsWith('/')
    ? existsSync(provides)
    : PLACES.some((place) => existsSync(join(place, provides)))
}

function missing(): string[] {
  return PEERS.filter(({ provides }) => !isThere(provides)).map(({ debian }) => debian)
}

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0
}

function main(): void {
  const wanted = missing()
  if (wanted.length === 0) return
  const command = `apt-get install -y --no-install-recommends ${wanted.join(' ')}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(
      `The end-to-end tests need ${wanted.join(', ')}. Install them with: sudo ${command}`,
    )
    process.exit(1)
  }
  console.log(`installing ${wanted.join(', ')}`)
  const installed = apt('update') && apt('install', '-y', '--no-install-recommends', ...wanted)
  const still = missing()
  if (installed && still.length === 0) return
  console.error(`${still.join(', ') || 'the packages'} could not be installed; try: ${command}`)
  process.exit(1)
}

main()
