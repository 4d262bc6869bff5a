/** In place of TLS, for simulations that play no cryptography: open at once, bytes as they are. */
import { FOREVER, type UnixMs } from '../../firmware/core/time'
import type { SecureClient, SecureClientOutput, SecureLayer } from '../../firmware/ports/secure'

export const plainLayer: SecureLayer = { client: () => new PlainClient() }

/** From true UTC: a certificate of 90 days is in its last month. */
const VALID_MS = [-60 * 86_400_000, 30 * 86_400_000] as const

/** The same, with a broker whose certificate is valid around true UTC. */
export function datedLayer(trueUtc: () => UnixMs): SecureLayer {
  return {
    client(_to, utc) {
      const offMs = utc - trueUtc()
      if (offMs > VALID_MS[0] && offMs < VALID_MS[1]) return new PlainClient()
      return new PlainClient({ kind: 'closed', why: 'the certificate is not valid at this time' })
    },
  }
}

const WAIT: SecureClientOutput = { kind: 'wait', until: FOREVER }
const NOTHING: Uint8Array = new Uint8Array(0)

class PlainClient implements SecureClient {
  /** Two outputs that stay, so that a bench counts the firmware's work and not this. */
  readonly #toTcp = { kind: 'send' as const, bytes: NOTHING }
  readonly #fromTcp = { kind: 'bytes' as const, bytes: NOTHING }
  #next: SecureClientOutput

  constructor(first: SecureClientOutput = { kind: 'open' }) {
    this.#next = first
  }

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
