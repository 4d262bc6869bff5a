/**
 * TLS on Node: node:tls held to the device's rules (TLS 1.2, its suites, its curve), and the device's own client beside
 * it as a witness, so that both refuse for the same reasons. A connection must satisfy OpenSSL and us.
 */
import { constants } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { MonotonicMs, UnixMs } from '../../../firmware/core/time'
import type {
  BrokerAddress,
  ByteStream,
  ByteStreamEvents,
  SecureConnection,
} from '../../../firmware/ports/bytestream'
import {
  ECDHE_ECDSA_AES128_GCM_SHA256,
  ECDHE_RSA_AES128_GCM_SHA256,
} from '../../../firmware/tls/hello'
import { MAX_SESSION_MS, mayResume, type TlsSession } from '../../../firmware/tls/session'
import { decodeCertificate } from '../../../firmware/tls/x509/decode'
import { Tap } from './tap'
import { Witness } from './witness'

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

/** OpenSSL's session, and what the device would keep of it but its secret, which OpenSSL keeps to itself. */
interface Kept {
  session: Buffer
  seen: TlsSession
  peer: string
}

export class NodeTlsConnection implements SecureConnection {
  readonly #options: NodeTlsOptions
  /** The last session and whom it was with. */
  #kept: Kept | undefined

  readonly #past: Traffic = { outBytes: 0, inBytes: 0 }
  #tcp: Socket | undefined

  constructor(options: NodeTlsOptions = {}) {
    this.#options = options
  }

  connect(
    { host, port, anchors = roots() }: BrokerAddress,
    utc: UnixMs,
    events: Events,
  ): ByteStream {
    const peer = `${host} ${port} ${anchors.map((one) => Buffer.from(one).toString('hex'))}`
    const kept = this.#takeSession(peer, utc)
    const openMs = this.#options.openMs ?? OPEN_MS
    const expected = { host, anchors, utc, session: kept?.seen, until: openMs as MonotonicMs }
    const witness = new Witness(expected)
    const tcp = connectTcp({ host, port, lookup: this.#options.lookup, noDelay: true })
    this.#count(tcp)
    const tap: Tap = new Tap(tcp, {
      said: (bytes) => witness.said(bytes),
      heard: (bytes): boolean => stream.heard(bytes),
    })
    const socket = connect({
      socket: tap,
      host,
      session: kept?.session,
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
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
      // Decided below, with words of our own, before a byte of ours is sent.
      rejectUnauthorized: false,
    })
    const stream = new NodeTlsStream(socket, witness, openMs, events, (session) => {
      if (!session) this.#kept = undefined
      else {
        const seen = seenOf(socket, kept?.seen, utc)
        this.#kept = seen && { session, seen, peer }
      }
    })
    return stream
  }

  /** A session is offered once; the next handshake gives it back. */
  #takeSession(peer: string, utc: UnixMs): Kept | undefined {
    const kept = this.#kept
    this.#kept = undefined
    return kept?.peer === peer && mayResume(kept.seen, utc) ? kept : undefined
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
  readonly #witness: Witness
  readonly #events: Events
  readonly #keep: (session: Buffer | undefined) => void
  readonly #deadline: NodeJS.Timeout
  #state: 'opening' | 'open' | 'closed' = 'opening'

  constructor(
    socket: TLSSocket,
    witness: Witness,
    openMs: number,
    events: Events,
    keep: (session: Buffer | undefined) => void,
  ) {
    this.#socket = socket
    this.#witness = witness
    this.#events = events
    this.#keep = keep
    this.#deadline = setTimeout(() => this.#end(witness.late()), openMs)
    socket.on('secureConnect', () => {
      // The witness has judged the certificates of a new session; a resumed one was judged when it began.
      if (!socket.authorized && !socket.isSessionReused()) {
        return this.#end(`OpenSSL: ${socket.authorizationError}`)
      }
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
    const ended = () => this.#end(witness.ended(this.#state === 'open'))
    socket.on('end', ended)
    socket.on('close', ended)
  }

  /** False where the server is refused: OpenSSL then hears no more of it. */
  heard(bytes: Uint8Array): boolean {
    const why = this.#state === 'closed' ? undefined : this.#witness.heard(bytes)
    if (why === undefined) return true
    this.#keep(undefined)
    this.#end(why)
    return false
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

  #end(why: string): void {
    if (this.#state === 'closed') return
    if (this.#state === 'opening') this.#keep(undefined)
    this.#state = 'closed'
    clearTimeout(this.#deadline)
    this.#socket.destroy()
    this.#events.onClosed(why)
  }
}

/** What the device would keep of a session; undefined where it would keep none. */
function seenOf(
  socket: TLSSocket,
  resumed: TlsSession | undefined,
  utc: UnixMs,
): TlsSession | undefined {
  if (socket.isSessionReused()) return resumed
  let until = utc + MAX_SESSION_MS
  for (let one = socket.getPeerCertificate(true); one?.raw; one = one.issuerCertificate) {
    const certificate = decodeCertificate(new Uint8Array(one.raw))
    if (certificate) until = Math.min(until, certificate.notAfter)
    if (one.issuerCertificate === one) break
  }
  const isEcdsa = socket.getCipher().name.startsWith('ECDHE-ECDSA')
  const suite = isEcdsa ? ECDHE_ECDSA_AES128_GCM_SHA256 : ECDHE_RSA_AES128_GCM_SHA256
  return { id: NOTHING, suite, master: NOTHING, until: until as UnixMs }
}

const NOTHING = new Uint8Array(0)

/** What the witness cannot see, in the device's words. */
const WORDS: Readonly<Record<string, string>> = {
  'digest check failed': "the server's Finished does not match",
  'cipher operation failed': 'a record was altered on its way',
  'too many warn alerts': 'the handshake does not end',
  'decryption failed or bad record mac': 'a record was altered on its way',
}

function tellError(error: Error & { code?: string; reason?: string }): string {
  if (!error.code?.startsWith('ERR_SSL') && !error.reason) return error.message
  const words = error.reason ?? error.code ?? ''
  const alert = /alert (.*)/.exec(words)
  return alert ? `the server says: ${alert[1]}` : (WORDS[words] ?? words.toLowerCase())
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
