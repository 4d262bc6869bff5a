/** Drives a UtcClock with real datagrams and real time on Node: the smallest pump that can. */
import { createSocket, type Socket } from 'node:dgram'
import type { MonotonicMs } from '../../firmware/core/time'
import type { UtcClock } from '../../firmware/sntp/clock'
import type { ClockOutput } from '../../firmware/sntp/state'

export const monotonicNow = () => performance.now() as MonotonicMs

export class UdpPump {
  readonly log: ClockOutput[] = []
  readonly #clock: UtcClock
  readonly #sockets: (Socket | undefined)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(clock: UtcClock) {
    this.#clock = clock
  }

  start(): void {
    this.#clock.start(monotonicNow())
    this.#pump()
  }

  stop(): void {
    this.#clock.stop(monotonicNow())
    this.#pump()
    clearTimeout(this.#timer)
  }

  #pump(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const output = this.#clock.poll(monotonicNow())
      if (output.kind === 'wait') {
        const waitMs = Math.min(output.until - monotonicNow(), 2 ** 31 - 1)
        this.#timer = setTimeout(() => this.#pump(), Math.max(0, waitMs))
        return
      }
      this.log.push(output)
      this.#act(output)
    }
  }

  #act(output: ClockOutput): void {
    if (output.kind === 'resolve')
      // Literals only: these tests resolve no names.
      this.#clock.resolved(output.host, output.host, '', monotonicNow())
    else if (output.kind === 'ask') this.#ask(output)
    else if (output.kind === 'close socket') this.#sockets[output.slot]?.close()
  }

  #ask({ slot, localPort, address, port, bytes }: ClockOutput & { kind: 'ask' }): void {
    const socket = createSocket('udp4')
    this.#sockets[slot] = socket
    socket.on('message', (message, from) => {
      this.#clock.receive(slot, message, from.address, from.port, monotonicNow())
      this.#pump()
    })
    // A refused packet is an answer that never comes: the machine has a deadline for it.
    socket.on('error', () => {})
    socket.bind(localPort, '127.0.0.1')
    socket.send(bytes.slice(), port, address)
  }
}
