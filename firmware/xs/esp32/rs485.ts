/** An RS-485 line on ESP-IDF's UART driver (rs485.c): parity, stop bits, direction pin, and ring buffers; the SDK's serial has a FIFO only. */

export class Rs485 extends Native('xs_rs485_destructor') {
  /**
   * `parity`: 0 none, 1 even, 2 odd. `direction`: the pin that enables the driver, -1 for a transceiver that turns by
   * itself. Calls `onReadable` when bytes have come. Throws if port, pins or speed cannot work, or are in use.
   */
  constructor(
    port: number,
    transmit: number,
    receive: number,
    direction: number,
    baud: number,
    parity: number,
    stopBits: number,
    onReadable: () => void,
  ) {
    super()
    native('xs_rs485').call(
      this,
      port,
      transmit,
      receive,
      direction,
      baud,
      parity,
      stopBits,
      onReadable,
    )
  }

  /** Fills `buffer` from its start as far as bytes have come; the number of bytes. */
  read(buffer: Uint8Array): number {
    return native('xs_rs485_read').call(this, buffer)
  }

  /** Drops what has come so far. False, and nothing is sent, if it does not fit behind what is still being sent. */
  write(bytes: Uint8Array): boolean {
    return native('xs_rs485_write').call(this, bytes)
  }

  /** How often bytes were lost since the last call: the FIFO was full, or a character's parity wrong. */
  losses(): number {
    return native('xs_rs485_losses').call(this)
  }

  close(): void {
    native('xs_rs485_close').call(this)
  }
}
