/** Questions over UDP, each slot on its own socket, by node:dgram. */
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { DatagramEvents, DatagramExchange } from '../../firmware/ports/datagram'

export class NodeDatagrams implements DatagramExchange {
  readonly #events: DatagramEvents
  readonly #sockets = new Map<number, Socket>()

  constructor(events: DatagramEvents) {
    this.#events = events
  }

  ask(slot: number, localPort: number, address: string, port: number, bytes: Uint8Array): void {
    this.closeSocket(slot)
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    this.#sockets.set(slot, socket)
    socket.on('message', (answer, from) => {
      if (this.#sockets.get(slot) !== socket) return
      this.#events.onDatagram(slot, answer, from.address, from.port)
    })
    // A port that is taken, or a network that is away: the question goes unanswered, which has its deadline.
    socket.on('error', () => this.#drop(slot, socket))
    const question = Buffer.from(bytes)
    socket.bind(localPort, () => {
      if (this.#sockets.get(slot) === socket) socket.send(question, port, address, () => {})
    })
  }

  closeSocket(slot: number): void {
    const socket = this.#sockets.get(slot)
    if (socket) this.#drop(slot, socket)
  }

  #drop(slot: number, socket: Socket): void {
    if (this.#sockets.get(slot) === socket) {
      this.#sockets.delete(slot)
      socket.close()
    }
  }
}
