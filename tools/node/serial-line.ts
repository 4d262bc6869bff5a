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

  /** Opens and closes the device once; why that failed, in words, or undefined. */
  whyUnusable(settings: LineSettings): Promise<string | undefined> {
    const port = new SerialPort({ ...this.#options(settings), autoOpen: false })
    return new Promise((resolve) =>
      port.open((error) => {
        if (error) resolve(error.message)
        else port.close(() => resolve(undefined))
      }),
    )
  }

  open(settings: LineSettings, events: ByteStreamEvents): ByteStream {
    let over = false
    const close = (why?: string) => {
      if (over) return
      over = true
      if (port.isOpen) port.close()
      if (why !== undefined) events.onClosed(why)
    }
    const port = new SerialPort(this.#options(settings), (error) => {
      if (error) close(error.message)
      // Closed while it was being opened.
      else if (over) port.close()
    })
    port.on('data', (bytes: Buffer) => {
      if (!over) events.onBytes(bytes)
    })
    port.on('error', (error) => close(error.message))
    port.on('close', () => close(`${this.#path} went away`))
    return {
      write: (bytes) => {
        // The firmware reuses its buffer; serialport still holds on to what it queues.
        if (!over) port.write(Buffer.from(bytes))
      },
      close: () => close(),
    }
  }

  #options({ baud, parity, stopBits }: LineSettings) {
    return { path: this.#path, baudRate: baud, dataBits: 8, parity, stopBits } as const
  }
}
