/** embedded:io/socket/udp as SDK 8.2.3 has it; its own typings lack close() and the empty read. */
declare module 'embedded:io/socket/udp' {
  class UDP {
    constructor(options: { port?: number; onReadable?: (packets: number) => void })
    write(bytes: Uint8Array, address: string, port: number): void
    read(): (ArrayBuffer & { address: string; port: number }) | undefined
    close(): void
  }
  export default UDP
}
