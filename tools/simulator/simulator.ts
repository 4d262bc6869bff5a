/** The firmware as a Linux program: mcconfig makes a library of it, and host.c, which has no window, runs that. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Report } from '../../firmware/dongle/report'
import {
  BUILD,
  checkTypes,
  findSdk,
  folders,
  mcconfig,
  type Project,
  ROOT,
  run,
  type Sdk,
  unfrozen,
} from '../moddable/sdk'
import { type Held, SLOT_BYTES } from './peaks'
import type { Surroundings } from './surroundings'

export interface Simulator {
  sdk: Sdk
  host: string
  library: string
  /** Bindings of our modules. */
  unfrozen: string[]
}

/** `manifest`: in place of the project's own, with what it includes. */
export function buildSimulator(manifest?: string): Simulator {
  const sdk = findSdk()
  const project: Project = { sdk, platform: 'lin', debug: true, manifest }
  mcconfig(project)
  checkTypes(project)
  // Linked anew each time: xsl's warnings are part of what is told.
  rmSync(join(folders(project).tmp, 'mc.xs.c'), { force: true })
  // Not -m alone: that also runs `pkill mcsim`.
  const output = mcconfig(project, '-m', '-t', 'build')
  const library = join(folders(project).bin, 'mc.so')
  return { sdk, host: compileHost(sdk), library, unfrozen: unfrozen(output) }
}

function compileHost({ home, env }: Sdk): string {
  mkdirSync(BUILD, { recursive: true })
  const host = join(BUILD, 'simulator')
  const glib = (what: string) => run('pkg-config', [what, 'glib-2.0'], env).trim().split(/\s+/)
  run(
    'gcc',
    [
      ...['-Wall', '-Wextra', '-O2', '-DmxLinux=1', `-I${home}/build/simulators/modules`],
      ...glib('--cflags'),
      ...[join(ROOT, 'tools/simulator/host.c'), '-o', host],
      ...glib('--libs'),
      '-ldl',
    ],
    env,
  )
  return host
}

export interface Watching {
  onReport(report: Report): void
  /** Once a second, what the machine uses, by the SDK's names: 'Slot used', 'Chunk used', … */
  onInstruments(values: Map<string, number>): void
  /** What is in use behind a collection, if the build tells it (memory/held.ts). */
  onHeld?(held: Held): void
  /** The most bytes of native stack so far, each time that they are more. */
  onNative?(bytes: number): void
  /** Everything else that the firmware or the SDK traces. */
  onText(line: string): void
}

/** `cable`: a serial device, for an installer's tool; it needs what a factory stores. */
export interface SimulatorParts extends Pick<Surroundings, 'store' | 'line' | 'serial'> {
  cable?: string
  factoryRecord?: Uint8Array
}

export function startSimulator(
  { sdk, host, library }: Simulator,
  { store, line, serial, cable, factoryRecord }: SimulatorParts,
  { onReport, onInstruments, onHeld, onNative, onText }: Watching,
): ChildProcess {
  const env = {
    ...sdk.env,
    // No debugger, unless somebody has one there: the machine would look for one on its usual port.
    XSBUG_PORT: sdk.env.XSBUG_PORT ?? '1',
    WATTBEAT_STORE: store,
    WATTBEAT_LINE: line,
    WATTBEAT_SERIAL: serial,
    ...(cable ? { WATTBEAT_CABLE: cable } : {}),
    ...(factoryRecord ? { WATTBEAT_FACTORY: Buffer.from(factoryRecord).toString('base64') } : {}),
  }
  const child = spawn(host, [library], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let names: string[] = []
  createInterface({ input: child.stdout }).on('line', (text) => {
    const [, kind, rest] =
      /^(report|instruments key|instruments|held|native): ?(.*)$/.exec(text) ?? []
    if (kind === 'report') onReport(JSON.parse(rest))
    else if (kind === 'instruments key') names = rest.split(',')
    else if (kind === 'instruments') {
      const values = rest.split(',').map(Number)
      onInstruments(new Map(names.map((name, i) => [name, values[i]])))
    } else if (kind === 'held') {
      const [slotBytes, chunkBytes] = rest.split(',').map(Number)
      onHeld?.({ slots: slotBytes / SLOT_BYTES, chunkBytes })
    } else if (kind === 'native') onNative?.(Number(rest))
    else onText(text)
  })
  return child
}
