/** The simulator's cable: the serial device or pseudo-terminal that WATTBEAT_CABLE names (embedded:io/serial). */
import Serial from 'embedded:io/serial'
import type { Cable, OpenCable } from '../../ports/cable'
import { environment } from './host'

const BAUD = 115_200

/** Undefined if there is none. */
export function deviceCable(): Cable | undefined {
  const device = environment('WATTBEAT_CABLE')
  return device ? new SerialCable(device) : undefined
}

class SerialCable implements Cable {
  readonly #device: string

  constructor(device: string) {
    this.#device = device
  }

  open(onBytes: (bytes: Uint8Array) => void): OpenCable {
    const device = this.#device
    let serial: Serial | undefined = new Serial({
      device,
      baud: BAUD,
      format: 'buffer',
      onReadable() {
        const bytes = serial?.read()
        if (bytes) onBytes(new Uint8Array(bytes))
      },
      // The platform closes the device itself after this.
      onError() {
        serial = undefined
      },
    })
    return {
      write(bytes) {
        try {
          serial?.write(bytes.slice().buffer)
          return bytes.length
        } catch {
          // What was written last is still on its way.
          return 0
        }
      },
      close() {
        serial?.close()
        serial = undefined
      },
    }
  }
}
