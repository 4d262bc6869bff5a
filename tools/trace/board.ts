/**
 * A board whose line, datagrams and broker connection are noted as they are used. It is wrapped around the ports, so
 * that the firmware has no part in it: without a trace nothing of this is there.
 */
import type { UnixMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { ByteStream, ByteStreamEvents, LineSettings } from '../../firmware/ports/bytestream'
import { type Direction, type TraceEntry, type TraceNote, traceEntry } from './entry'
import { ModbusTrace } from './modbus'
import { MqttTrace, type TracedMessage } from './mqtt'
import { type PlaintextTap, tappedLayer } from './plaintext'
import { answeredInWords, askedInWords } from './sntp'

export interface TraceOptions {
  utc(): UnixMs
  onEntry(entry: TraceEntry): void
  /** Each message on its way to the broker. */
  onMessage?(message: TracedMessage): void
}

/** `plaintext`: for an engine that runs TLS elsewhere than on this board. */
export interface TracedBoard extends Board {
  readonly plaintext: PlaintextTap
}

export function tracedBoard(board: Board, options: TraceOptions): TracedBoard {
  const tracer = new Tracer(options)
  return {
    ...board,
    serialLine: tracer.line(board.serialLine),
    tcp: tracer.tcp(board.tcp),
    secureLayer: tappedLayer(board.secureLayer, tracer),
    plaintext: tracer,
    datagrams: tracer.datagrams(board.datagrams),
  }
}

class Tracer implements PlaintextTap {
  readonly #options: TraceOptions
  /** Of the present connection to the broker. */
  #mqtt: MqttTrace | undefined

  constructor(options: TraceOptions) {
    this.#options = options
  }

  line(port: Board['serialLine']): Board['serialLine'] {
    return {
      open: (settings, events) => {
        const { utc } = this.#options
        const trace = new ModbusTrace((direction, bytes, words, at) =>
          this.#write({ at, port: 'line', direction, bytes, words }),
        )
        this.#event('line', 'open', `opens the line at ${lineInWords(settings)}`)
        return tracedStream((heard) => port.open(settings, { ...events, ...heard }), events, {
          out: (bytes) => trace.sent(bytes, utc()),
          in: (bytes) => trace.received(bytes, utc()),
          end: () => trace.flush(),
          event: (event, why) => this.#event('line', event, why ?? 'closes the line'),
        })
      },
    }
  }

  /** Of the bytes on TCP only that they come and go is of interest: MQTT is noted before TLS. */
  tcp(port: Board['tcp']): Board['tcp'] {
    return {
      connect: (address, tcpPort, events) => {
        this.#mqtt?.end()
        this.#mqtt = new MqttTrace({
          note: (direction, bytes, words) => this.#note('broker', direction, bytes, words),
          onMessage: this.#options.onMessage,
        })
        this.#event('broker', 'open', `connects to ${addressInWords(address, tcpPort)}`)
        return tracedStream(
          (heard) => port.connect(address, tcpPort, { ...events, ...heard }),
          events,
          {
            out() {},
            in() {},
            end: () => this.#mqtt?.end(),
            event: (event, why) => this.#event('broker', event, why ?? 'closes the connection'),
          },
        )
      },
    }
  }

  opened(): void {
    this.#event('broker', 'opened', 'connected, by TLS')
  }

  bytes(direction: Direction, bytes: Uint8Array): void {
    if (direction === 'out') this.#mqtt?.sent(bytes)
    else this.#mqtt?.received(bytes)
  }

  closed(why: string): void {
    this.#event('broker', 'closed', `closed: ${why}`)
  }

  datagrams(port: Board['datagrams']): Board['datagrams'] {
    return (events) => {
      const exchange = port({
        onDatagram: (slot, bytes, address, port) => {
          const peer = addressInWords(address, port)
          this.#note('udp', 'in', bytes, answeredInWords(peer, bytes), peer)
          events.onDatagram(slot, bytes, address, port)
        },
      })
      return {
        ask: (slot, localPort, address, port, bytes) => {
          const peer = addressInWords(address, port)
          this.#note('udp', 'out', bytes, askedInWords(peer, localPort), peer)
          exchange.ask(slot, localPort, address, port, bytes)
        },
        closeSocket: (slot) => exchange.closeSocket(slot),
      }
    }
  }

  #event(port: TraceEntry['port'], event: TraceEntry['event'], words: string): void {
    const direction = event === 'open' || event === 'close' ? 'out' : 'in'
    this.#write({ at: this.#options.utc(), port, direction, event, words })
  }

  #note(
    port: TraceEntry['port'],
    direction: Direction,
    bytes: Uint8Array,
    words: string,
    peer?: string,
  ): void {
    this.#write({ at: this.#options.utc(), port, direction, peer, bytes, words })
  }

  #write(note: TraceNote): void {
    this.#options.onEntry(traceEntry(note))
  }
}

interface StreamTrace {
  out(bytes: Uint8Array): void
  in(bytes: Uint8Array): void
  end(): void
  event(event: 'closed' | 'close', why?: string): void
}

function tracedStream<Stream extends ByteStream>(
  open: (heard: ByteStreamEvents) => Stream,
  events: ByteStreamEvents,
  trace: StreamTrace,
): { write(bytes: Uint8Array): ReturnType<Stream['write']>; close(): void } {
  const closed = (why: string) => {
    trace.end()
    trace.event('closed', `closed: ${why}`)
  }
  const opened = (): Stream => {
    try {
      return open({
        onBytes(bytes) {
          trace.in(bytes)
          events.onBytes(bytes)
        },
        onClosed(why) {
          closed(why)
          events.onClosed(why)
        },
      })
    } catch (error) {
      closed((error as Error).message)
      throw error
    }
  }
  const stream = opened()
  return {
    write(bytes) {
      trace.out(bytes)
      return stream.write(bytes) as ReturnType<Stream['write']>
    },
    close() {
      trace.end()
      trace.event('close')
      stream.close()
    },
  }
}

function lineInWords({ baud, parity, stopBits }: LineSettings): string {
  return `${baud} baud, 8${parity[0].toUpperCase()}${stopBits}`
}

function addressInWords(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
