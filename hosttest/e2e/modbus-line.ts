/** A pair of pseudo-terminals for a master and a slave, and the pump that drives a machine over one end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import type { MonotonicMs } from '../../firmware/core/time'
import { MAX_PEER_MS } from '../../tools/peers/peer'

export class PtyLine {
  readonly masterPath: string
  readonly slavePath: string
  readonly #socat: ChildProcess

  private constructor(socat: ChildProcess, masterPath: string, slavePath: string) {
    this.#socat = socat
    this.masterPath = masterPath
    this.slavePath = slavePath
  }

  static async open(): Promise<PtyLine> {
    const folder = mkdtempSync(join(tmpdir(), 'wattbeat-modbus-'))
    const [master, slave] = [join(folder, 'master'), join(folder, 'slave')]
    const pty = (link: string): string => `pty,raw,echo=0,link=${link}`
    const socat = spawn('socat', ['-d', '-d', pty(master), pty(slave)])
    await said(socat, socat.stderr, 'starting data transfer loop')
    return new PtyLine(socat, master, slave)
  }

  async close(): Promise<void> {
    await stop(this.#socat)
  }
}

/** Waits until a process says `text`; fails with what it said instead. */
export async function said(
  process: ChildProcess,
  stream: NodeJS.ReadableStream | null,
  text: string,
): Promise<void> {
  let heard = ''
  stream?.on('data', (data: unknown) => {
    heard += String(data)
  })
  const deadline = Date.now() + MAX_PEER_MS
  while (!heard.includes(text)) {
    if (process.exitCode !== null || Date.now() > deadline)
      throw new Error(`${process.spawnfile} (${process.exitCode}): ${heard}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function stop(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  const gone = once(process, 'exit')
  process.kill('SIGKILL')
  await gone
}

interface Machine {
  receive(bytes: Uint8Array, now: MonotonicMs): void
  poll(now: MonotonicMs): { kind: string; bytes?: Uint8Array; until?: number }
}

/** A serial port on one end of the line, and one machine after another on it. */
export class Pump {
  readonly #port: SerialPort
  #wake: () => void = () => {}
  #machine: Machine | undefined

  private constructor(port: SerialPort) {
    this.#port = port
    port.on('data', (data: Uint8Array) => {
      this.#machine?.receive(data, now())
      this.#wake()
    })
  }

  static async open(path: string): Promise<Pump> {
    const port = new SerialPort({ path, baudRate: 19_200, autoOpen: false })
    await new Promise<void>((resolve, reject) =>
      port.open((error) => (error ? reject(error) : resolve())),
    )
    return new Pump(port)
  }

  /** Runs `machine` until `take` answers true for one of its outputs. */
  async run<Output extends { kind: string }>(
    machine: Machine & { poll(now: MonotonicMs): Output },
    take: (output: Output) => boolean,
  ): Promise<void> {
    this.#machine = machine
    for (;;) {
      const output: { kind: string; bytes?: Uint8Array; until?: number } = machine.poll(now())
      if (output.kind === 'send') this.#port.write(output.bytes?.slice())
      else if (output.kind === 'wait') await this.#sleep(output.until ?? 0)
      else if (take(output as Output)) return
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#port.close(() => resolve()))
  }

  async #sleep(until: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(Math.max(until - now(), 0), 10_000))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

export function now(): MonotonicMs {
  return performance.now() as MonotonicMs
}
