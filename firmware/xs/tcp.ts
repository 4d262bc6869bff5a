/**
 * TCP on Moddable (embedded:io/socket/tcp). Whatever a peer does ends in onClosed with words; nothing is thrown into
 * the platform, where it would restart the device.
 */
import TCP from 'embedded:io/socket/tcp'
import type { TcpConnector, TcpEvents, TcpStream } from '../ports/bytestream'

/** What may wait for a peer that takes nothing. Messages do not: they wait for room. */
const MAX_QUEUED_BYTES = 8192
const READ_BYTES = 512

export class TcpSockets implements TcpConnector {
  connect(address: string, port: number, events: TcpEvents): TcpStream {
    return new XsTcpStream(address, port, events)
  }
}

class XsTcpStream implements TcpStream {
  readonly #events: TcpEvents
  readonly #received = new Uint8Array(READ_BYTES)
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  #writable = 0
  #isOpen = false
  /** Undefined when it is over. */
  #tcp: TCP | undefined

  constructor(address: string, port: number, events: TcpEvents) {
    this.#events = events
    try {
      this.#tcp = new TCP({
        address,
        port,
        nodelay: true,
        onReadable: (count) => {
          this.#open()
          this.#read(count)
        },
        onWritable: (count) => {
          const wasFull = this.#room === 0
          this.#writable = count
          this.#open()
          this.#flush()
          if (wasFull && this.#room > 0) events.onWritable(this.#room)
        },
        onError: () =>
          this.#end(this.#isOpen ? 'the connection ended' : `no connection to ${address}`),
      })
    } catch {
      throw new Error(`no connection to ${address}`)
    }
  }

  /** What the socket does not take at once is copied: the caller uses its buffer again. */
  write(bytes: Uint8Array): number {
    const now = Math.min(bytes.length, this.#room)
    if (now > 0) this.#put(bytes.subarray(0, now))
    if (now < bytes.length && this.#tcp) {
      this.#queuedBytes += bytes.length - now
      if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#end('the server takes no bytes')
      else this.#queue.push(bytes.slice(now))
    }
    return this.#room
  }

  get #room(): number {
    return this.#tcp && this.#queue.length === 0 ? this.#writable : 0
  }

  close(): void {
    this.#tcp?.close()
    this.#tcp = undefined
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#events.onOpen()
  }

  #read(count: number): void {
    // Looked up each time: what the bytes cause may close the stream.
    while (count > 0 && this.#tcp) {
      const some = this.#received.subarray(0, Math.min(count, READ_BYTES))
      this.#tcp.read(some)
      count -= some.length
      this.#events.onBytes(some)
    }
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#writable > 0) {
      const bytes = this.#queue[0]
      const now = Math.min(bytes.length, this.#writable)
      this.#put(bytes.subarray(0, now))
      this.#queuedBytes -= now
      if (now === bytes.length) this.#queue.shift()
      else this.#queue[0] = bytes.subarray(now)
    }
  }

  #put(bytes: Uint8Array): void {
    this.#writable -= bytes.length
    try {
      this.#tcp?.write(bytes)
    } catch {
      // lwIP's throws as soon as the peer has ended, though its last bytes may still be waiting.
      this.#end('the connection ended')
    }
  }

  #end(why: string): void {
    if (!this.#tcp) return
    this.close()
    this.#events.onClosed(why)
  }
}
