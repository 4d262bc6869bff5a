/** TLS 1.2 or 1.3 to a verified host, by node:tls. There is no option that asks for less. */
import { X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type {
  BrokerAddress,
  ByteStream,
  ByteStreamEvents,
  SecureConnection,
} from '../../firmware/ports/bytestream'

/** TCP and TLS together. */
const HANDSHAKE_MS = 15_000
const FLUSH_MS = 1000

/** What TCP carried, TLS included. */
export interface Traffic {
  outBytes: number
  inBytes: number
}

export class NodeSecureConnection implements SecureConnection {
  readonly #past: Traffic = { outBytes: 0, inBytes: 0 }
  #tcp: Socket | undefined

  /** Since the start, over all connections. */
  get traffic(): Traffic {
    const { outBytes, inBytes } = this.#past
    return {
      outBytes: outBytes + (this.#tcp?.bytesWritten ?? 0),
      inBytes: inBytes + (this.#tcp?.bytesRead ?? 0),
    }
  }

  connect(to: BrokerAddress, events: ByteStreamEvents & { onOpen(): void }): ByteStream {
    const { host, port, anchors } = to
    const tcp = connectTcp({ host, port, noDelay: true })
    const tls = connectTls({
      socket: tcp,
      host,
      // RFC 6066, 3: a literal address is no server name. It is still checked against the certificate.
      servername: isIP(host) ? '' : host,
      ca: anchors?.map((der) => new X509Certificate(der).toString()),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    })
    this.#tcp = tcp
    let over = false
    let secure = false
    const close = (why?: string) => {
      if (over) return
      over = true
      clearTimeout(deadline)
      if (why !== undefined) events.onClosed(why)
    }
    const deadline = setTimeout(() => {
      close(`no TLS connection to ${host}:${port} within ${HANDSHAKE_MS / 1000} s`)
      tls.destroy()
    }, HANDSHAKE_MS)
    tls.on('secureConnect', () => {
      clearTimeout(deadline)
      secure = true
      if (!over) events.onOpen()
    })
    tls.on('data', (bytes: Buffer) => {
      if (!over) events.onBytes(bytes)
    })
    tls.on('error', (error: NodeJS.ErrnoException) => close(inWords(error, to)))
    tcp.on('error', (error: NodeJS.ErrnoException) => close(inWords(error, to)))
    tls.on('close', () => close(`${host}:${port} closed the connection`))
    tcp.on('close', () => this.#retire(tcp))
    return {
      write: (bytes) => {
        // The firmware reuses its buffer, and TLS may still be connecting.
        if (!over) tls.write(Buffer.from(bytes))
      },
      close: () => {
        const mayFlush = !over && secure
        close()
        // Lets what was written, such as a DISCONNECT, go out first.
        if (mayFlush) tls.end(() => tls.destroy())
        setTimeout(() => tls.destroy(), mayFlush ? FLUSH_MS : 0)
      },
    }
  }

  #retire(tcp: Socket): void {
    this.#past.outBytes += tcp.bytesWritten
    this.#past.inBytes += tcp.bytesRead
    if (this.#tcp === tcp) this.#tcp = undefined
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be looked up at present',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself and not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not trusted',
  CERT_SIGNATURE_FAILURE: 'its certificate comes from an authority that is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

function inWords(error: NodeJS.ErrnoException, { host, port }: BrokerAddress): string {
  return `${host}:${port}: ${WORDS[error.code ?? ''] ?? error.message}`
}
