/** In place of TLS, for simulations that play no cryptography: open at once, bytes as they are. */
import { FOREVER, type MonotonicMs, type UnixMs } from '../../firmware/core/time'
import type { SecureClient, SecureClientOutput, SecureLayer } from '../../firmware/ports/secure'

import type { Peer } from './conditions'

export const plainLayer: SecureLayer = { client: () => new PlainClient() }

/** From true UTC: a certificate of 90 days is in its last month. */
const VALID_MS = [-60 * 86_400_000, 30 * 86_400_000] as const

/** What a handshake with another than the broker comes to, in words that TLS (firmware/tls) might use. */
const FAILURES: { readonly [Key in Peer]?: string } = {
  alert: 'the server says: handshake failure',
  garbage: 'this is not TLS',
  expired: '"broker" expired on its last day',
  impostor: 'unknown issuer "Another authority"',
  portal: 'this is not TLS',
}

/** The same, with a broker whose certificate is valid around true UTC, and whatever else TLS may meet in its place. */
export function provingLayer(trueUtc: () => UnixMs, peer: () => Peer): SecureLayer {
  return {
    client(_to, utc, until) {
      const met = peer()
      if (met === 'stalls') return new StalledClient(until)
      const offMs = utc - trueUtc()
      const isValid = offMs > VALID_MS[0] && offMs < VALID_MS[1]
      const why = FAILURES[met] ?? (isValid ? '' : 'the certificate is not valid at this time')
      return new PlainClient(why ? { kind: 'closed', why } : undefined)
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

  poll(_now?: MonotonicMs): SecureClientOutput {
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

/** A handshake in which nothing more comes. */
class StalledClient extends PlainClient {
  readonly #until: MonotonicMs

  constructor(until: MonotonicMs) {
    super({ kind: 'wait', until })
    this.#until = until
  }

  override poll(now: MonotonicMs): SecureClientOutput {
    const output = super.poll()
    if (output.kind !== 'wait') return output
    if (now < this.#until) return { kind: 'wait', until: this.#until }
    return { kind: 'closed', why: 'no handshake in time' }
  }
}
