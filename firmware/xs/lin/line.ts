/** The RS-485 line of the simulator: a Linux serial device or pseudo-terminal, always 8N1 (embedded:io/serial). */
import Serial from 'embedded:io/serial'
import type { ByteStream, ByteStreamEvents, LineSettings, SerialLine } from '../../ports/bytestream'
import { environment } from './host'

/** The device is named by WATTBEAT_LINE. */
export class Rs485Line implements SerialLine {
  open({ baud }: LineSettings, events: ByteStreamEvents): ByteStream {
    const device = environment('WATTBEAT_LINE')
    if (!device) throw new Error('WATTBEAT_LINE: missing; expected a serial device')
    return new OpenLine(device, baud, events)
  }
}

class OpenLine implements ByteStream {
  #serial: Serial | undefined

  constructor(device: string, baud: number, events: ByteStreamEvents) {
    this.#serial = new Serial({
      device,
      baud,
      format: 'buffer',
      onReadable: () => {
        const bytes = this.#serial?.read()
        if (bytes) events.onBytes(new Uint8Array(bytes))
      },
      onError: () => {
        // The platform closes the device itself after this.
        this.#serial = undefined
        events.onClosed(`${device} is gone`)
      },
    })
  }

  write(bytes: Uint8Array): void {
    try {
      this.#serial?.write(bytes.slice().buffer)
    } catch {
      // The last frame is still on its way out: as on a real bus, two frames at once are lost and the meter times out.
    }
  }

  close(): void {
    this.#serial?.close()
    this.#serial = undefined
  }
}
