/** Brokers without TLS on 127.0.0.1, for the client's contract: mosquitto (Debian) and aedes 2 beta. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, listens, Peer, scratchFolder } from './peer'

export interface Broker {
  port: number
  stop(): Promise<void>
}

interface Limits {
  receiveMaximum?: number
  maximumPacketSize?: number
}

export async function mosquitto({
  receiveMaximum,
  maximumPacketSize,
}: Limits = {}): Promise<Broker> {
  const port = await freePort()
  const scratch = scratchFolder()
  const file = join(scratch.path, 'mosquitto.conf')
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false']
  if (receiveMaximum) settings.push(`max_inflight_messages ${receiveMaximum}`)
  if (maximumPacketSize) settings.push(`max_packet_size ${maximumPacketSize}`)
  writeFileSync(file, `${settings.join('\n')}\n`)
  const peer = await Peer.start({
    program: 'mosquitto',
    debianPackage: 'mosquitto',
    arguments: ['-c', file],
    ready: () => listens(port),
  })
  return {
    port,
    async stop() {
      await peer.stop()
      scratch.remove()
    },
  }
}

export async function aedes(): Promise<Broker> {
  const port = await freePort()
  const peer = await Peer.start({
    program: 'node',
    debianPackage: 'nodejs',
    arguments: ['tools/peers/aedes.mjs', `${port}`],
    ready: () => listens(port),
  })
  return { port, stop: () => peer.stop() }
}
