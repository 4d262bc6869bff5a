/** The device's radio for provisioning: Bluetooth LE, by gatt.c. */
import type { OpenRadio, Radio, RadioOptions } from '../../ports/radio'
import { CONNECTED, GONE, NativeGatt, NOTHING, releaseBluetooth } from './gatt'

/** As gatt.c has it. */
const MAX_VALUE_BYTES = 253

export function deviceRadio(): Radio {
  return {
    open: (options) => new OpenBluetooth(options),
    release: () => void releaseBluetooth(),
  }
}

class OpenBluetooth implements OpenRadio {
  readonly #buffer = new Uint8Array(MAX_VALUE_BYTES)
  readonly #options: RadioOptions
  #gatt: NativeGatt | undefined

  constructor(options: RadioOptions) {
    const { name, service } = options
    this.#options = options
    this.#gatt = new NativeGatt(
      name,
      uuidBytes(service.service),
      uuidBytes(service.requests),
      uuidBytes(service.answers),
      () => this.#take(),
    )
  }

  respond(bytes: Uint8Array): void {
    this.#gatt?.respond(bytes)
  }

  drop(): void {
    this.#gatt?.drop()
  }

  close(): void {
    this.#gatt?.close()
    this.#gatt = undefined
  }

  #take(): void {
    const { onConnected, onGone, onRequest } = this.#options
    // Looked up each time: what happened may have closed it.
    for (let what = 0; what !== NOTHING && this.#gatt; ) {
      what = this.#gatt.next(this.#buffer)
      if (what === CONNECTED) onConnected()
      else if (what === GONE) onGone()
      else if (what !== NOTHING) onRequest(this.#buffer.subarray(0, what), this.#gatt.mtu())
    }
  }
}

/** Of the text of a UUID, its last byte first. */
function uuidBytes(uuid: string): Uint8Array {
  const digits = uuid.replaceAll('-', '')
  return Uint8Array.from({ length: 16 }, (_, i) =>
    Number.parseInt(digits.slice(30 - 2 * i, 32 - 2 * i), 16),
  )
}
