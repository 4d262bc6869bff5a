/** Servers for the table: mosquitto, openssl s_server, the scripted one, and bare sockets. All on loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Issued, keyPem, pem } from './authority'
import type { Script } from './script'
import { scriptedServer } from './server'

export interface Served {
  port: number
  /** Plain bytes that clients sent, if the server can tell. */
  received: Uint8Array[]
  stop(): void
}

export async function mosquitto(chain: Issued[]): Promise<Served> {
  const folder = keep(chain)
  const port = await freePort()
  const config = join(folder, 'mosquitto.conf')
  writeFileSync(
    config,
    [
      `listener ${port}`,
      'allow_anonymous true',
      'socket_domain ipv4',
      `certfile ${folder}/chain.pem`,
      `keyfile ${folder}/key.pem`,
      // Started by root it would drop its rights, and then could not read our files.
      'user root',
      'log_type none',
      '',
    ].join('\n'),
  )
  const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore' })
  return serve(child, '127.0.0.1', port, folder)
}

/** Echoes nothing: it answers a CONNECT with what is typed, which is a CONNACK. */
export async function openssl(
  chain: Issued[],
  more: string[] = [],
  address = '127.0.0.1',
): Promise<Served> {
  const folder = keep(chain)
  const port = await freePort()
  const child = spawn(
    'openssl',
    [
      ...['s_server', '-quiet', '-accept', `${address}:${port}`, '-no_ticket'],
      ...['-cert', join(folder, 'chain.pem'), '-cert_chain', join(folder, 'chain.pem')],
      ...['-key', join(folder, 'key.pem'), ...more],
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const served = await serve(child, address, port, folder)
  child.stdout?.on('data', (bytes: Uint8Array) => {
    served.received.push(bytes)
    child.stdin?.write(new Uint8Array([0x20, 2, 0, 0]))
  })
  return served
}

export async function scripted(chain: Issued[], script: Partial<Script> = {}): Promise<Served> {
  const server = await scriptedServer({
    chain: chain.map(({ der }) => der),
    key: chain[0].key,
    ...script,
  })
  return { port: server.port, received: server.received, stop: () => server.close() }
}

/** `greet` is called for each connection. */
export async function raw(greet: (socket: Socket) => void): Promise<Served> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    greet(socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port, received: [], stop }
}

function keep(chain: Issued[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'wattbeat-tls-'))
  writeFileSync(join(folder, 'chain.pem'), pem(...chain))
  writeFileSync(join(folder, 'key.pem'), keyPem(chain[0]), { mode: 0o600 })
  return folder
}

async function serve(
  child: ChildProcess,
  address: string,
  port: number,
  folder: string,
): Promise<Served> {
  for (let tries = 0; tries < 200 && !(await answers(address, port)); tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')}: ended`)
    await new Promise((soon) => setTimeout(soon, 50))
  }
  const stop = () => {
    child.kill()
    rmSync(folder, { recursive: true })
  }
  return { port, received: [], stop }
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address.replace(/[[\]]/g, ''))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
