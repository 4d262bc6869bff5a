/** Runs the firmware on the XS engine: the same board as on Node, reached by questions across the worker's channel. */
import { basename, resolve } from 'node:path'
import type { Running } from '../../firmware/dongle/boot'
import type { Health } from '../../firmware/dongle/health'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import type { ByteStream, ByteStreamEvents } from '../../firmware/ports/bytestream'
import type { OpenCable } from '../../firmware/ports/cable'
import type { DatagramExchange } from '../../firmware/ports/datagram'
import { nodePrimitives } from '../node/crypto'
import { roots as platformRoots } from '../node/tls/layer'
import type { TracedBoard } from '../trace/board'
import type { PlaintextTap } from '../trace/plaintext'
import { bundle, mapStack } from './bundle'
import { type Answer, type Command, pack, type Question, unpack } from './messages'
import { PrimitiveAnswers, splitParts } from './primitives'
import { Worker } from './worker'

const EMPTY = new Uint8Array(0)
/** Of one command: the boot takes less than a hundredth, so whatever takes more never ends. */
const MAX_COMPUTATIONS = 100_000_000

export interface RunningOnXs extends Running {
  /** Resolves once every port is closed. */
  stop(): Promise<void>
  /** What the run cost the engine, as lines for the summary. */
  readonly cost: string[]
}

/** Bundles the firmware, then boots it in a worker of its own; an engine that dies restarts the board. */
export async function engineOnXs(
  firmware = 'tools/xs/inside.ts',
): Promise<(board: Board, watch: (report: Report) => void) => RunningOnXs> {
  const script = resolve('build/xs/dongle', `${basename(firmware, '.ts')}.js`)
  await bundle({ entryPoints: [firmware], outfile: script })
  return (board, watch) => new XsDongle(script, board, watch)
}

/** A command without the time, which is added when it is given. */
type Event = Command extends infer One ? (One extends Command ? Omit<One, 'now'> : never) : never

class XsDongle implements RunningOnXs {
  readonly #script: string
  readonly #board: Board
  readonly #watch: (report: Report) => void
  readonly #worker: Worker
  readonly #datagrams: DatagramExchange
  readonly #streams = new Map<number, ByteStream>()
  readonly #primitives: PrimitiveAnswers
  /** Of a board that is traced: the firmware's TLS is in XS. */
  readonly #plaintext: PlaintextTap | undefined
  readonly #slots = new Set<number>()
  #cable: OpenCable | undefined
  #ended: Promise<void> | undefined
  #health: Health | undefined
  #tick: number | undefined
  #ticks = 0
  #computations = 0
  #maxSlots = 0
  #over = false

