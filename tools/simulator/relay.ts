/** A TCP relay on 127.0.0.1 between the firmware and a broker, whose connections can be cut. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Relay {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Connections since the start. */
  connections = 0
  /** Whoever connects is sent away at once, and not counted. */
  isRefusing = false

  static start(port: number, brokerPort: number): Promise<Relay> {
    return new Promise((resolve, reject) => {
      const server = createServer()
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve(new Relay(server, port, brokerPort)))
    })
  }

  private constructor(server: Server, port: number, brokerPort: number) {
    this.#server = server
    this.port = port
    server.on('connection', (near) => {
      if (this.isRefusing) {
        near.destroy()
        return
      }
      this.connections++
      const far = connect(brokerPort, '127.0.0.1')
      near.pipe(far)
      far.pipe(near)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ]) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    })
  }

  /** Ends every connection without a word of MQTT or TLS. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  stop(): Promise<void> {
    this.cut()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
