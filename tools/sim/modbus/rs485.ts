/**
 * The RS-485 line: a frame takes the time of its bits, the meters answer after their latency, and noise damages what
 * passes, as do two masters that talk at once. The registers are those of the instant at which the request was whole.
 */
import { equalBytes } from '../../../firmware/core/bytes'
import type { UnixMs } from '../../../firmware/core/time'
import { crc16 } from '../../../firmware/modbus/crc16'
import { LineTiming } from '../../../firmware/modbus/timing'
import type {
  ByteStream,
  ByteStreamEvents,
  LineSettings,
  SerialLine,
} from '../../../firmware/ports/bytestream'
import type { Schedule } from '../agenda'
import type { LineConditions } from '../conditions'
import type { Life } from '../life'
import type { Random } from '../random'
import type { SimulatedMeter } from '../site/meter'
import { answerRead } from './slave'

/** A UART hands over what it holds when it is this full. */
const FIFO_BYTES = 120
const MAX_NOISE_BYTES = 6
/** No meter is slower; what comes later has waited in a gateway, and the line is free meanwhile. */
const MAX_LATENCY_MS = 2000
/** An exception: unit, function, code and checksum. */
const MIN_FRAME_BYTES = 5

export interface Rs485Options {
  agenda: Schedule
  random: Random
  conditions: LineConditions
  meters: readonly SimulatedMeter[]
  utc(): UnixMs
  /** How the meters are set; they hear nothing from a dongle that is set otherwise. As the dongle is, if undefined. */
  meterSettings?: Pick<LineSettings, 'baud' | 'parity'>
}

/** A frame on the line, and whose exchange it belongs to: the dongle's or another master's. */
interface Transmission {
  readonly ours: boolean
  readonly from: number
  readonly to: number
  /** Whether it met a frame of the other exchange. */
  collided: boolean
}

interface Opened {
  settings: LineSettings
  events: ByteStreamEvents
  /** When the line has carried all that was put on it. */
  freeAt: number
}

export class Rs485Line implements SerialLine {
  readonly #options: Rs485Options
  readonly #life: Life
  #opened: Opened | undefined
  #transmissions: Transmission[] = []

  constructor(options: Rs485Options, life: Life = { alive: true }) {
    this.#options = options
    this.#life = life
  }

  open(settings: LineSettings, events: ByteStreamEvents): ByteStream {
    if (!this.#options.conditions.line) throw new Error('no such device')
    const opened = { settings, events, freeAt: this.#options.agenda.now }
    this.#opened = opened
    return {
      write: (bytes) => this.#write(opened, bytes.slice()),
      close: () => {
        if (this.#opened === opened) this.#opened = undefined
      },
    }
  }

  /** The adapter is pulled out. */
  unplug(): void {
    const opened = this.#opened
    this.#opened = undefined
    if (opened && this.#life.alive) opened.events.onClosed('the adapter was unplugged')
  }

  /** Another master asks, without a look at whether the line is free. The dongle hears it, and so do the meters. */
  ask(frame: Uint8Array): void {
    const { agenda } = this.#options
    const opened = this.#opened
    if (!opened) return
    const sent = this.#occupy(false, agenda.now, this.#frameMs(opened, frame.length))
    agenda.at(sent.to, () => {
      this.#deliver(opened, sent.collided ? this.#disturb(frame) : frame, agenda.now)
      if (!sent.collided) this.#heard(opened, frame, false, sent.from)
    })
  }

  #occupy(ours: boolean, from: number, ms: number): Transmission {
    const mine: Transmission = { ours, from, to: from + ms, collided: false }
    this.#transmissions = this.#transmissions.filter(({ to }) => to > this.#options.agenda.now)
    for (const other of this.#transmissions)
      if (other.ours !== ours && other.from < mine.to && mine.from < other.to)
        other.collided = mine.collided = true
    this.#transmissions.push(mine)
    return mine
  }

  #write(opened: Opened, frame: Uint8Array): void {
    const { agenda, conditions, random } = this.#options
    const overlapping = agenda.now < opened.freeAt
    const start = Math.max(opened.freeAt, agenda.now)
    const sent = this.#occupy(true, start, this.#frameMs(opened, frame.length))
    opened.freeAt = sent.to
    agenda.at(opened.freeAt, () => {
      const disturbed = overlapping || sent.collided || random.chance(conditions.noise)
      this.#heard(opened, disturbed ? this.#disturb(frame) : frame, true, start)
      if (random.chance(conditions.noise / 4)) this.#carry(opened, this.#hiss(), 5)
    })
  }

  #heard(opened: Opened, frame: Uint8Array, ours: boolean, askedAt: number): void {
    const { agenda, conditions, meters, random, utc, meterSettings: set } = this.#options
    if (set && (set.baud !== opened.settings.baud || set.parity !== opened.settings.parity)) return
    for (const meter of meters) {
      // The registers of all the others need not be made.
      if (frame[0] !== meter.unit) continue
      const { fault, latencyMs } = conditions.meters.get(meter.unit)!
      const reply = answerRead({ unit: meter.unit, fault, read: meter.registers(utc()) }, frame)
      if (!reply) continue
      const waitMs = latencyMs[0] + random.next() * (latencyMs[1] - latencyMs[0])
      const bytes = random.chance(conditions.noise) ? this.#disturb(reply) : reply
      const lateMs = ours ? this.#lateMs() : 0
      const aheadMs = utc() - agenda.now
      const second = Math.floor(utc() / 1000)
      const endedAt = this.#carry(opened, bytes, waitMs + lateMs, ours)
      const read = meter.wasRead(askedAt + aheadMs, endedAt + aheadMs, second)
      if (ours && lateMs === 0) {
        const repeatedAt = this.#repeat(opened, bytes, waitMs)
        if (repeatedAt !== undefined) read.to = repeatedAt + aheadMs
      }
    }
  }

  #lateMs(): number {
    const { random, conditions } = this.#options
    const { late, maxLateMs } = conditions.gateway
    if (late === 0 || !random.chance(late)) return 0
    return random.next() * maxLateMs
  }

  #repeat(opened: Opened, bytes: Uint8Array, waitMs: number): number | undefined {
    const { random, conditions } = this.#options
    const { double, maxDoubleMs } = conditions.gateway
    if (double === 0 || !random.chance(double)) return undefined
    return this.#carry(opened, bytes, waitMs + random.next() * maxDoubleMs)
  }

