/**
 * An MQTT 5 broker over TLS on a loopback port, which takes one site's credentials and shows what it received. By npm
 * aedes and not the virtual broker, for other clients subscribe here too.
 */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server } from 'node:tls'
import { Aedes } from 'aedes'
import type { Certificates } from './certificates'

export interface ReceivedMessage {
  topic: string
  payload: string
  qos: number
  retain: boolean
}

export interface LoopbackBrokerOptions {
  certificates: Certificates
  credentials: { key: string; secret: string }
  port?: number
  onMessage?: (message: ReceivedMessage) => void
}

export class LoopbackBroker {
  readonly #aedes: Aedes
  readonly #server: Server
  readonly #sockets: Set<Socket>

  static async start(options: LoopbackBrokerOptions): Promise<LoopbackBroker> {
    const aedes = await Aedes.createBroker({
      topicAliasMaximum: 10,
      authenticate: (_client, username, password, done) =>
        done(
          null,
          username === options.credentials.key &&
            password?.toString() === options.credentials.secret,
        ),
    })
    const sockets = new Set<Socket>()
    const server = createServer(
      {
        cert: options.certificates.certificate,
        key: options.certificates.key,
        minVersion: 'TLSv1.2',
      },
      (socket) => aedes.handle(socket),
    )
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    server.listen(options.port ?? 0, '127.0.0.1')
    await once(server, 'listening')
    aedes.on('publish', ({ topic, payload, qos, retain }, client) => {
      if (client) options.onMessage?.({ topic, payload: payload.toString(), qos, retain })
    })
    return new LoopbackBroker(aedes, server, sockets)
  }

  private constructor(aedes: Aedes, server: Server, sockets: Set<Socket>) {
    this.#aedes = aedes
    this.#server = server
    this.#sockets = sockets
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    await new Promise<void>((resolve) => this.#aedes.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
