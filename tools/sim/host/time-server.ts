/** A time server on a loopback port, which tells the host's own time. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { UnixMs } from '../../../firmware/core/time'
import { PACKET_LENGTH, type Reply } from '../../../firmware/sntp/packet'
import { timeReply } from '../network/time-server'

/** Its reference is the host's clock. */
const LOCAL: Partial<Reply> = { stratum: 1, rootDelayMs: 0, rootDispersionMs: 1, reference: 'LOCL' }

export class LoopbackTimeServer {
  readonly #socket: Socket
  answered = 0

  static async start(port = 0): Promise<LoopbackTimeServer> {
    const socket = createSocket('udp4')
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return new LoopbackTimeServer(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (request, from) => {
      if (request.length < PACKET_LENGTH) return
      this.answered++
      socket.send(timeReply(request, Date.now() as UnixMs, LOCAL), from.port, from.address)
    })
  }

  get port(): number {
    return this.#socket.address().port
  }

  stop(): void {
    this.#socket.close()
  }
}
