/** One of the serial lines that a person can plug into (cable.c): UART 0, or USB-Serial-JTAG on chips that have it. */

export const UART = 0
export const USB = 1

export class NativeCable extends Native('xs_cable_destructor') {
  /** Calls `onReadable` when bytes have come. Throws if the chip has no such line or a debugger uses it. */
  constructor(line: typeof UART | typeof USB, onReadable: () => void) {
    super()
    native('xs_cable').call(this, line, onReadable)
  }

  /** Fills `buffer` from its start as far as bytes have come; the number of bytes. */
  read(buffer: Uint8Array): number {
    return native('xs_cable_read').call(this, buffer)
  }

  /** How many of `bytes`, from their start, there is room for. */
  write(bytes: Uint8Array): number {
    return native('xs_cable_write').call(this, bytes)
  }

  close(): void {
    native('xs_cable_close').call(this)
  }
}
