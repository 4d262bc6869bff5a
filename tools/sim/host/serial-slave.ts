/** The simulated meters behind a serial device, such as one end of a pair of pseudo-terminals. */
import { once } from 'node:events'
import { SerialPort } from 'serialport'
import { type MeterLine, RequestFramer } from './line'

/** Longer than any gap that the host's scheduler makes inside a frame, shorter than between two requests. */
const SILENCE_MS = 50

export class SerialSlave {
  readonly #port: SerialPort

  static async start(
    path: string,
    line: MeterLine,
    { baud = 9600, turnaroundMs = 20 } = {},
  ): Promise<SerialSlave> {
    const port = new SerialPort({ path, baudRate: baud })
    await once(port, 'open')
    return new SerialSlave(port, line, turnaroundMs)
  }

  private constructor(port: SerialPort, line: MeterLine, turnaroundMs: number) {
    this.#port = port
    const framer = new RequestFramer({ silenceMs: SILENCE_MS })
    port.on('data', (bytes: Buffer) =>
      framer.receive(bytes, performance.now(), (frame) => {
        const reply = line.answer(frame)
        if (reply) setTimeout(() => port.isOpen && port.write(Buffer.from(reply)), turnaroundMs)
      }),
    )
    port.on('error', () => {})
  }

  async stop(): Promise<void> {
    if (!this.#port.isOpen) return
    await new Promise<void>((resolve) => this.#port.close(() => resolve()))
  }
}
