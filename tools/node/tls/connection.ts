/**
 * TLS on Node: node:tls held to the device's rules (TLS 1.2, its suites, its curve), and the device's own check of the
 * certificates on top, so that both refuse for the same reasons. A connection must satisfy OpenSSL and us.
 */
import { constants, randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { UnixMs } from '../../../firmware/core/time'
import type {
  BrokerAddress,
  ByteStream,
  ByteStreamEvents,
  SecureConnection,
} from '../../../firmware/ports/bytestream'
import type { Certificate } from '../../../firmware/tls/certificate'
import { MOST_CERTIFICATES } from '../../../firmware/tls/messages'
import { PathCheck } from '../../../firmware/tls/path'
import { decodeCertificate } from '../../../firmware/tls/x509'
import { nodePrimitives } from './primitives'

const OPEN_MS = 30_000

type Events = ByteStreamEvents & { onOpen(): void }

/** What TCP carried, TLS included. */
export interface Traffic {
  outBytes: number
  inBytes: number
}

export interface NodeTlsOptions {
  /** How long name, TCP and TLS may take together. */
  openMs?: number
  /** In place of the system's resolver. */
  lookup?: LookupFunction
}

const primitives = nodePrimitives({ fill: (bytes) => void randomFillSync(bytes) })

export class NodeTlsConnection implements SecureConnection {
  readonly #options: NodeTlsOptions
  /** The last session and whom it was with. */
  #kept: { session: Buffer; peer: string } | undefined

  readonly #past: Traffic = { outBytes: 0, inBytes: 0 }
  #tcp: Socket | undefined

  constructor(options: NodeTlsOptions = {}) {
    this.#options = options
  }

  connect({ host, port, anchors = roots() }: BrokerAddress, events: Events): ByteStream {
    const peer = `${host} ${port} ${anchors.map((one) => Buffer.from(one).toString('hex'))}`
    const session = this.#kept?.peer === peer ? this.#kept.session : undefined
    this.#kept = undefined
    const tcp = connectTcp({ host, port, lookup: this.#options.lookup, noDelay: true })
    this.#count(tcp)
    const socket = connect({
      socket: tcp,
      host,
      session,
      // RFC 6066, 3: an address is no server name.
      servername: isIP(host) ? undefined : host,
      ca: anchors.map(pem),
      // An anchor is whatever the installer trusts, not only what signed itself.
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
      ecdhCurve: 'prime256v1',
      sigalgs: 'ECDSA+SHA256:RSA+SHA256',
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      // Decided below, with words of our own, before a byte of ours is sent.
      rejectUnauthorized: false,
    })
    const keep = (session: Buffer | undefined) => {
      this.#kept = session && { session, peer }
    }
    const to = { host, anchors, openMs: this.#options.openMs ?? OPEN_MS }
    tcp.on('error', (error) => socket.destroy(error))
    return new NodeTlsStream(socket, to, events, keep)
  }

  /** Since the start, over all connections. */
  get traffic(): Traffic {
    const { outBytes, inBytes } = this.#past
    const tcp = this.#tcp
    return {
      outBytes: outBytes + (tcp?.bytesWritten ?? 0),
      inBytes: inBytes + (tcp?.bytesRead ?? 0),
    }
  }

  #count(tcp: Socket): void {
    this.#tcp = tcp
    tcp.on('close', () => {
      this.#past.outBytes += tcp.bytesWritten
      this.#past.inBytes += tcp.bytesRead
      if (this.#tcp === tcp) this.#tcp = undefined
    })
  }
}

class NodeTlsStream implements ByteStream {
  readonly #socket: TLSSocket
  readonly #events: Events
  readonly #keep: (session: Buffer | undefined) => void
  readonly #deadline: NodeJS.Timeout
  #state: 'opening' | 'open' | 'closed' = 'opening'

  constructor(
    socket: TLSSocket,
    { host, anchors, openMs }: { host: string; anchors: Uint8Array[]; openMs: number },
    events: Events,
    keep: (session: Buffer | undefined) => void,
  ) {
    this.#socket = socket
    this.#events = events
    this.#keep = keep
    this.#deadline = setTimeout(() => this.#end(`no handshake within ${openMs / 1000} s`), openMs)
    socket.on('secureConnect', () => {
      const why = this.#refuse(host, anchors)
      if (why !== undefined) return this.#end(why)
      clearTimeout(this.#deadline)
      this.#state = 'open'
      const session = socket.getSession()
      // A resumed session makes no 'session' event, and the last one may serve again.
      if (session && socket.isSessionReused()) keep(session)
      events.onOpen()
    })
    socket.on('session', (session) => {
      if (this.#state === 'open') keep(session)
    })
    socket.on('data', (bytes) => {
      if (this.#state === 'open') events.onBytes(bytes)
    })
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code?.startsWith('ERR_SSL')) keep(undefined)
      this.#end(tellError(error))
    })
    socket.on('end', () => this.#end('the server closed the connection'))
    socket.on('close', () => this.#end('the connection ended'))
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== 'open') return
    // Node keeps the buffer until it is sent; the caller may use it again at once.
    this.#socket.write(bytes.slice())
  }

  close(): void {
    this.#state = 'closed'
    clearTimeout(this.#deadline)
    this.#socket.end()
    this.#socket.destroySoon()
  }

  /** Why this peer is not the host; undefined where it is. A resumed session was checked when it began. */
  #refuse(host: string, anchors: Uint8Array[]): string | undefined {
    if (this.#socket.isSessionReused()) return undefined
    const check = new PathCheck(chainOf(this.#socket), { host, anchors, utc: Date.now() as UnixMs })
    for (;;) {
      const result = check.step(primitives.verify)
      if (result?.kind === 'refused') return result.why
      if (result) break
    }
    return this.#socket.authorized ? undefined : `OpenSSL: ${this.#socket.authorizationError}`
  }

  #end(why: string): void {
    if (this.#state === 'closed') return
    if (this.#state === 'opening') this.#keep(undefined)
    this.#state = 'closed'
    clearTimeout(this.#deadline)
    this.#socket.destroy()
    this.#events.onClosed(why)
  }
}

/** As Node has it: from the leaf upwards, each with its issuer. */
function chainOf(socket: TLSSocket): Certificate[] {
  const chain: Certificate[] = []
  let one = socket.getPeerCertificate(true)
  while (one?.raw && chain.length < MOST_CERTIFICATES) {
    const certificate = decodeCertificate(new Uint8Array(one.raw))
    if (certificate) chain.push(certificate)
    if (one.issuerCertificate === one) break
    one = one.issuerCertificate
  }
  return chain
}

function tellError(error: Error & { code?: string; reason?: string }): string {
  if (!error.code?.startsWith('ERR_SSL') && !error.reason) return error.message
  const words = error.reason ?? error.code ?? ''
  const alert = /alert (.*)/.exec(words)
  return alert ? `the server says: ${alert[1]}` : words.toLowerCase()
}

const ANCHORS = new URL('../../../firmware/xs/tls/anchors/', import.meta.url)

function roots(): Uint8Array[] {
  return ['isrg-root-x1.der', 'isrg-root-x2.der'].map((name) =>
    readFileSync(new URL(name, ANCHORS)),
  )
}

function pem(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
}
