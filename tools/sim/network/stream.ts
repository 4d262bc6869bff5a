/**
 * A TCP connection with TLS on it: in order or not at all. While packets do not pass it holds what was written and
 * tries again, as TCP does; severed, it loses everything and tells neither end.
 */
import type { TcpEvents, TcpStream } from '../../../firmware/ports/bytestream'
import type { Agenda } from '../agenda'
import { againMs, type WayConditions } from '../conditions'
import { type Life, lacksMemory } from '../life'
import type { Random } from '../random'

/** The broker's half. */
export interface ServerEnd {
  write(bytes: Uint8Array): void
  close(): void
  sever(): void
}
export interface ServerEvents {
  /** `sentAt`: when the dongle wrote it. */
  onBytes(bytes: Uint8Array, sentAt: number): void
  onClosed(): void
}
export type Accept = (end: ServerEnd) => ServerEvents

interface StreamOptions {
  agenda: Agenda
  random: Random
  life: Life
  events: TcpEvents
  /** Whether packets pass. */
  isOpen(): boolean
  way(): WayConditions
  onEnd(): void
}

const AGAIN_MS = 1000
/** For so long TCP sends its bytes again. */
const GIVE_UP_MS = 120_000
/** lwIP's on an ESP32-C3, and what firmware/xs/tcp.ts queues behind it. */
const SEND_BUFFER_BYTES = 5744
const MAX_QUEUED_BYTES = 8192

export class SimulatedStream implements TcpStream {
  readonly #options: StreamOptions
  #server: ServerEvents | undefined
  #state: 'opening' | 'open' | 'closed' = 'opening'
  #severed = false
  /** Whether the broker's half still reads. */
  #heard = false
  /** Written, and not yet with the broker. */
  #unsentBytes = 0
  readonly #toServer: Passage
  readonly #toClient: Passage

  constructor(options: StreamOptions) {
    this.#options = options
    const passes = (): boolean => options.isOpen()
    const lost = (): boolean => this.#severed || !options.life.alive
    this.#toServer = new Passage({ ...options, passes, lost })
    this.#toClient = new Passage({ ...options, passes, lost })
  }

  open(accept: Accept): void {
    if (this.#state !== 'opening') return
    this.#state = 'open'
    this.#heard = true
    this.#server = accept({
      write: (bytes) => this.#bring(bytes.length, () => this.#options.events.onBytes(bytes)),
      close: () => {
        this.#heard = false
        this.#bring(0, () => this.fail('closed by the server'))
      },
      sever: () => this.sever(),
    })
    this.#options.events.onOpen()
  }

  fail(why: string): void {
    if (this.#state === 'closed') return
    this.#end()
    this.#options.events.onClosed(why)
  }

  write(bytes: Uint8Array): number {
    if (this.#state !== 'open') return 0
    if (lacksMemory(this.#options.life, this.#options.random)) {
      this.fail('the connection ended')
      return 0
    }
    this.#unsentBytes += bytes.length
    if (this.#unsentBytes > SEND_BUFFER_BYTES + MAX_QUEUED_BYTES) {
      this.fail('the server takes no bytes')
      return 0
    }
    const copy = bytes.slice()
    const sentAt = this.#options.agenda.now
    this.#toServer.push(copy.length, () => {
      if (this.#heard) this.#server?.onBytes(copy, sentAt)
      this.#sent(copy.length)
    })
    return this.#room
  }

  get #room(): number {
    return Math.max(0, SEND_BUFFER_BYTES - this.#unsentBytes)
  }

  #sent(bytes: number): void {
    const wasFull = this.#room === 0
    this.#unsentBytes -= bytes
    if (wasFull && this.#room > 0 && this.#state === 'open')
      this.#options.events.onWritable(this.#room)
  }

  close(): void {
    if (this.#state === 'open')
      this.#toServer.push(0, () => {
        if (this.#heard) this.#server?.onClosed()
        this.#heard = false
      })
    this.#end()
  }

  sever(): void {
    this.#severed = true
  }

  #end(): void {
    this.#state = 'closed'
    this.#options.onEnd()
  }

  #bring(bytes: number, arrive: () => void): void {
    this.#toClient.push(bytes, () => this.#state === 'open' && arrive())
  }
}

interface PassageOptions {
  agenda: Agenda
  random: Random
  passes(): boolean
  way(): WayConditions
  lost(): boolean
}

interface Segment {
  bytes: number
  since: number
  /** It is not there before. */
  dueAt: number
  arrive(): unknown
}

/** One direction. */
class Passage {
  readonly #options: PassageOptions
  readonly #queue: Segment[] = []

  constructor(options: PassageOptions) {
    this.#options = options
  }

  push(bytes: number, arrive: () => unknown): void {
    const { agenda, random } = this.#options
    this.#queue.push({ bytes, since: agenda.now, dueAt: agenda.now + this.#lateMs(), arrive })
    if (this.#queue.length === 1) agenda.after(4 + random.next() * 30, this.#advance)
  }

  /** Draws nothing on a way that loses nothing. */
  #lateMs(): number {
    const { random, way } = this.#options
    const { loss, delayMs } = way()
    return loss > 0 && random.chance(loss) ? delayMs + againMs(random) : delayMs
  }

  readonly #advance = (): void => {
    const { agenda, passes, lost, way } = this.#options
    const [first] = this.#queue
    if (lost() || agenda.now - first.since > GIVE_UP_MS) {
      this.#queue.length = 0
      return
    }
    if (agenda.now < first.dueAt) {
      agenda.at(first.dueAt, this.#advance)
      return
    }
    if (!passes() || first.bytes > way().maxSegmentBytes) {
      agenda.after(AGAIN_MS, this.#advance)
      return
    }
    this.#queue.shift()
    if (this.#queue.length > 0) agenda.after(1, this.#advance)
    first.arrive()
  }
}
