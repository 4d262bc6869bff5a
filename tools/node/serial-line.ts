/** The RS-485 line behind a serial adapter, by npm serialport. */
import { SerialPort } from 'serialport'
import type {
  ByteStream,
  ByteStreamEvents,
  LineSettings,
  SerialLine,
} from '../../firmware/ports/bytestream'

export class AdapterLine implements SerialLine {
  readonly #path: string

  /** `path`: such as /dev/ttyUSB0, or COM3. */
  constructor(path: string) {
    this.#path = path
  }

  open({ baud, parity, stopBits }: LineSettings, events: ByteStreamEvents): ByteStream {
    const path = this.#path
    let over = false
    const close = (why?: string) => {
      if (over) return
      over = true
      if (port.isOpen) port.close()
      if (why !== undefined) events.onClosed(why)
    }
    const port = new SerialPort(
      { path, baudRate: baud, dataBits: 8, parity, stopBits, autoOpen: true },
      (error) => {
        if (error) close(error.message)
        // Closed while it was being opened.
        else if (over) port.close()
      },
    )
    port.on('data', (bytes: Buffer) => {
      if (!over) events.onBytes(bytes)
    })
    port.on('error', (error) => close(error.message))
    port.on('close', () => close(`${path} went away`))
    return {
      write: (bytes) => {
        // The firmware reuses its buffer; serialport still holds on to what it queues.
        if (!over) port.write(Buffer.from(bytes))
      },
      close: () => close(),
    }
  }
}
