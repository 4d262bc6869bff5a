/** TCP by node:net, with a count of what it carried. */
import { connect, type Socket } from 'node:net'
import type { TcpConnector, TcpEvents, TcpStream } from '../../firmware/ports/bytestream'

/** As the device: lwIP's on an ESP32-C3, and what firmware/xs/tcp.ts queues behind it. */
const SEND_BUFFER_BYTES = 5744
const MAX_QUEUED_BYTES = 8192

/** Payload of TCP, TLS included. */
export interface Traffic {
  outBytes: number
  inBytes: number
}

export class NodeTcp implements TcpConnector {
  readonly #past: Traffic = { outBytes: 0, inBytes: 0 }
  readonly #open = new Set<Socket>()

  connect(address: string, port: number, events: TcpEvents): TcpStream {
    const socket = connect({ host: address, port, noDelay: true })
    this.#count(socket)
    let isOpen = false
    let isOver = false
    let isFull = false
    const roomBytes = () => (isOver ? 0 : Math.max(0, SEND_BUFFER_BYTES - socket.writableLength))
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
        if (isOver) return 0
        // Node keeps what it queues; the caller uses its buffer again.
        socket.write(bytes.slice(), () => {
          const room = roomBytes()
          if (!isFull || room === 0) return
          isFull = false
          events.onWritable(room)
        })
        if (socket.writableLength > SEND_BUFFER_BYTES + MAX_QUEUED_BYTES)
          end('the server takes no bytes')
        const room = roomBytes()
        isFull = room === 0
        return room
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
