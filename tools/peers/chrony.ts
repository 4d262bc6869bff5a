/** chronyd as a time server on a loopback port: it serves the system's clock and leaves it alone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PACKET_LENGTH } from '../../firmware/sntp/packet'
import { MAX_PEER_MS } from './peer'

export class Chrony {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly port: number

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process
    this.#folder = folder
    this.port = port
  }

  /**
   * `lines` of configuration decide whether it claims to know the time (`local stratum 3`). Resolves once it
   * answers; rejects, with what it printed, if it ends or does not answer in time.
   */
  static async start(port: number, ...lines: string[]): Promise<Chrony> {
    const folder = mkdtempSync(join(tmpdir(), 'chrony-'))
    const configuration = join(folder, 'chrony.conf')
    const own = [
      `port ${port}`,
      'bindaddress 127.0.0.1',
      'allow 127.0.0.1',
      'cmdport 0',
      'bindcmdaddress /',
      'user root',
      `pidfile ${join(folder, 'pid')}`,
    ]
    writeFileSync(configuration, [...own, ...lines, ''].join('\n'))
    const process = spawn('/usr/sbin/chronyd', ['-d', '-x', '-f', configuration])
    const chrony = new Chrony(process, folder, port)
    let said = ''
    process.stderr.on('data', (text) => (said += text))
    process.stdout.on('data', (text) => (said += text))
    process.on('error', (error) => (said += error.message))
    const deadline = performance.now() + MAX_PEER_MS
    while (performance.now() < deadline) {
      if (await exchange(port, request(), 100)) return chrony
      if (process.exitCode !== null || process.signalCode !== null) break
    }
    await chrony.stop()
    throw new Error(`chronyd does not answer on port ${port}: ${said}`)
  }

  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const over = new Promise((resolve) => this.#process.once('exit', resolve))
      this.#process.kill()
      await over
    }
    rmSync(this.#folder, { recursive: true })
  }
}

function request(): Uint8Array {
  const bytes = new Uint8Array(PACKET_LENGTH)
  bytes[0] = 0x23
  return bytes
}

/** Sends one datagram to a loopback port and resolves with the first answer, or undefined if none comes in time. */
export function exchange(
  port: number,
  bytes: Uint8Array,
  deadlineMs = MAX_PEER_MS,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const end = (answer?: Uint8Array) => {
      clearTimeout(timer)
      socket.close()
      resolve(answer)
    }
    const timer = setTimeout(end, deadlineMs)
    socket.on('message', (message) => end(message))
    socket.on('error', () => {})
    socket.send(bytes, port, '127.0.0.1')
  })
}
