/** A machine that stands still: what its ports have for it waits, in order, until it goes on. What it closed brings nothing. */
import type { ByteStreamEvents, SerialLine, TcpConnector } from '../../firmware/ports/bytestream'
import type { DatagramEvents, DatagramExchange } from '../../firmware/ports/datagram'
import type { Network } from '../../firmware/ports/network'
import type { Life } from './life'

export class Stall {
  readonly #life: Life
  #waiting: (() => void)[] = []
  /** How many have begun one that is not over. */
  #depth = 0
  /** How often it has stood still. */
  count = 0

  constructor(life: Life) {
    this.#life = life
  }

  get isOn(): boolean {
    return this.#depth > 0
  }

  begin(): void {
    this.#depth++
    this.count++
  }

  end(): void {
    if (--this.#depth > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) if (this.#life.alive) run()
  }

  /** Now, or when it goes on. */
  pass(run: () => void): void {
    if (this.#depth > 0) this.#waiting.push(run)
    else run()
  }

  line(line: SerialLine): SerialLine {
    return {
      open: (settings, events) => {
        const opening = new Opening(this)
        const stream = line.open(settings, opening.stream(events))
        return {
          write: (bytes) => stream.write(bytes),
          close: () => {
            opening.isOver = true
            stream.close()
          },
        }
      },
    }
  }

  tcp(tcp: TcpConnector): TcpConnector {
    return {
      connect: (address, port, events) => {
        const opening = new Opening(this)
        const stream = tcp.connect(address, port, {
          ...opening.stream(events),
          onOpen: () => opening.pass(() => events.onOpen()),
          onWritable: (room) => opening.pass(() => events.onWritable(room)),
        })
        return {
          write: (bytes) => stream.write(bytes),
          close: () => {
            opening.isOver = true
            stream.close()
          },
        }
      },
    }
  }

  datagrams(
    open: (events: DatagramEvents) => DatagramExchange,
    events: DatagramEvents,
  ): DatagramExchange {
    const sockets = new Map<number, Opening>()
    const close = (slot: number): void => {
      const opening = sockets.get(slot)
      if (opening) opening.isOver = true
    }
    const exchange = open({
      onDatagram: (slot, ...rest) =>
        sockets.get(slot)?.pass(() => events.onDatagram(slot, ...rest)),
    })
    return {
      ask: (slot, ...rest) => {
        close(slot)
        sockets.set(slot, new Opening(this))
        exchange.ask(slot, ...rest)
      },
      closeSocket: (slot) => {
        close(slot)
        exchange.closeSocket(slot)
      },
    }
  }

  network(network: Network): Network {
    let opening = new Opening(this)
    return {
      join: (wifi, events) => {
        opening.isOver = true
        const mine = (opening = new Opening(this))
        network.join(wifi, {
          onJoined: () => mine.pass(() => events.onJoined()),
          onLost: (why) => mine.pass(() => events.onLost(why)),
        })
      },
      leave: () => {
        opening.isOver = true
        network.leave()
      },
      resolve: (host, onAnswer) =>
        network.resolve(host, (address, why) => this.pass(() => onAnswer(address, why))),
    }
  }
}

/** Something that was opened, until it is closed. */
class Opening {
  isOver = false
  readonly #stall: Stall

  constructor(stall: Stall) {
    this.#stall = stall
  }

  pass(run: () => void): void {
    this.#stall.pass(() => {
      if (!this.isOver) run()
    })
  }

  stream(events: ByteStreamEvents): ByteStreamEvents {
    return {
      onBytes: (bytes) => this.pass(() => events.onBytes(bytes)),
      onClosed: (why) =>
        this.pass(() => {
          this.isOver = true
          events.onClosed(why)
        }),
    }
  }
}
