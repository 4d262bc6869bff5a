/** UDP, a question and its answers at a time: what SNTP needs of a platform. */

export interface DatagramExchange {
  /**
   * Opens a socket on `localPort` for this `slot`, in place of the slot's last, and sends `bytes` from it.
   * The local port is the machine's random choice: one more thing that an impostor has to guess.
   */
  ask(slot: number, localPort: number, address: string, port: number, bytes: Uint8Array): void
  closeSocket(slot: number): void
}

export interface DatagramEvents {
  onDatagram(slot: number, bytes: Uint8Array, address: string, port: number): void
}
