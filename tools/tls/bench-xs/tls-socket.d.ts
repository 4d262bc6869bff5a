/** The SDK's TLS socket as its bench uses it; @moddable/typings 5.6.0 lets it write no views and read nothing at all. */
declare module 'embedded:io/socket/tcp/tls' {
  class TLSSocket {
    constructor(options: {
      address: string
      host: string
      port: number
      TCP: { io: unknown }
      secure: { certificate: ArrayBufferLike; cache: boolean }
      onWritable(): void
      onReadable(): void
      onError(): void
    })
    read(): ArrayBuffer
    write(bytes: Uint8Array): void
    close(): void
  }
  export default TLSSocket
}
