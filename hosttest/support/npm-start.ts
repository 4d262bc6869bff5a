/** `npm start` as a process of its own, as somebody would type it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { until } from './virtual-dongle'

export const SECRET = 'a-secret-of-the-site'
export const CREDENTIALS = { key: 'site-key', secret: SECRET }

/** A real site's, with a time server that never answers. */
export const SETTINGS = {
  ...SIMULATED_SITE,
  environment: 'sandbox',
  credentials: CREDENTIALS,
  timeServers: ['127.0.0.1:9'],
}

export interface Run {
  child: ChildProcess
  /** Both streams, as they come. */
  said(): string
  ended: Promise<{ code: number | null; out: string; err: string }>
}

/** `folder`: of the test, for what its runs keep and read. */
export function start(folder: string, ...words: string[]): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tools/cli/start.ts', ...words], {
    env: { ...process.env, XDG_STATE_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a shell gives to what it runs in a terminal.
    detached: true,
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString()
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out, err })),
  )
  return { child, said: () => out + err, ended }
}

/** Resolves once `run` has said it. */
export async function hasSaid(run: Run, what: string): Promise<Run> {
  await until(what, () => run.said().includes(what), { said: run.said })
  return run
}

/** What a terminal's Ctrl-C does: the signal goes to every process of the group. */
export function interrupt({ child }: Run): void {
  process.kill(-(child.pid as number), 'SIGINT')
}

export function settingsFile(folder: string, settings: object): string {
  const path = join(folder, 'site.json')
  writeFileSync(path, JSON.stringify(settings))
  return path
}
