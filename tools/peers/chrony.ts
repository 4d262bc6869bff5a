/** chronyd as a time server on a loopback port: it serves the system's clock and leaves it alone. */
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PACKET_LENGTH } from '../../firmware/sntp/packet'
import { MAX_PEER_MS, Peer, type Scratch, scratchFolder } from './peer'

export class Chrony {
  readonly #peer: Peer
  readonly #scratch: Scratch
  readonly port: number

  private constructor(peer: Peer, scratch: Scratch, port: number) {
    this.#peer = peer
    this.#scratch = scratch
    this.port = port
  }

  /** `lines` of configuration decide whether it says that it knows the time (`local stratum 3`). */
  static async start(port: number, ...lines: string[]): Promise<Chrony> {
    const scratch = scratchFolder()
    const configuration = join(scratch.path, 'chrony.conf')
    const own = [
      `port ${port}`,
      'bindaddress 127.0.0.1',
      'allow 127.0.0.1',
      'cmdport 0',
      'bindcmdaddress /',
      'user root',
      `pidfile ${join(scratch.path, 'pid')}`,
    ]
    writeFileSync(configuration, [...own, ...lines, ''].join('\n'))
    const peer = await Peer.start({
      program: 'chronyd',
      debianPackage: 'chrony',
      arguments: ['-d', '-x', '-f', configuration],
      ready: async () => (await exchange(port, request(), 100)) !== undefined,
    })
    return new Chrony(peer, scratch, port)
  }

  async stop(): Promise<void> {
    await this.#peer.stop()
    this.#scratch.remove()
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
