/** A TCP socket whose bytes somebody else hears before they go on: what node:tls runs over. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

export interface Ears {
  said(bytes: Uint8Array): void
  /** False where nothing is to go on to whoever reads. */
  heard(bytes: Uint8Array): boolean
}

export class Tap extends Duplex {
  readonly #tcp: Socket
  readonly #ears: Ears

  constructor(tcp: Socket, ears: Ears) {
    super()
    this.#tcp = tcp
    this.#ears = ears
    tcp.on('data', (bytes) => {
      if (this.destroyed || !ears.heard(bytes)) return
      if (!this.push(bytes)) tcp.pause()
    })
    tcp.on('end', () => this.push(null))
    tcp.on('error', (error) => this.destroy(error))
    tcp.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#tcp.resume()
  }

  override _write(
    bytes: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    this.#ears.said(bytes)
    this.#tcp.write(bytes, done)
  }

  override _final(done: () => void): void {
    this.#tcp.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#tcp.destroy()
    done(error)
  }
}
