/** One UDP socket per slot, on the local port that the machine chose (embedded:io/socket/udp). */
import UDP from 'embedded:io/socket/udp'
import type { DatagramEvents, DatagramExchange } from '../ports/datagram'

export class UdpExchange implements DatagramExchange {
  readonly #sockets: (UDP | undefined)[] = []
  readonly #events: DatagramEvents

  constructor(events: DatagramEvents) {
    this.#events = events
  }

  ask(slot: number, localPort: number, address: string, port: number, bytes: Uint8Array): void {
    this.closeSocket(slot)
    try {
      const socket = new UDP({ port: localPort, onReadable: (count) => this.#read(slot, count) })
      this.#sockets[slot] = socket
      socket.write(bytes, address, port)
    } catch {
      // A taken port or a network that is away: no answer comes, which is what the machine's deadline is for.
    }
  }

  closeSocket(slot: number): void {
    this.#sockets[slot]?.close()
    this.#sockets[slot] = undefined
  }

  #read(slot: number, count: number): void {
    for (let i = 0; i < count; i++) {
      // Looked up each time: an answer may make the machine close the slot's socket.
      const packet = this.#sockets[slot]?.read()
      if (!packet) return
      this.#events.onDatagram(slot, new Uint8Array(packet), packet.address, packet.port)
    }
  }
}
