/** One GATT service of two characteristics, written and read (gatt.c). */

/** What next() answers if it is no request's length. */
export const NOTHING = -1
export const CONNECTED = -2
export const GONE = -3

export class NativeGatt extends Native('xs_gatt_destructor') {
  /** UUIDs: 16 bytes, the last one first. Calls `onEvent` when next() has something. Throws if there is no Bluetooth. */
  constructor(
    name: string,
    service: Uint8Array,
    requests: Uint8Array,
    answers: Uint8Array,
    onEvent: () => void,
  ) {
    super()
    native('xs_gatt').call(this, name, service, requests, answers, onEvent)
  }

  /** The oldest thing that happened. A request, of which the length is answered, fills `buffer` from its start. */
  next(buffer: Uint8Array): number {
    return native('xs_gatt_next').call(this, buffer)
  }

  /** Of the connection. */
  mtu(): number {
    return native('xs_gatt_mtu').call(this)
  }

  /** What is read from now on, by the phone of which next() told. */
  respond(bytes: Uint8Array): void {
    native('xs_gatt_respond').call(this, bytes)
  }

  /** Disconnects that phone. */
  drop(): void {
    native('xs_gatt_drop').call(this)
  }

  close(): void {
    native('xs_gatt_close').call(this)
  }
}

/** Gives what Bluetooth would need to the heap, for good. False if it is in use, or was given before. */
export function releaseBluetooth(): boolean {
  return native('xs_gatt_release').call(undefined)
}
