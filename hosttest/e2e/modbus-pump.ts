/** Drives a Modbus machine over a serial port in real time: the smallest pump that can. */
import { SerialPort } from 'serialport'
import type { MonotonicMs } from '../../firmware/core/time'

interface Machine {
  receive(bytes: Uint8Array, now: MonotonicMs): void
  poll(now: MonotonicMs): { kind: string; bytes?: Uint8Array; until?: number }
}

/** One machine after another on a serial port. */
export class ModbusPump {
  readonly #port: SerialPort
  #wake: () => void = () => {}
  #machine: Machine | undefined

  private constructor(port: SerialPort) {
    this.#port = port
    port.on('data', (data: Uint8Array) => {
      this.#machine?.receive(data, now())
      this.#wake()
    })
  }

  static async open(path: string): Promise<ModbusPump> {
    const port = new SerialPort({ path, baudRate: 19_200, autoOpen: false })
    await new Promise<void>((resolve, reject) =>
      port.open((error) => (error ? reject(error) : resolve())),
    )
    return new ModbusPump(port)
  }

  /** Runs `machine` until `take` answers true for one of its outputs. */
  async run<Output extends { kind: string }>(
    machine: Machine & { poll(now: MonotonicMs): Output },
    take: (output: Output) => boolean,
  ): Promise<void> {
    this.#machine = machine
    for (;;) {
      const output: { kind: string; bytes?: Uint8Array; until?: number } = machine.poll(now())
      if (output.kind === 'send') this.#port.write(output.bytes?.slice())
      else if (output.kind === 'wait') await this.#sleep(output.until ?? 0)
      else if (take(output as Output)) return
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#port.close(() => resolve()))
  }

  async #sleep(until: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(Math.max(until - now(), 0), 10_000))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

export function now(): MonotonicMs {
  return performance.now() as MonotonicMs
}
