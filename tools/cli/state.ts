/**
 * What the virtual dongle keeps between its runs of a real site: the serial number, from which the MQTT client id
 * follows, so that a broker sees the same dongle each time; and a lock, so that two never run with it at once.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '../../firmware/core/bytes'
import { FileStore } from '../node/store'

export function stateFolder(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'wattbeat')
}

/** Where a dongle that begins without settings is kept unless another folder is named, and where the installer's tool looks for its cable. */
export function virtualFolder(): string {
  return join(stateFolder(), 'virtual')
}

export function virtualCable(folder = virtualFolder()): string {
  return join(folder, 'cable')
}

/** Made once and kept. */
export function ownSerial(folder: string): string {
  const store = new FileStore(folder)
  const known = store.read('serial')
  if (known) return Buffer.from(known).toString()
  const serial = toHex(randomBytes(6))
  store.write('serial', Buffer.from(serial))
  return serial
}

export type Lock = { kind: 'taken'; release(): void } | { kind: 'held'; pid: number; file: string }

/** The lock of `folder`. One that a process left behind when it died is taken over. */
export function takeLock(folder: string, pid = process.pid): Lock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'lock')
  const mine = `${file}.${pid}`
  writeFileSync(mine, `${pid}\n`, { mode: 0o600 })
  try {
    for (;;) {
      // A link appears whole, with the process id in it, or not at all.
      if (attempt(() => linkSync(mine, file), 'EEXIST')) break
      const holder = readPid(file)
      // A dead process may have had our own id: in a container each run may have the same.
      if (holder !== undefined && holder !== pid && isAlive(holder))
        return { kind: 'held', pid: holder, file }
      removeStale(file, holder, `${file}.stale.${pid}`)
    }
  } finally {
    rmSync(mine)
  }
  return {
    kind: 'taken',
    release() {
      if (readPid(file) === pid) rmSync(file)
    },
  }
}

/** Two may find the same stale lock: whoever moves away a lock that is not stale puts it back. */
function removeStale(file: string, holder: number | undefined, aside: string): void {
  if (!attempt(() => renameSync(file, aside), 'ENOENT')) return
  if (readPid(aside) !== holder) attempt(() => linkSync(aside, file), 'EEXIST')
  rmSync(aside)
}

function readPid(file: string): number | undefined {
  let text = ''
  if (!attempt(() => (text = readFileSync(file, 'utf8')), 'ENOENT')) return undefined
  const pid = Number(text)
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is somebody else's process.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** False if it failed by `code`. */
function attempt(act: () => void, code: string): boolean {
  try {
    act()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false
    throw error
  }
}
