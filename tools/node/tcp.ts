/** TCP by node:net, with a count of what it carried. */
import { connect, type Socket } from 'node:net'
import type { ByteStream, TcpConnector, TcpEvents } from '../../firmware/ports/bytestream'

/** As the device. */
const MAX_QUEUED_BYTES = 8192

/** Payload of TCP, TLS included. */
export interface Traffic {
  outBytes: number
  inBytes: number
}

export class NodeTcp implements TcpConnector {
  readonly #past: Traffic = { outBytes: 0, inBytes: 0 }
  readonly #open = new Set<Socket>()

  connect(address: string, port: number, events: TcpEvents): ByteStream {
    const socket = connect({ host: address, port, noDelay: true })
    this.#count(socket)
    let isOpen = false
    let isOver = false
    const end = (why: string) => {
      if (isOver) return
      isOver = true
      socket.destroy()
      events.onClosed(why)
    }
    socket.on('connect', () => {
      isOpen = true
      if (!isOver) events.onOpen()
    })
    socket.on('data', (bytes) => {
      if (!isOver) events.onBytes(bytes)
    })
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      end(isOpen ? 'the connection ended' : `no connection to ${address}: ${code ?? message}`),
    )
    socket.on('end', () => end('the connection ended'))
    socket.on('close', () => end('the connection ended'))
    return {
      write(bytes) {
        if (isOver) return
        // Node keeps what it queues; the caller uses its buffer again.
        socket.write(bytes.slice())
        if (socket.writableLength > MAX_QUEUED_BYTES) end('the server takes no bytes')
      },
      close() {
        isOver = true
        socket.destroySoon()
      },
    }
  }

  /** Since the start, over all connections. */
  get traffic(): Traffic {
    const sum = { ...this.#past }
    for (const socket of this.#open) add(sum, socket)
    return sum
  }

  #count(socket: Socket): void {
    this.#open.add(socket)
    socket.on('close', () => {
      this.#open.delete(socket)
      add(this.#past, socket)
    })
  }
}

function add(traffic: Traffic, { bytesWritten, bytesRead }: Socket): void {
  traffic.outBytes += bytesWritten
  traffic.inBytes += bytesRead
}
