/**
 * The cable of the virtual dongle: a pair of pseudo-terminals that socat opens. One end is a board's console, the other is
 * for whoever plugs in. If socat dies the cable is pulled; a moment later it is plugged in again. http://www.dest-unreach.org/socat/
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { SerialPort } from 'serialport'
import type { Cable, OpenCable } from '../../firmware/ports/cable'

const BAUD = 115_200
/** What a UART's driver holds (firmware/xs/esp32/cable.c); pseudo-terminal and socat hold some 30 KB more. */
const MAX_UNSENT_BYTES = 2048
const MAX_START_MS = 20_000
const LOOK_MS = 20
const PLUGGED_AGAIN_MS = 1000

/** Ends when socat does; and ends socat when this process ends, whatever ends it: then `cat` has no more input. */
const SCRIPT = `
command -v socat >/dev/null || exit 127
exec 3<&0
socat "$@" </dev/null 3<&- &
socat=$!
echo $socat
{ cat <&3 >/dev/null; kill $socat 2>/dev/null; } &
wait $socat
`
const MISSING = 127

export class NoSocat extends Error {
  constructor() {
    super(
      'socat is missing, which makes the pseudo-terminals of the cable; install it (Debian: apt-get install socat; macOS: brew install socat)',
    )
  }
}

interface Socat {
  child: ChildProcess
  pid: number
}

export class PseudoTerminal implements Cable {
  /** Where to plug in. */
  readonly path: string
  readonly #ownEnd: string
  readonly #env: NodeJS.ProcessEnv
  #socat: Socat
  #port: SerialPort | undefined
  #unsentBytes = 0
  #onBytes: ((bytes: Uint8Array) => void) | undefined
  #isStopped = false

  /** `path`: a symbolic link that is made, and removed at the end. `env`: where socat is looked for. Throws NoSocat. */
  static async start(path: string, env = process.env): Promise<PseudoTerminal> {
    const ownEnd = `${path}.dongle`
    const socat = await startSocat([ownEnd, path], env)
    const cable = new PseudoTerminal(path, ownEnd, env, socat)
    await cable.#openPort()
    return cable
  }

  private constructor(path: string, ownEnd: string, env: NodeJS.ProcessEnv, socat: Socat) {
    this.path = path
    this.#ownEnd = ownEnd
    this.#env = env
    this.#socat = socat
  }

  /** Socat's process: without it the cable is pulled. */
  get pid(): number {
    return this.#socat.pid
  }

  /** What came while nobody had it open is lost. */
  open(onBytes: (bytes: Uint8Array) => void): OpenCable {
    if (this.#onBytes) throw new Error('the cable is in use')
    this.#onBytes = onBytes
    return {
      write: (bytes) => this.#write(bytes),
      close: () => {
        if (this.#onBytes === onBytes) this.#onBytes = undefined
      },
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const port = this.#port
    this.#port = undefined
    if (port?.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()))
    await endSocat(this.#socat)
    for (const end of [this.#ownEnd, this.path]) rmSync(end, { force: true })
  }

  #write(bytes: Uint8Array): number {
    const port = this.#port
    if (!port) return 0
    const taken = bytes.slice(0, MAX_UNSENT_BYTES - this.#unsentBytes)
    if (taken.length === 0) return 0
    this.#unsentBytes += taken.length
    port.write(Buffer.from(taken), () => {
      if (port === this.#port) this.#unsentBytes -= taken.length
    })
    return taken.length
  }

  async #openPort(): Promise<void> {
    const options = { path: this.#ownEnd, baudRate: BAUD, hupcl: false, autoOpen: false }
    const port = new SerialPort(options)
    port.on('data', (bytes: Buffer) => this.#onBytes?.(bytes))
    port.on('error', () => {})
    await new Promise<void>((resolve, reject) =>
      port.open((error) => (error ? reject(error) : resolve())),
    )
    this.#unsentBytes = 0
    this.#port = port
    // The port itself does not always tell.
    const { child } = this.#socat
    if (isOver(child)) void this.#pulled(port)
    else child.once('exit', () => void this.#pulled(port))
  }

  async #pulled(port: SerialPort): Promise<void> {
    if (port !== this.#port) return
    this.#port = undefined
    if (port.isOpen) port.close()
    while (!this.#port && !this.#isStopped) {
      await endSocat(this.#socat)
      await new Promise((resolve) => setTimeout(resolve, PLUGGED_AGAIN_MS))
      if (this.#isStopped) return
      try {
        this.#socat = await startSocat([this.#ownEnd, this.path], this.#env)
        // Stopped meanwhile.
        if (this.#isStopped) return await endSocat(this.#socat)
        await this.#openPort()
      } catch {
        // Once more: nothing else in this process hangs on it.
      }
    }
  }
}

/** Resolves once both ends are there. */
async function startSocat(ends: readonly string[], env: NodeJS.ProcessEnv): Promise<Socat> {
  // One that was killed leaves its links, and socat takes no place that is taken by a file.
  for (const end of ends) rmSync(end, { force: true })
  const addresses = ends.map((end) => `pty,raw,echo=0,link=${end}`)
  // Away from the terminal's Ctrl-C, so that the firmware can still say goodbye.
  const child = spawn('sh', ['-c', SCRIPT, 'sh', ...addresses], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env,
  })
  let told = ''
  let wrong = ''
  child.stdin.on('error', () => {})
  child.stdout.on('data', (bytes: Buffer) => void (told += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => void (wrong += bytes.toString()))
  let hasShell = true
  child.on('error', () => (hasShell = false))
  const deadline = performance.now() + MAX_START_MS
  while (!told.includes('\n') || !ends.every((end) => existsSync(end))) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    if (!hasShell || child.exitCode === MISSING) throw new NoSocat()
    if (!isOver(child) && wrong === '' && performance.now() < deadline) continue
    child.stdin.end()
    throw new Error(`socat opens no pseudo-terminals: ${wrong.trim() || 'it says nothing'}`)
  }
  return { child, pid: Number(told) }
}

async function endSocat({ child }: Socat): Promise<void> {
  child.stdin?.end()
  if (isOver(child)) return
  await new Promise<void>((resolve) => child.once('exit', () => resolve()))
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
