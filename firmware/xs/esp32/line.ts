/** The RS-485 line of the device: pins from the settings, or those of the board (boards/); bytes by rs485.c. */
import config from 'mc/config'
import type { ByteStream, ByteStreamEvents, LineSettings, SerialLine } from '../../ports/bytestream'
import { Rs485 } from './rs485'

/** An RTU frame has at most 256 bytes (Serial Line V1.02, 2.5.1.1). */
const FRAME_BYTES = 256
/** UART 0 carries the log and provisioning. */
const DEFAULT_PORT = 1
const PARITY = { none: 0, even: 1, odd: 2 }

export class Rs485Line implements SerialLine {
  open(settings: LineSettings, events: ByteStreamEvents): ByteStream {
    return new OpenLine(settings, events)
  }
}

class OpenLine implements ByteStream {
  readonly #buffer = new Uint8Array(FRAME_BYTES)
  readonly #events: ByteStreamEvents
  #rs485: Rs485 | undefined
  #losses = 0
  /** How many losses are worth the next line in the log: twice as many each time, for a line may hum for days. */
  #tellAt = 1

  constructor(settings: LineSettings, events: ByteStreamEvents) {
    const { baud, parity, stopBits } = settings
    const pins: LineSettings['pins'] = settings.pins ?? config.board?.line
    if (!pins) throw new Error('line.pins: missing; expected the GPIO numbers of the transceiver')
    this.#events = events
    this.#rs485 = new Rs485(
      pins.port ?? DEFAULT_PORT,
      pins.transmit,
      pins.receive,
      pins.direction ?? -1,
      baud,
      PARITY[parity],
      stopBits,
      () => this.#read(),
    )
  }

  write(bytes: Uint8Array): void {
    // A frame that does not fit is lost like one on a disturbed bus: the meter's timeout reports it.
    this.#rs485?.write(bytes)
  }

  close(): void {
    this.#rs485?.close()
    this.#rs485 = undefined
  }

  #read(): void {
    // Looked up each time: what the bytes cause may close the line.
    for (let count = 1; count && this.#rs485; ) {
      count = this.#rs485.read(this.#buffer)
      if (count) this.#events.onBytes(this.#buffer.subarray(0, count))
    }
    this.#losses += this.#rs485?.losses() ?? 0
    if (this.#losses < this.#tellAt) return
    this.#tellAt = 2 * this.#losses
    trace(`line: bytes were lost ${this.#losses} times (receiver full, or wrong parity)\n`)
  }
}
