/** Streams of bytes: the RS-485 line and TCP. No callback may throw back into the platform. */

export interface ByteStream {
  /** Takes all of `bytes` (the port queues what the platform does not take at once) before it returns. */
  write(bytes: Uint8Array): void
  /** Releases everything; no event follows. */
  close(): void
}

export interface ByteStreamEvents {
  /** `bytes` may be reused by the port after the call. */
  onBytes(bytes: Uint8Array): void
  /** The stream is over, for a reason in words without secrets; no event follows. */
  onClosed(why: string): void
}

export interface ConnectionEvents extends ByteStreamEvents {
  onOpen(): void
}

export interface TcpEvents extends ConnectionEvents {
  /** TCP takes `room` bytes at once, after there was no room. */
  onWritable(room: number): void
}

export interface TcpStream extends ByteStream {
  /**
   * Answers how many more bytes TCP takes at once. What is above that is queued, and has a limit, at which the stream closes:
   * for the few bytes that cannot wait.
   */
  write(bytes: Uint8Array): number
}

/** Plain TCP. */
export interface TcpConnector {
  /** `address`: in dotted or colon form. Throws, in words, if the platform refuses at once. */
  connect(address: string, port: number, events: TcpEvents): TcpStream
}

export interface LineSettings {
  baud: number
  parity: 'none' | 'even' | 'odd'
  stopBits: 1 | 2
  /** GPIO numbers; only the device has them. */
  pins?: { transmit: number; receive: number; direction?: number; port?: number }
}

/** RS-485, half duplex. Throws if the settings cannot work: that is the installer's error, not the line's. */
export interface SerialLine {
  open(settings: LineSettings, events: ByteStreamEvents): ByteStream
}

export interface BrokerAddress {
  host: string
  port: number
  /** Trust anchors as DER certificates; the platform's defaults if there are none. */
  anchors?: Uint8Array[]
}
