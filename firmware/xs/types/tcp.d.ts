/** embedded:io/socket/tcp as SDK 8.2.3 has it on Linux and lwIP, with buffers only. */
declare module 'embedded:io/socket/tcp' {
  class TCP {
    constructor(options: {
      address: string
      port: number
      nodelay?: boolean
      onReadable?: (bytes: number) => void
      onWritable?: (bytes: number) => void
      onError?: () => void
    })
    /** Fills `view`; throws if more is asked than is there. */
    read(view: Uint8Array): number
    /** Throws beyond what onWritable allowed. */
    write(bytes: ArrayBuffer | Uint8Array): number
    close(): void
  }
  export default TCP
}