  constructor(script: string, board: Board, watch: (report: Report) => void) {
    this.#script = script
    this.#board = board
    this.#watch = watch
    this.#primitives = new PrimitiveAnswers(nodePrimitives(board.entropy))
    this.#plaintext = (board as Partial<TracedBoard>).plaintext
    this.#worker = new Worker({
      onQuestion: (question) => this.#answer(question),
      maxComputations: MAX_COMPUTATIONS,
    })
    this.#datagrams = board.datagrams({
      onDatagram: (slot, bytes, address, port) =>
        this.#command({ kind: 'datagram', slot, address, port }, bytes),
    })
    this.#worker.load(script).catch((error) => this.#fail(error, 'load'))
    this.#boot()
  }

  #boot(): void {
    const { system, cable, led, button, network } = this.#board
    const { serial, builtAt } = system
    const factory = system.factoryRecord?.()
    this.#command({
      kind: 'boot',
      ...{ serial, builtAt, lastReset: system.lastReset() },
      ...(factory ? { factoryRecord: [...factory] } : {}),
      has: { cable: !!cable, led: !!led, button: !!button, scan: !!network.scan },
      roots: platformRoots().map((der) => [...der]),
      traces: this.#plaintext !== undefined,
    })
    button?.watch((isPressed) => this.#command({ kind: 'button', isPressed }))
  }

  /** As XS last told it: at the last tick, or when this was asked for before. */
  health(): Health | undefined {
    this.#command({ kind: 'check' })
    return this.#health
  }

  stop(): Promise<void> {
    this.#command({ kind: 'stop' })
    this.#over = true
    // An engine that is dead already closes nothing.
    this.#ended ??= this.#worker.stop().then(() => this.#release())
    return this.#ended
  }

  get cost(): string[] {
    if (this.#ticks === 0) return []
    const perTick = Math.round(this.#computations / this.#ticks)
    return [
      `on XS         ${perTick} computations per tick`,
      `memory        ${this.#maxSlots} slots in use at most, counted after a tick's garbage collection; the code's are among them, which on a device are in flash`,
    ]
  }

  #command(event: Event, bytes?: Uint8Array): void {
    if (this.#over) return
    const command = { ...event, now: this.#board.clock.now() }
    this.#worker.command(pack(command, bytes)).then(
      ({ computations, slots }) => {
        if (event.kind === 'check') this.#maxSlots = Math.max(this.#maxSlots, slots)
        else if (this.#ticks > 0) this.#computations += computations
      },
      (error) => this.#fail(error, event.kind),
    )
  }

  #fail(error: Error, command: string): void {
    if (this.#over) return
    this.#over = true
    const tick = this.#tick === undefined ? 'before the first tick' : `in tick ${this.#tick}`
    const why = mapStack(error.message, this.#script)
    this.#ended = this.#worker.kill()
    this.#release()
    this.#board.system.restart(`XS: ${why}, ${tick}, at command '${command}'`)
  }

  /** Whatever the firmware had open: it cannot close it any more, and an open port keeps Node from ending. */
  #release(): void {
    const { alarm, network } = this.#board
    alarm.clear()
    for (const stream of this.#streams.values()) stream.close()
    for (const slot of this.#slots) this.#datagrams.closeSocket(slot)
    this.#cable?.close()
    network.leave()
  }

  #answer(packed: Uint8Array): Uint8Array {
    const { message, bytes } = unpack<Question>(packed)
    try {
      if (message.kind === 'write') return pack<Answer>({ room: this.#write(message, bytes) })
      if (message.kind === 'write cable')
        return pack<Answer>({ taken: this.#cable?.write(bytes ?? EMPTY) ?? 0 })
      return pack<Answer>({}, this.#perform(message, bytes))
    } catch (error) {
      return pack<Answer>({ why: error instanceof Error ? error.message : String(error) })
    }
  }

  #perform(
    question: Exclude<Question, { kind: 'write' | 'write cable' }>,
    bytes: Uint8Array = EMPTY,
  ): Uint8Array | undefined {
    const { clock, alarm, network, store, entropy, system } = this.#board
    switch (question.kind) {
      case 'set alarm':
        alarm.set(question.due, () => this.#command({ kind: 'alarm' }))
        return
      case 'clear alarm':
        return void alarm.clear()
      case 'open line':
        return this.#openLine(question)
      case 'connect':
        return this.#connect(question)
      case 'primitive': {
        const parts = splitParts(bytes, question.lengths)
        return this.#primitives.answer(question.question, parts)
      }
      case 'close':
        this.#streams.get(question.stream)?.close()
        this.#streams.delete(question.stream)
        return
      case 'ask': {
        const { slot, localPort, address, port } = question
        this.#slots.add(slot)
        return void this.#datagrams.ask(slot, localPort, address, port, bytes)
      }
      case 'close socket':
        return void this.#datagrams.closeSocket(question.slot)
      case 'join':
        network.join(question.wifi, {
          onJoined: () => this.#command({ kind: 'joined' }),
          onLost: (why) => this.#command({ kind: 'lost', why }),
        })
        return
      case 'leave':
        return void network.leave()
      case 'resolve':
        network.resolve(question.host, (address, why) =>
          this.#command({ kind: 'resolved', question: question.question, address, why }),
        )
        return
      case 'scan':
        network.scan?.((networks, why) => this.#command({ kind: 'scanned', networks, why }))
        return
      case 'open cable':
        this.#cable = this.#board.cable?.open((bytes) => this.#command({ kind: 'cable' }, bytes))
        return
      case 'close cable':
        this.#cable?.close()
        this.#cable = undefined
        return
      case 'light':
        return void this.#board.led?.set(question.isLit)
      case 'set system time':
        return void clock.setSystemTime(question.utc)
      case 'random': {
        const random = new Uint8Array(question.length)
        entropy.fill(random)
        return random
      }
      case 'read':
        return store.read(question.name)
      case 'store':
        return void store.write(question.name, bytes)
      case 'erase':
        return void store.erase(question.name)
      case 'restart':
        return void system.restart(mapStack(question.why, this.#script))
      case 'plaintext':
        return this.#tell(question, bytes)
      case 'report':
        return this.#report(question.report)
      case 'health':
        this.#health = question.health
        return
    }
  }

  /** A line tells no room. */
  #write({ stream }: Question & { kind: 'write' }, bytes: Uint8Array = EMPTY): number | undefined {
    const room: unknown = this.#streams.get(stream)?.write(bytes)
    return typeof room === 'number' ? room : undefined
  }

  #tell({ what, why = '' }: Question & { kind: 'plaintext' }, bytes: Uint8Array): undefined {
    if (what === 'opened') this.#plaintext?.opened()
    else if (what === 'closed') this.#plaintext?.closed(why)
    else this.#plaintext?.bytes(what, bytes)
  }

  #openLine({ stream, settings }: Question & { kind: 'open line' }): undefined {
    this.#streams.set(stream, this.#board.serialLine.open(settings, this.#events(stream)))
  }

  #connect({ stream, address, port }: Question & { kind: 'connect' }): undefined {
    const connection = this.#board.tcp.connect(address, port, {
      ...this.#events(stream),
      onOpen: () => this.#command({ kind: 'opened', stream }),
      onWritable: (room) => this.#command({ kind: 'writable', stream, room }),
    })
    this.#streams.set(stream, connection)
  }

  #events(stream: number): ByteStreamEvents {
    return {
      onBytes: (bytes) => this.#command({ kind: 'bytes', stream }, bytes),
      onClosed: (why) => {
        this.#streams.delete(stream)
        this.#command({ kind: 'closed', stream, why })
      },
    }
  }

  #report(report: Report): undefined {
    if (report.kind === 'due') {
      this.#tick = report.tick
      this.#ticks++
      this.#command({ kind: 'check' })
    }
    this.#watch(report)
  }
}
