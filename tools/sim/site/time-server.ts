/** An NTPv4 server on a loopback port, which tells the host's own time. RFC 5905, 7.3. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { UnixMs } from '../../../firmware/core/time'
import { PACKET_LENGTH, type Reply } from '../../../firmware/sntp/packet'
import { encodeReply } from '../sntp/reply'

export class TimeServer {
  readonly #socket: Socket
  /** What to say instead of the truth; `dead` says nothing. For tests. */
  fault: 'dead' | Partial<Reply> | undefined
  answered = 0

  static async start(port = 0): Promise<TimeServer> {
    const socket = createSocket('udp4')
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return new TimeServer(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (request, { port, address }) => {
      const receivedAt = hostTime()
      if (this.fault === 'dead' || request.length < PACKET_LENGTH) return
      const reply = encodeReply(request, { ...truth(receivedAt), ...this.fault })
      this.answered++
      socket.send(reply, port, address)
    })
  }

  get port(): number {
    return this.#socket.address().port
  }

  stop(): void {
    this.#socket.close()
  }
}

/** A server of stratum 1 whose reference is the host's clock. */
function truth(receivedAt: UnixMs): Reply {
  return {
    leap: 0,
    stratum: 1,
    rootDelayMs: 0,
    rootDispersionMs: 1,
    reference: 'LOCL',
    receivedAt,
    transmittedAt: hostTime(),
  }
}

function hostTime(): UnixMs {
  return Date.now() as UnixMs
}
