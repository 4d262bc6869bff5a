/**
 * A real program on this host, started for a test and stopped by its process id. One that is missing is a failure
 * with the Debian package's name, never a skip.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Daemons are in sbin, which is only in root's path. */
const PATH = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
/** For what a process or a peer does in a second or two: a machine that is busy with other work takes many times that. */
export const MAX_PEER_MS = 60_000
const MAX_STOP_MS = 3000

export class Peer {
  readonly #process: ChildProcess
  /** All that it has printed. */
  output = ''

  /** Resolves once `ready` says so; rejects with the program's output if it ends or is too slow. */
  static async start(options: {
    program: string
    debianPackage: string
    arguments: string[]
    ready(output: string): boolean | Promise<boolean>
  }): Promise<Peer> {
    const path = find(options.program, options.debianPackage)
    const peer = new Peer(spawn(path, options.arguments, { stdio: ['ignore', 'pipe', 'pipe'] }))
    const deadline = performance.now() + MAX_PEER_MS
    while (!(await options.ready(peer.output))) {
      if (peer.#process.exitCode !== null || performance.now() > deadline) {
        await peer.stop()
        throw new Error(`${options.program} does not start: ${peer.output || 'it says nothing'}`)
      }
      await sleep(20)
    }
    return peer
  }

  private constructor(child: ChildProcess) {
    this.#process = child
    const note = (bytes: Buffer) => {
      this.output += bytes.toString()
    }
    child.stdout?.on('data', note)
    child.stderr?.on('data', note)
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS)
    await ended
    clearTimeout(late)
  }
}

/** Throws with what to install. */
export function find(program: string, debianPackage: string): string {
  for (const folder of PATH) {
    const path = join(folder, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  throw new Error(
    `${program} is missing, a peer of the end-to-end tests: apt-get install ${debianPackage}`,
  )
}

/** A TCP port of 127.0.0.1 that is free at present. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Whether somebody listens on that TCP port of 127.0.0.1. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (listening: boolean) => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

export interface Scratch {
  path: string
  remove(): void
}

export function scratchFolder(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'e2e-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
