/** In place of TLS, for simulations that play no cryptography: open at once, bytes as they are. */
import { FOREVER } from '../../firmware/core/time'
import type { SecureClient, SecureClientOutput, SecureLayer } from '../../firmware/ports/secure'

export const plainLayer: SecureLayer = { client: () => new PlainClient() }

const WAIT: SecureClientOutput = { kind: 'wait', until: FOREVER }
const NOTHING: Uint8Array = new Uint8Array(0)

class PlainClient implements SecureClient {
  /** Two outputs that stay, so that a bench counts the firmware's work and not this. */
  readonly #toTcp = { kind: 'send' as const, bytes: NOTHING }
  readonly #fromTcp = { kind: 'bytes' as const, bytes: NOTHING }
  #next: SecureClientOutput = { kind: 'open' }

  receive(bytes: Uint8Array): void {
    this.#fromTcp.bytes = bytes
    this.#put(this.#fromTcp)
  }

  write(bytes: Uint8Array): void {
    this.#toTcp.bytes = bytes
    this.#put(this.#toTcp)
  }

  close(): void {
    this.#next = WAIT
  }

  ended(why: string): void {
    this.#next = { kind: 'closed', why }
  }

  poll(): SecureClientOutput {
    const next = this.#next
    this.#next = WAIT
    return next
  }

  /** There is never more than one: the supervisor polls after each call. */
  #put(output: SecureClientOutput): void {
    if (this.#next !== WAIT) throw new Error(`${this.#next.kind} was not taken`)
    this.#next = output
  }
}
