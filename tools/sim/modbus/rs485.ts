/**
 * The RS-485 line: a frame takes the time of its bits, the meters answer after their latency, and noise damages what
 * passes. The registers are those of the instant at which the request was whole.
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

  #write(opened: Opened, frame: Uint8Array): void {
    const { agenda, conditions, random } = this.#options
    const overlapping = agenda.now < opened.freeAt
    opened.freeAt = Math.max(opened.freeAt, agenda.now) + this.#frameMs(opened, frame.length)
    agenda.at(opened.freeAt, () => {
      const disturbed = overlapping || random.chance(conditions.noise)
      this.#heard(opened, disturbed ? this.#disturb(frame) : frame)
      if (random.chance(conditions.noise / 4)) this.#carry(opened, this.#hiss(), 5)
    })
  }

  #heard(opened: Opened, frame: Uint8Array): void {
    const { conditions, meters, random, utc, meterSettings: set } = this.#options
    if (set && (set.baud !== opened.settings.baud || set.parity !== opened.settings.parity)) return
    for (const meter of meters) {
      // The registers of all the others need not be made.
      if (frame[0] !== meter.unit) continue
      const { fault, latencyMs } = conditions.meters.get(meter.unit)!
      const reply = answerRead({ unit: meter.unit, fault, read: meter.registers(utc()) }, frame)
      if (!reply) continue
      const waitMs = latencyMs[0] + random.next() * (latencyMs[1] - latencyMs[0])
      this.#carry(opened, random.chance(conditions.noise) ? this.#disturb(reply) : reply, waitMs)
    }
  }

  /** Brings bytes to the dongle, whole or in two pieces, as the UART's driver happens to run. */
  #carry(opened: Opened, bytes: Uint8Array, waitMs: number): void {
    const { agenda, random } = this.#options
    const start = agenda.now + waitMs
    opened.freeAt = Math.max(opened.freeAt, start + this.#frameMs(opened, bytes.length))
    const cut = random.chance(0.2) ? random.below(bytes.length) : Math.min(bytes.length, FIFO_BYTES)
    this.#deliver(opened, bytes.subarray(0, cut), start + this.#frameMs(opened, cut))
    this.#deliver(
      opened,
      bytes.subarray(cut),
      start + this.#frameMs(opened, bytes.length) + random.next(),
    )
  }

  #deliver(opened: Opened, bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return
    this.#options.agenda.at(at, () => {
      if (this.#opened === opened && this.#life.alive) opened.events.onBytes(bytes)
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
