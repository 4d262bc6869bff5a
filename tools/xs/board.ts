/** The board of the firmware inside XS: every port a question to Node, every event a command from it. */
import type { MonotonicMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { ByteStreamEvents, TcpEvents, TcpStream } from '../../firmware/ports/bytestream'
import type { OpenCable } from '../../firmware/ports/cable'
import type { DatagramEvents } from '../../firmware/ports/datagram'
import type { Network, NetworkEvents } from '../../firmware/ports/network'
import { TlsLayer } from '../../firmware/tls/layer'
import { type PlaintextTap, tappedLayer } from '../trace/plaintext'
import { host } from './host'
import { type Answer, type Command, type Packed, pack, type Question, unpack } from './messages'
import { crossingPrimitives, joinParts } from './primitives'

const PLAINTEXT: PlaintextTap = {
  opened: () => void ask({ kind: 'plaintext', what: 'opened' }),
  bytes: (direction, bytes) => void ask({ kind: 'plaintext', what: direction }, bytes),
  closed: (why) => void ask({ kind: 'plaintext', what: 'closed', why }),
}

/** Node's. */
export const primitives = crossingPrimitives((question, ...parts) => {
  const lengths = parts.map(({ length }) => length)
  return ask({ kind: 'primitive', question, lengths }, joinParts(parts))
})

type StreamEvents = ByteStreamEvents & Partial<TcpEvents>
type OnAddress = Parameters<Network['resolve']>[1]
type OnNetworks = Parameters<NonNullable<Network['scan']>>[0]

export class CrossingBoard implements Board {
  readonly system: Board['system']
  readonly secureLayer: Board['secureLayer']
  readonly network: Board['network']
  readonly cable: Board['cable']
  readonly led: Board['led']
  readonly button: Board['button']
  readonly primitives = primitives
  #now: MonotonicMs
  #run = (): void => {}
  #opened = 0
  #resolved = 0
  readonly #streams = new Map<number, StreamEvents>()
  readonly #resolving = new Map<number, OnAddress>()
  #datagrams: DatagramEvents | undefined
  #network: NetworkEvents | undefined
  #onCable: ((bytes: Uint8Array) => void) | undefined
  #onButton: ((isPressed: boolean) => void) | undefined
  #onNetworks: OnNetworks | undefined

  constructor(boot: Command & { kind: 'boot' }) {
    const { now, serial, factoryRecord, builtAt, lastReset, has, roots, traces } = boot
    this.#now = now
    const layer = new TlsLayer({
      primitives,
      entropy: this.entropy,
      roots: () => roots.map((der) => Uint8Array.from(der)),
    })
    this.secureLayer = traces ? tappedLayer(layer, PLAINTEXT) : layer
    this.system = {
      serial,
      factoryRecord: () => factoryRecord && Uint8Array.from(factoryRecord),
      builtAt,
      lastReset: () => lastReset,
      restart: (why) => void ask({ kind: 'restart', why }),
    }
    this.network = has.scan ? { ...this.#host, scan: (onFound) => this.#scan(onFound) } : this.#host
    if (has.cable) this.cable = { open: (onBytes) => this.#openCable(onBytes) }
    if (has.led) this.led = { set: (isLit) => void ask({ kind: 'light', isLit }) }
    if (has.button)
      this.button = {
        watch: (onChange) => {
          this.#onButton = onChange
          return false
        },
      }
  }

  readonly clock: Board['clock'] = {
    now: () => this.#now,
    setSystemTime: (utc) => void ask({ kind: 'set system time', utc }),
  }

  readonly alarm: Board['alarm'] = {
    set: (due, run) => {
      this.#run = run
      ask({ kind: 'set alarm', due })
    },
    clear: () => void ask({ kind: 'clear alarm' }),
  }

  readonly serialLine: Board['serialLine'] = {
    open: (settings, events) =>
      this.#open((stream) => ({ kind: 'open line', stream, settings }), events),
  }

  readonly tcp: Board['tcp'] = {
    connect: (address, port, events) =>
      this.#open((stream) => ({ kind: 'connect', stream, address, port }), events),
  }

  datagrams(events: DatagramEvents): ReturnType<Board['datagrams']> {
    this.#datagrams = events
    return {
      ask: (slot, localPort, address, port, bytes) =>
        void ask({ kind: 'ask', slot, localPort, address, port }, bytes),
      closeSocket: (slot) => void ask({ kind: 'close socket', slot }),
    }
  }

  readonly #host: Network = {
    join: (wifi, events) => {
      this.#network = events
      ask({ kind: 'join', wifi })
    },
    leave: () => void ask({ kind: 'leave' }),
    resolve: (host, onAnswer) => {
      const question = this.#resolved++
      this.#resolving.set(question, onAnswer)
      ask({ kind: 'resolve', question, host })
    },
  }

  readonly store: Board['store'] = {
    read: (name) => ask({ kind: 'read', name }),
    write: (name, bytes) => void ask({ kind: 'store', name }, bytes),
    erase: (name) => void ask({ kind: 'erase', name }),
  }

  readonly entropy: Board['entropy'] = {
    fill: (bytes) => bytes.set(ask({ kind: 'random', length: bytes.length })!),
  }

  /** Hands an event to the port it belongs to. */
  take(command: Exclude<Command, { kind: 'boot' | 'stop' | 'check' }>, bytes?: Uint8Array): void {
    this.#now = command.now
    switch (command.kind) {
      case 'alarm':
        return this.#run()
      case 'opened':
        return this.#streams.get(command.stream)?.onOpen?.()
      case 'writable':
        return this.#streams.get(command.stream)?.onWritable?.(command.room)
      case 'bytes':
        return this.#streams.get(command.stream)?.onBytes(bytes!)
      case 'closed': {
        const events = this.#streams.get(command.stream)
        this.#streams.delete(command.stream)
        return events?.onClosed(command.why)
      }
      case 'datagram':
        return this.#datagrams?.onDatagram(command.slot, bytes!, command.address, command.port)
      case 'joined':
        return this.#network?.onJoined()
      case 'lost':
        return this.#network?.onLost(command.why)
      case 'resolved': {
        const onAnswer = this.#resolving.get(command.question)
        this.#resolving.delete(command.question)
        return onAnswer?.(command.address, command.why)
      }
      case 'cable':
        return this.#onCable?.(bytes!)
      case 'button':
        return this.#onButton?.(command.isPressed)
      case 'scanned':
        return this.#onNetworks?.(command.networks, command.why)
    }
  }

  /** The time of a command that no port is concerned with. */
  set now(now: MonotonicMs) {
    this.#now = now
  }

  #openCable(onBytes: (bytes: Uint8Array) => void): OpenCable {
    ask({ kind: 'open cable' })
    this.#onCable = onBytes
    return {
      write: (bytes) => put({ kind: 'write cable' }, bytes).message.taken ?? 0,
      close: () => {
        this.#onCable = undefined
        ask({ kind: 'close cable' })
      },
    }
  }

  #scan(onFound: OnNetworks): void {
    this.#onNetworks = onFound
    ask({ kind: 'scan' })
  }

  #open(question: (stream: number) => Question, events: StreamEvents): TcpStream {
    const stream = this.#opened++
    ask(question(stream))
    this.#streams.set(stream, events)
    return {
      write: (bytes) => put({ kind: 'write', stream }, bytes).message.room ?? 0,
      close: () => {
        this.#streams.delete(stream)
        ask({ kind: 'close', stream })
      },
    }
  }
}

/** The bytes that Node answers with. Throws what the port there threw. */
export function ask(question: Question, bytes?: Uint8Array): Uint8Array | undefined {
  return put(question, bytes).bytes
}

function put(question: Question, bytes?: Uint8Array): Packed<Answer> {
  const packed = new Uint8Array(host.issueCommand(pack(question, bytes).buffer as ArrayBuffer))
  const answer = unpack<Answer>(packed)
  if (answer.message.why !== undefined) throw new Error(answer.message.why)
  return answer
}
