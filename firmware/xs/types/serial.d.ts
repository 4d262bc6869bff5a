/** embedded:io/serial on Linux as SDK 8.2.3 has it; its own typings know only pins and want a port. */
declare module 'embedded:io/serial' {
  class Serial {
    constructor(options: {
      device: string
      baud: number
      format?: 'buffer'
      onReadable?: (bytes: number) => void
      onError?: () => void
    })
    /** Undefined when empty. Must not be called after close: it would crash. */
    read(): ArrayBuffer | undefined
    /** At most 1024 bytes, and only when the last write is out; throws otherwise. Views are refused. */
    write(bytes: ArrayBuffer): void
    close(): void
  }
  export default Serial
}