  /** Brings bytes to the dongle, whole or in two pieces, as the UART's driver happens to run. Answers when the last is sent. */
  #carry(opened: Opened, bytes: Uint8Array, waitMs: number, ours = true): number {
    const { agenda, random } = this.#options
    const start = agenda.now + waitMs
    const sent = this.#occupy(ours, start, this.#frameMs(opened, bytes.length))
    // The dongle's driver lets its own exchange end; of another master's it knows nothing.
    if (ours && waitMs < MAX_LATENCY_MS) opened.freeAt = Math.max(opened.freeAt, sent.to)
    const cut = random.chance(0.2) ? random.below(bytes.length) : Math.min(bytes.length, FIFO_BYTES)
    this.#deliver(opened, bytes.subarray(0, cut), start + this.#frameMs(opened, cut), sent)
    this.#deliver(opened, bytes.subarray(cut), sent.to + random.next(), sent)
    return sent.to
  }

  #deliver(opened: Opened, bytes: Uint8Array, at: number, sent?: Transmission): void {
    if (bytes.length === 0) return
    this.#options.agenda.at(at, () => {
      if (this.#opened !== opened || !this.#life.alive) return
      opened.events.onBytes(sent?.collided ? this.#disturb(bytes) : bytes)
    })
  }

  /** Flips bits, loses or adds a byte; never so that the checksum still fits, which no receiver could see. */
  #disturb(frame: Uint8Array): Uint8Array {
    const { random } = this.#options
    for (;;) {
      const bytes = Array.from(frame)
      const at = random.below(bytes.length)
      const kind = random.below(4)
      if (kind === 0) bytes.splice(at, 1)
      else if (kind === 1) bytes.splice(at, 0, random.below(256))
      else if (kind === 2) bytes.length = at
      else bytes[at] ^= 1 << random.below(8)
      const damaged = Uint8Array.from(bytes)
      if (!misleads(damaged, frame)) return damaged
    }
  }

  #hiss(): Uint8Array {
    const { random } = this.#options
    return Uint8Array.from({ length: 1 + random.below(MAX_NOISE_BYTES) }, () => random.below(256))
  }

  #frameMs({ settings }: Opened, bytes: number): number {
    return new LineTiming(settings).frameMs(bytes)
  }
}

/** Whether a part of `bytes` has a good checksum and is not the frame itself, which noise before it leaves whole. */
function misleads(bytes: Uint8Array, frame: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; start++)
    for (let end = start + MIN_FRAME_BYTES; end <= bytes.length; end++)
      if (crc16(bytes, start, end) === 0 && !equalBytes(bytes.subarray(start, end), frame))
        return true
  return false
}
