/** TLS for one connection after another: a client for each, to which the session of the one before is offered. */
import { equalBytes, utf8 } from '../core/bytes'
import type { Entropy } from '../core/entropy'
import type { MonotonicMs, UnixMs } from '../core/time'
import type { Primitives } from '../crypto/primitives'
import type { BrokerAddress } from '../ports/bytestream'
import type { SecureLayer } from '../ports/secure'
import { Client } from './client'
import { mayResume, type TlsSession } from './session'

export interface TlsLayerOptions {
  primitives: Primitives
  entropy: Entropy
  /** The platform's trust anchors, as DER certificates. */
  roots(): Uint8Array[]
}

export class TlsLayer implements SecureLayer {
  readonly #options: TlsLayerOptions
  /** The last client, which knows its session, and the digest of whom that is with. */
  #last: { client: Client; peer: Uint8Array } | undefined

  constructor(options: TlsLayerOptions) {
    this.#options = options
  }

  client(to: BrokerAddress, utc: UnixMs, until: MonotonicMs): Client {
    const { primitives, entropy, roots } = this.#options
    const { host, port, anchors = roots() } = to
    const peer = this.#digest(host, port, anchors)
    const session = this.#takeSession(peer, utc)
    const client = new Client({ host, anchors, utc, until, session, primitives, entropy })
    this.#last = { client, peer }
    return client
  }

  /** A session is offered once; the handshake gives it back. */
  #takeSession(peer: Uint8Array, utc: UnixMs): TlsSession | undefined {
    const last = this.#last
    this.#last = undefined
    const session = last && equalBytes(last.peer, peer) ? last.client.session : undefined
    return session && mayResume(session, utc) ? session : undefined
  }

  #digest(host: string, port: number, anchors: readonly Uint8Array[]): Uint8Array {
    const hash = this.#options.primitives.sha256()
    hash.update(utf8(`${host} ${port} ${anchors.length} `))
    for (let i = 0; i < anchors.length; i++) hash.update(anchors[i])
    return hash.digest()
  }
}
