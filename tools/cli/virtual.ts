/**
 * A dongle that begins without settings, for `npm start -- --provision`: its cable, its label, and a folder that keeps what a
 * device has in flash, and the simulated site around it, from one run to the next.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Board } from '../../firmware/ports/board'
import type { Label } from '../../firmware/provisioning/frames'
import { labelText, readLabel } from '../factory/label'
import { sealFactoryData } from '../factory/seal'
import { NoSocat, PseudoTerminal } from '../node/cable'
import { simulatedWifi } from '../node/network'
import { FileStore } from '../node/store'
import { type KeptPlatform, Platform } from '../sim/host/platform'
import { Refusal } from './refusal'
import { takeLock, virtualCable, virtualFolder } from './state'

/** The simulated authority's certificates are good for 30 days. */
const MAX_KEPT_MS = 20 * 86_400_000
const LABEL_SECRET_BYTES = 16

export interface VirtualDongle {
  label: Label
  store: FileStore
  cable: PseudoTerminal
  platform: Platform
  parts: Pick<Board, 'network' | 'cable'> & { factoryRecord: Uint8Array }
  /** Which files there are, and how to plug in, a line each. */
  about: string[]
  /** How to set it up. */
  lookOn: string[]
  stop(): Promise<void>
}

/** Throws a Refusal. */
export async function plugIn(folder = virtualFolder()): Promise<VirtualDongle> {
  const stops: (() => unknown)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    stops.push(lockOf(folder))
    const file = (name: string): string => join(folder, name)
    const label = keptLabel(file('label'))
    const cable = await PseudoTerminal.start(virtualCable(folder))
    stops.push(() => cable.stop())
    const platform = await keptPlatform(file('surroundings.json'))
    stops.push(() => platform.stop())
    write(file('site.json'), `${JSON.stringify(platform.settings, null, 2)}\n`)
    return {
      label,
      store: new FileStore(file('store')),
      cable,
      platform,
      parts: { network: simulatedWifi, cable, factoryRecord: sealFactoryData(label) },
      about: [
        `cable   ${cable.path}, by socat: kill ${cable.pid} pulls it for a second`,
        `label   ${labelText(label)} (simulated, so it may be shown: it opens this dongle alone. That of a real one is a secret)`,
        `writes  ${file('store')}: what the dongle keeps, as a device does in flash: settings, time, attempts`,
        `writes  ${file('label')}, ${file('site.json')}: the label, and settings for the simulated site`,
        `writes  ${file('surroundings.json')}: the simulated site's certificates and ports, for the next run`,
        `writes  ${file('lock')}, ${cable.path}: removed at the end`,
      ],
      lookOn: [
        'To set it up, in another terminal and this folder:',
        `npx wattbeat provision ${quoted(file('site.json'))} --port ${quoted(cable.path)} --label-file ${quoted(file('label'))}`,
      ],
      stop,
    }
  } catch (error) {
    await stop()
    if (error instanceof Refusal) throw error
    if (error instanceof NoSocat) throw new Refusal(`--provision: ${error.message}`)
    throw new Refusal(`--provision ${folder}: ${(error as Error).message}`)
  }
}

/** Answers what releases it. */
export function lockOf(folder: string): () => void {
  const lock = takeLock(folder)
  if (lock.kind === 'taken') return () => lock.release()
  throw new Refusal(
    `process ${lock.pid} is the virtual dongle of ${folder}; stop it first, or name another folder: --provision FOLDER; if process ${lock.pid} is something else, delete ${lock.file}`,
  )
}

/** Drawn once for each folder, as a factory does for each device. */
export function keptLabel(path: string): Label {
  if (!existsSync(path)) {
    const serial = `SIM${randomBytes(3).toString('hex').toUpperCase()}`
    const label = { serial, labelSecret: new Uint8Array(randomBytes(LABEL_SECRET_BYTES)) }
    write(path, `${labelText(label)}\n`)
    return label
  }
  const read = readLabel(readFileSync(path, 'utf8'))
  if (read.kind === 'label') return read.label
  throw new Refusal(`${path}: ${read.why}; delete it for a new one`)
}

/** As it was in the last run if its ports are free, so that settings from then are still right. */
async function keptPlatform(path: string): Promise<Platform> {
  const kept = readKept(path)
  let platform: Platform
  try {
    platform = await Platform.start({ kept })
  } catch {
    platform = await Platform.start()
  }
  write(path, JSON.stringify({ madeAt: kept?.madeAt ?? Date.now(), ...platform.kept }))
  return platform
}

/** Undefined if there is none, or it is too old. */
function readKept(path: string): (KeptPlatform & { madeAt: number }) | undefined {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as KeptPlatform & { madeAt: number }
    return Date.now() - kept.madeAt < MAX_KEPT_MS ? kept : undefined
  } catch {
    return undefined
  }
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
}

/** As a POSIX shell takes it for one word. */
export function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
