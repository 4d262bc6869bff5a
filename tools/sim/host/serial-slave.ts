/** A simulated line behind a serial device, such as one end of a pair of pseudo-terminals. */
import { once } from 'node:events'
import { SerialPort } from 'serialport'
import type { LineSettings, SerialLine } from '../../../firmware/ports/bytestream'
import { RequestFramer } from './framer'

/** Longer than any gap that the host's scheduler makes inside a frame, shorter than between two requests. */
const SILENCE_MS = 50

export class SerialSlave {
  readonly #port: SerialPort

  /** `settings`: those of the other end, which a pseudo-terminal does not carry across. */
  static async start(
    path: string,
    line: SerialLine,
    settings: LineSettings = { baud: 9600, parity: 'none', stopBits: 1 },
  ): Promise<SerialSlave> {
    const port = new SerialPort({ path, baudRate: settings.baud })
    await once(port, 'open')
    return new SerialSlave(port, line, settings)
  }

  private constructor(port: SerialPort, line: SerialLine, settings: LineSettings) {
    this.#port = port
    const stream = line.open(settings, {
      onBytes: (bytes) => port.isOpen && port.write(Buffer.from(bytes)),
      onClosed() {},
    })
    const framer = new RequestFramer({ silenceMs: SILENCE_MS })
    port.on('data', (bytes: Buffer) =>
      framer.receive(bytes, performance.now(), (frame) => stream.write(frame)),
    )
    port.on('error', () => {})
  }

  async stop(): Promise<void> {
    if (!this.#port.isOpen) return
    await new Promise<void>((resolve) => this.#port.close(() => resolve()))
  }
}
